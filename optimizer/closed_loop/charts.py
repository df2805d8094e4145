"""The charts of a closed loop's report."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from itertools import cycle

from markupsafe import Markup

from optimizer.closed_loop.results import OUR_POLICY, Compared, Row
from optimizer.closed_loop.scenario import Scenario
from optimizer.closed_loop.series import Run
from optimizer.closed_loop.words import ClosedLoopWords
from optimizer.reports.axes import span_axis, wide_axis
from optimizer.reports.charts import OURS, STYLES, Bar, Line, Point, Style, bars_chart, lines_chart
from optimizer.reports.town_map import MARKED, Dot, town_map

OFTEN_H = 4.0
"""Hours of overflow a week from which a bin is marked as one that overflows often."""


def styles_of(policies: Iterable[str]) -> dict[str, Style]:
    """Return how each policy is drawn, the same in every chart."""
    others = (policy for policy in policies if policy != OUR_POLICY)
    return {OUR_POLICY: OURS, **dict(zip(others, cycle(STYLES), strict=False))}


def curve_chart(
    words: ClosedLoopWords, rows: Mapping[str, Sequence[Row]], styles: Mapping[str, Style]
) -> Markup:
    """Return kilometers against overflow, a line to each policy and its rows."""
    lines = [
        Line(words.policy(policy), sorted((_point(words, row) for row in its), key=_overflow), styles[policy])
        for policy, its in rows.items()
    ]
    points = [point for line in lines for point in line.points]
    x = wide_axis(words.say("curve_x"), [point.x for point in points], words.short)
    return lines_chart(lines, x, span_axis(words.say("curve_y"), [point.y for point in points], words.short))


def same_chart(
    words: ClosedLoopWords, compared: Sequence[Compared], styles: Mapping[str, Style]
) -> Markup | None:
    """Return kilometers at the same overflow, a group of bars to each level that several policies reach; none if none."""
    reached: dict[float, list[Bar]] = defaultdict(list)
    for one in compared:
        if one.km_per_day is not None:
            name = words.policy(one.policy)
            says = f"{name}: {words.km(one.km_per_day)}"
            bar = Bar(name, one.km_per_day, says, styles[one.policy])
            reached[one.overflow_per_bin_day].append(bar)
    groups = [(f"{words.short(level)} h", bars) for level, bars in sorted(reached.items()) if len(bars) > 1]
    return bars_chart(groups, lambda km: words.number(km, 1)) if groups else None


def overflow_map(words: ClosedLoopWords, scenario: Scenario, run: Run) -> Markup | None:
    """Return where bins overflowed in a run; none where its bins were not kept."""
    if len(run.by_bin) != len(scenario.bins):
        return None
    weeks = run.figures.days / 7
    hours = [overflow_h / weeks for overflow_h in run.by_bin]
    dots = [
        Dot(one.location, _mark(h), f"{one.address}: {words.number(h, 1)} h")
        for one, h in zip(scenario.bins, hours, strict=True)
    ]
    return town_map(dots, scenario.network.depot.location, f"{words.say('map')}: {words.policy(run.policy)}")


def map_marks(words: ClosedLoopWords) -> list[tuple[str, str]]:
    """Return the colors of the map, and what each means."""
    texts = words.say("map_none"), words.say("map_some", hours=words.short(OFTEN_H)), words.say("map_more")
    return list(zip(MARKED, texts, strict=True))


def _point(words: ClosedLoopWords, row: Row) -> Point:
    km, over = row.mean["km_per_day"], row.mean["overflow_per_bin_day"]
    name = words.named(row.policy, row.setting)
    return Point(over, km, f"{name}: {words.km(km)}, {words.number(over, 4)} h")


def _overflow(point: Point) -> float:
    return point.x


def _mark(hours: float) -> int:
    return 0 if hours <= 0 else 1 if hours <= OFTEN_H else 2
