"""The tables of a backtest's report."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import pandas as pd

from optimizer.backtest.scores import RULES, Score
from optimizer.backtest.words import BacktestWords
from optimizer.reports.tables import Table, Told
from tournee.domain import Grade

SENSORS_MAX = 20
WORST_FIRST = (Grade.POOR.value, Grade.SILENT.value, Grade.FAIR.value, Grade.GOOD.value)


def figures_table(words: BacktestWords, scores: Sequence[Score]) -> Table:
    """Return every score, a row to each horizon and course."""
    headings = ("hours", "course", "number", "forecast", *RULES, "pinball", "coverage", "width", "skill")
    rows = [Told(str(one.horizon_h), _scored(words, one)) for one in scores]
    return Table([words.say(heading) for heading in headings], rows)


def sensors_table(words: BacktestWords, sensors: pd.DataFrame) -> Table:
    """Return the sensors that can be relied on least: grade, false echoes, where empty is seen, silence."""
    known = sensors.assign(rank=sensors["grade"].map(WORST_FIRST.index))
    known = known.sort_values(["rank", "phantom_share"], ascending=[True, False]).head(SENSORS_MAX)
    headings = ("sensors", "grade", "phantoms", "drift", "silent")
    rows = [Told(str(row["bin_id"]), _graded(words, row)) for row in known.to_dict("records")]
    return Table([words.say(heading) for heading in headings], rows)


def _scored(words: BacktestWords, one: Score) -> Sequence[str]:
    return (
        words.say(one.course),
        words.number(one.num_windows),
        words.number(one.error, 2),
        *(words.number(one.error_of[rule], 2) for rule in RULES),
        words.number(one.pinball, 2),
        words.percent(one.coverage, 1),
        words.number(one.width, 1),
        words.number(one.brier_skill["persistence"], 2),
    )


def _graded(words: BacktestWords, row: dict[Any, Any]) -> Sequence[str]:
    grade = words.say("silent_grade" if row["grade"] == Grade.SILENT.value else str(row["grade"]))
    return (
        f"{grade}, {words.say('stuck')}" if row["is_stuck"] else grade,
        words.percent(float(row["phantom_share"])),
        words.percent(float(row["drift"])),
        words.say("days", days=words.number(float(row["silent_days"]), 1)),
    )
