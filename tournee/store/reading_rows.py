"""Readings as rows of plain values, and the statements that keep them: what both databases share of the busiest path.

Plain tuples and our own words, where the toolkit would look at every value of every row: `benchmarks/ingest.py`.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from operator import attrgetter
from typing import Any

from tournee import tables
from tournee.domain import Reading
from tournee.tables import to_milliseconds

type ReadingRow = tuple[Any, ...]

COLUMNS = tuple(column.name for column in tables.reading.columns)
NAMES = ", ".join(COLUMNS)
_rest = attrgetter(*COLUMNS[3:])  # after the key and `received_at`

_CHANGES = ", ".join(f"{name} = excluded.{name}" for name in COLUMNS[1:])
# Messages overtake one another: an older reading never replaces a newer state.
KEEP_NEWER = (
    f"ON CONFLICT (bin_key) DO UPDATE SET {_CHANGES}, unchanged_since_at = CASE "
    "WHEN excluded.fill_level = bin_state.fill_level THEN bin_state.unchanged_since_at "
    "ELSE excluded.measured_at END WHERE excluded.measured_at > bin_state.measured_at"
)


def reading_rows(readings: Iterable[Reading], keys: Mapping[str, int]) -> list[ReadingRow]:
    """Return one row for each bin and instant, the first, by key: two writers that meet wait, and never for one another."""
    rows: dict[tuple[int, int], ReadingRow] = {}
    for reading in readings:
        key = keys[reading.bin_id], to_milliseconds(reading.measured_at)
        if key not in rows:
            rows[key] = (*key, to_milliseconds(reading.received_at), *_rest(reading))
    return [rows[key] for key in sorted(rows)]
