"""`tournee backtest`: how well readings would have been foreseen."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

from rich.console import Console
from rich.table import Table

from optimizer.backtest import Backtest, Score, Trial, backtest, read_readings, read_services
from optimizer.backtest.page import write_reports
from tournee.settings import Settings

HISTORY_DAYS = 365
"""How far back an origin looks: coarse levels say little each, and a file of readings costs nothing to read again."""


class Asked(NamedTuple):
    """What a person typed."""

    readings: Path
    services: Path | None
    full: float | None
    num_origins: int
    horizons_h: tuple[int, ...]


def run_backtest(asked: Asked, settings: Settings, console: Console) -> Backtest:
    """Return the backtest of a file; progress goes to the console.

    Raises
    ------
    ImportRefused
        A file can't be read, or has bad cells.
    """
    zone = settings.town.zone
    readings = read_readings(asked.readings, zone, asked.full)
    services = read_services(asked.services, zone, readings.full) if asked.services else ()
    forecast = settings.forecast.model_copy(update={"history_days": HISTORY_DAYS})
    trial = Trial(zone, forecast, asked.horizons_h, asked.num_origins)
    with console.status("Cleaning the readings …") as status:
        return backtest(
            readings,
            services,
            trial,
            lambda done, total: status.update(f"{done} of {total} origins foreseen …"),
        )


def write_out(made: Backtest, folder: Path) -> list[Path]:
    """Write the figures, every window and the report in both languages into a folder; return the report's pages."""
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "backtest.json").write_text(as_json(made) + "\n", encoding="utf-8")
    made.windows.to_csv(folder / "windows.csv", index=False)
    return write_reports(made, folder)


def as_json(made: Backtest) -> str:
    """Return the figures for programs."""
    return json.dumps(made.summary(), indent=1, ensure_ascii=False)


def score_table(scores: tuple[Score, ...]) -> Table:
    """Return a row per horizon and course: the error in points of fill, its ratio to simple rules, and the 90 % interval."""
    table = Table(
        title="Mean absolute error in points of fill; its ratio to the last level, the mean rate and the mean level; 90 % interval"
    )
    for heading in (
        "hours",
        "windows",
        "number",
        "error",
        "/last",
        "/rate",
        "/level",
        "pinball",
        "covers",
        "width",
    ):
        table.add_column(heading, justify="right", no_wrap=True)
    for one in scores:
        ratios = (f"{ratio:.2f}" for ratio in one.ratio_to.values())
        figures = f"{one.pinball:.2f}", f"{one.coverage:.1%}", f"{one.width:.1f}"
        name = "untouched" if one.course == "untouched" else "all"
        table.add_row(str(one.horizon_h), name, f"{one.num_windows:,}", f"{one.error:.2f}", *ratios, *figures)
    return table


def sentences(made: Backtest) -> Iterator[str]:
    """Yield what the readings are, and what was found in them."""
    facts = made.facts
    yield (
        f"{facts['readings']:,} readings of {facts['bins']} bins from {facts['first'][:10]} to {facts['last'][:10]}, "
        f"{facts['per_bin_and_day']:g} a bin and day; {facts['full']:g} is full; the last {facts['origins']} days are origins."
    )
    yield "Sensors: " + ", ".join(f"{number} {grade}" for grade, number in sorted(made.grades.items())) + "."
    found = made.emptyings
    if found.found is None:
        yield f"{found.inferred:,} emptyings found in the levels; none were reported to hold against them."
    else:
        shares = ", ".join(f"{share:.0%} within {hours} h" for hours, share in found.found.items())
        yield f"{found.inferred:,} emptyings found in the levels; of {found.reported:,} reported ones {shares}; {found.false:.0%} false."
