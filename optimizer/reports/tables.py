"""Tables of a report, as text that is ready to be read."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple


class Told(NamedTuple):
    """A row of a table: its name, its cells, and what stands small below the name."""

    name: str
    cells: Sequence[str]
    more: str = ""


class Table(NamedTuple):
    """A table: its headings, that of the first column included, and its rows; `ours` is the column that is ours, if any."""

    headings: Sequence[str]
    rows: Sequence[Told]
    ours: int | None = None
