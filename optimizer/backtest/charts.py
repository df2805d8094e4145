"""The charts of a backtest's report."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import cycle
from zoneinfo import ZoneInfo

import numpy as np
import pandas as pd
from markupsafe import Markup

from optimizer.backtest.origins import PROBABILITIES
from optimizer.backtest.scores import HIGH, LOW, Score
from optimizer.backtest.words import BacktestWords
from optimizer.reports.axes import count_axis, share_axis, span_axis
from optimizer.reports.charts import OURS, STYLES, Bar, Line, Point, Style, bars_chart, lines_chart

ASIDE = STYLES[-1]
"""How lines are drawn that only frame the others."""

DAYS_WRITTEN = 9
COURSE_OF_ONE = {
    "came": ("came", STYLES[0]),
    "forecast": ("untouched_point", OURS),
    "low": (f"untouched_{LOW}", ASIDE),
    "high": (f"untouched_{HIGH}", ASIDE),
}
"""The lines of one bin: the word for each, its column of the windows, and how it is drawn."""


def errors_chart(words: BacktestWords, scores: Sequence[Score]) -> Markup:
    """Return bars of the error of the forecast and of each rule, a group to each horizon."""
    groups = []
    for one in scores:
        errors = {"forecast": one.error, **one.error_of}
        bars = [
            Bar(words.say(name), error, words.number(error, 2), style)
            for (name, error), style in zip(errors.items(), _styles(), strict=False)
        ]
        groups.append((f"{one.horizon_h} h", bars))
    return bars_chart(groups, lambda error: words.number(error, 1))


def honesty_chart(words: BacktestWords, windows: dict[int, pd.DataFrame]) -> Markup:
    """Return the share of levels under each quantile, a line to each horizon in hours."""
    lines = [Line(words.say("exact"), [Point(p, p, "") for p in (0.0, 1.0)], ASIDE)]
    for (hours, its), style in zip(windows.items(), _styles(), strict=False):
        shares = [(p, under(its, p)) for p in PROBABILITIES]
        points = [Point(p, share, f"{words.percent(p)}: {words.percent(share)}") for p, share in shares]
        lines.append(Line(f"{hours} h", points, style))
    x, y = (share_axis(words.say(name), words.percent) for name in ("honest_x", "honest_y"))
    return lines_chart(lines, x, y)


def bin_chart(words: BacktestWords, windows: pd.DataFrame, zone: ZoneInfo) -> Markup:
    """Return what came and what was foreseen, origin by origin, for one bin and one horizon."""
    days = [words.day(made_at) for made_at in windows["made_at"].dt.tz_convert(zone)]
    lines = [
        Line(
            words.say(name),
            [
                Point(at, level, f"{days[at]} {words.percent(level)}")
                for at, level in enumerate(windows[column])
            ],
            style,
        )
        for name, (column, style) in COURSE_OF_ONE.items()
    ]
    levels = [point.y for line in lines for point in line.points]
    x = count_axis(words.say("day_x"), days, DAYS_WRITTEN)
    return lines_chart(lines, x, span_axis(words.say("level_y"), [0.0, *levels], words.percent))


def under(windows: pd.DataFrame, probability: float) -> float:
    """Return the share of levels under a quantile; one that lies on it, as coarse levels do, counts half."""
    came, quantile = windows["came"].to_numpy(), windows[f"untouched_{probability}"].to_numpy()
    on = np.abs(came - quantile) < 1e-9
    return float(np.mean(np.where(on, 0.5, came < quantile)))


def _styles() -> cycle[Style]:
    return cycle((OURS, *STYLES))
