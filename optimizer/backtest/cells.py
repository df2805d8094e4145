"""The cells of anybody's CSV: column names and ways of writing dates and numbers are found out, and what is wrong is noted."""

from __future__ import annotations

import csv
from collections.abc import Sequence
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import numpy as np
import pandas as pd

from tournee.domain import WasteStream
from tournee.errors import BadRow, ImportRefused

NAMES = {
    "bin_id": (
        "bin_id",
        "bin",
        "bin id",
        "serial",
        "serial number",
        "container",
        "container id",
        "sensor id",
        "device id",
        "id",
    ),
    "measured_at": (
        "measured_at",
        "timestamp",
        "datetime",
        "date time",
        "time",
        "measured",
        "received_at",
        "date",
        "at",
    ),
    "fill_level": (
        "fill_level",
        "fullness",
        "level",
        "filling level",
        "fill",
        "filling",
        "latest fullness",
        "percent",
        "fill percent",
    ),
    "waste_stream": ("waste_stream", "stream", "waste type", "fraction", "stream type"),
    "served_at": (
        "served_at",
        "emptied_at",
        "collected_at",
        "emptied",
        "collected",
        "timestamp",
        "datetime",
        "time",
        "date",
        "at",
    ),
    "fill_level_seen": ("fill_level_seen", "fill_level", "level seen", "fullness", "level"),
    "outcome": ("outcome", "status", "result"),
}
"""What a column may be called; capitals, blanks, hyphens and underscores make no difference. The first that is there counts."""

FORMATS = tuple(
    f"{day}{clock}"
    for day in ("%Y-%m-%d", "%Y/%m/%d", "%Y%m%d", "%d-%m-%Y", "%d/%m/%Y", "%d.%m.%Y", "%m/%d/%Y", "%m-%d-%Y")
    for clock in ("", " %H:%M", " %H:%M:%S")
)
"""How dates are written beside ISO 8601; the first that all of them fit. Day before month where both fit."""

BAD_MAX = 20


class Table:
    """The cells of a file as text, and what is wrong with them."""

    def __init__(self, path: Path, cells: pd.DataFrame, columns: dict[str, str]) -> None:
        self._path, self._cells, self._columns = path, cells, columns
        self._bad: list[BadRow] = []

    @classmethod
    def of(cls, path: Path, needed: Sequence[str]) -> Table:
        """Return the table of a file that has the needed columns, by whatever name."""
        cells = _cells(path)
        plain = {_plain(name): name for name in reversed(cells.columns)}
        columns = {
            ours: plain[_plain(name)]
            for ours, names in NAMES.items()
            for name in reversed(names)
            if _plain(name) in plain
        }
        for name in needed:
            if name not in columns:
                there, known = ", ".join(cells.columns), ", ".join(NAMES[name])
                raise ImportRefused(
                    path.name, [BadRow("line 1", name, there, f"is missing; name a column one of: {known}")]
                )
        return cls(path, cells, columns)

    def has(self, name: str) -> bool:
        """Tell whether there is such a column."""
        return name in self._columns

    def text(self, name: str) -> pd.Series:
        """Return the cells of a column; none may be empty in that of the bins."""
        cells = self._cells[self._columns[name]].str.strip()
        if name == "bin_id":
            self._note(name, cells == "", "must not be empty")
        return cells

    def numbers(self, name: str) -> pd.Series:
        """Return a column of numbers; an empty cell is none, a comma is a point, and a percent sign is left out."""
        cells = self.text(name).str.removesuffix("%").str.strip().str.replace(",", ".", regex=False)
        is_none = cells.str.lower().isin(["", "nan", "null", "none", "na"])
        found = pd.to_numeric(cells.where(~is_none), errors="coerce")
        self._note(
            name,
            (found.isna() & ~is_none) | np.isinf(found) | (found < -1),
            "expected a number from 0 up, or nothing",
        )
        return found.astype("float64")

    def instants(self, name: str, zone: ZoneInfo) -> pd.Series:
        """Return a column of instants: ISO 8601, seconds or milliseconds since 1970, or one of `FORMATS`; local without an offset."""
        cells = self.text(name)
        if len(cells) and cells.str.fullmatch(r"\d{9,13}").all():
            epoch = cells.astype("int64")
            return pd.to_datetime(epoch, unit="ms" if epoch.max() > 1e11 else "s", utc=True)
        for form in ("ISO8601", *FORMATS):
            try:
                return _parsed(cells, form, zone)
            except ValueError:
                continue
        self._note(
            name, ~_fits_best(cells), "expected a date like the others, such as 2026-11-23T06:15:00+01:00"
        )
        return pd.Series(pd.NaT, cells.index, dtype="datetime64[s, UTC]")

    def streams(self) -> dict[str, WasteStream]:
        """Return the waste stream of each bin whose rows name one that we know."""
        if not self.has("waste_stream"):
            return {}
        known = {stream.value for stream in WasteStream}
        pairs = zip(self.text("bin_id"), self.text("waste_stream").str.lower(), strict=True)
        return {bin_id: WasteStream(stream) for bin_id, stream in dict(pairs).items() if stream in known}

    def refuse_bad(self) -> None:
        """Refuse the file if any of its cells was bad."""
        if self._bad:
            raise ImportRefused(self._path.name, self._bad[:BAD_MAX])

    def _note(self, name: str, is_bad: pd.Series, reason: str) -> None:
        column = self._columns[name]
        for row in np.flatnonzero(is_bad.to_numpy(dtype=np.bool_))[:BAD_MAX]:
            self._bad.append(BadRow(f"line {row + 2}", name, str(self._cells[column].iloc[row]), reason))


def _cells(path: Path) -> pd.DataFrame:
    try:
        text = path.read_text(encoding="utf-8-sig")
    except OSError as missing:
        raise ImportRefused(path.name, [BadRow("file", "name", str(path), str(missing.strerror))]) from None
    except UnicodeDecodeError:
        raise ImportRefused(
            path.name, [BadRow("file", "encoding", "…", "not UTF-8; save it as UTF-8")]
        ) from None
    lines = text.splitlines()
    separator = max(",;\t", key=lines[0].count) if lines else ","
    rows = [row for row in csv.reader(lines, delimiter=separator) if row]
    if len(rows) < 2:
        raise ImportRefused(
            path.name, [BadRow("file", "rows", "…", "has no readings; expected headings and rows")]
        )
    width = len(rows[0])
    filled = [(row + [""] * width)[:width] for row in rows[1:]]
    return pd.DataFrame(filled, columns=[name.strip() for name in rows[0]], dtype="str")


def _plain(name: str) -> str:
    return "".join(letter for letter in name.lower() if letter.isalnum())


def _parsed(cells: pd.Series, form: str, zone: ZoneInfo) -> pd.Series:
    """Return cells as instants; of local times the hour that autumn has twice is its second, the one that spring leaves out the next."""
    if cells.str.contains(r":\d{2}.*(?:Z|[+-]\d{2}:?\d{2})$", regex=True).all():
        return pd.to_datetime(cells, format=form, utc=True)
    naive: Any = pd.to_datetime(cells, format=form)
    made: pd.Series = naive.dt.tz_localize(
        zone, ambiguous=np.zeros(len(naive), dtype=np.bool_), nonexistent="shift_forward"
    ).dt.tz_convert("UTC")
    return made


def _fits_best(cells: pd.Series) -> pd.Series:
    """Tell which cells fit the way of writing that most of them fit."""
    attempts = [pd.to_datetime(cells, format="ISO8601", errors="coerce", utc=True).notna()]
    attempts += [pd.to_datetime(cells, format=form, errors="coerce").notna() for form in FORMATS]
    return max(attempts, key=lambda one: int(one.sum()))
