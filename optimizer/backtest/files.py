"""Anybody's CSV -> readings and services; what is not said is found out, and a bad cell is named."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from zoneinfo import ZoneInfo

import numpy as np
import pandas as pd

from optimizer.backtest.cells import Table
from tournee.domain import Quality, ServiceEvent, ServiceOutcome, WasteStream
from tournee.errors import BadRow, ImportRefused

SCALES = ((2.0, 1.0), (10.0, 10.0), (200.0, 100.0))
"""A greatest level up to so much, and the level that then means full: fractions, tenths, percents."""


@dataclass(frozen=True, slots=True)
class Readings:
    """Readings of a file.

    Parameters
    ----------
    frame
        Columns bin_id, measured_at (UTC), fill_level, quality, as `optimizer.history.clean` takes them.
    streams
        Of each bin whose file says one.
    full
        The level of the file that means full.
    """

    frame: pd.DataFrame
    streams: dict[str, WasteStream]
    full: float


def read_readings(path: Path, zone: ZoneInfo, full: float | None = None) -> Readings:
    """Return the readings of a CSV file with a line of headings.

    Parameters
    ----------
    zone
        Of instants without an offset.
    full
        The level that means full; None finds it out from the greatest level there is.

    Raises
    ------
    ImportRefused
        The file can't be read, a column is missing, or cells are bad: each with its line, column, value and what was expected.
    """
    table = Table.of(path, ("bin_id", "measured_at", "fill_level"))
    levels = table.numbers("fill_level")
    scale = full or _scale(path, levels)
    frame = pd.DataFrame(
        {
            "bin_id": table.text("bin_id"),
            "measured_at": table.instants("measured_at", zone),
            "fill_level": levels / scale,
            "quality": Quality.ACCEPTED.value,
        }
    )
    table.refuse_bad()
    if not levels.notna().any():
        raise ImportRefused(
            path.name, [BadRow("all lines", "fill_level", "", "holds no level; expected a number in some")]
        )
    return Readings(frame, table.streams(), scale)


def read_services(path: Path, zone: ZoneInfo, full: float = 1.0) -> tuple[ServiceEvent, ...]:
    """Return the emptyings of a CSV file: bin_id and served_at, where there are any fill_level_seen and outcome.

    Raises
    ------
    ImportRefused
        As for readings.
    """
    table = Table.of(path, ("bin_id", "served_at"))
    served_at = table.instants("served_at", zone)
    seen = (
        table.numbers("fill_level_seen") / full
        if table.has("fill_level_seen")
        else pd.Series(np.nan, served_at.index)
    )
    skipped = (
        table.text("outcome").str.lower().eq(ServiceOutcome.SKIPPED.value) if table.has("outcome") else None
    )
    table.refuse_bad()
    return tuple(
        ServiceEvent(
            bin_id,
            instant.to_pydatetime(),
            outcome=ServiceOutcome.SKIPPED
            if skipped is not None and skipped.iloc[row]
            else ServiceOutcome.SERVED,
            fill_level_seen=None if np.isnan(level) else float(level),
        )
        for row, (bin_id, instant, level) in enumerate(
            zip(table.text("bin_id"), served_at, seen, strict=True)
        )
    )


def _scale(path: Path, levels: pd.Series) -> float:
    greatest = float(levels.max()) if levels.notna().any() else 0.0
    for up_to, full in SCALES:
        if greatest <= up_to:
            return full
    reason = "is far above 100; say which level means full, such as --full 1023"
    raise ImportRefused(path.name, [BadRow("the greatest level", "fill_level", f"{greatest:g}", reason)])
