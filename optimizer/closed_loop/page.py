"""A result -> one page that a city council can read: it needs no server, no script and no other file."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import product
from math import log
from pathlib import Path
from typing import NamedTuple

from markupsafe import Markup

from optimizer.closed_loop.results import LEVELS, Result, Row
from optimizer.closed_loop.scenario import Scenario
from optimizer.closed_loop.tables import OUR_POLICY, districts_table, figures_table, what_if_table
from optimizer.closed_loop.words import ClosedLoopWords
from optimizer.reports.charts import (
    MARKED,
    OURS,
    STYLES,
    Dot,
    Line,
    Point,
    bars_chart,
    lines_chart,
    map_chart,
    span_axis,
    wide_axis,
)
from optimizer.reports.pages import Headline, page, write_pages
from optimizer.reports.tables import Table
from optimizer.reports.words import Language

TODAY = ("calendar", "fullest", "threshold", "days_to_full")
"""What a city does today, the likeliest first: ours is held against the first that was run."""

LEVEL = LEVELS[1]
DAYS_PER_YEAR = 365
OFTEN_H = 4.0
"""Hours of overflow a week from which a bin is marked as one that overflows often."""


class _Today(NamedTuple):
    """What a city does today: at which overflow, for how many kilometers, and the share of them that ours saves."""

    policy: str
    level: float
    km_per_day: float
    share: float


def write_reports(result: Result, scenario: Scenario, folder: Path) -> list[Path]:
    """Write `report-en.html` and `report-fr.html` into a folder; return their paths."""
    return write_pages(folder, lambda language: report_page(language, result, scenario))


def report_page(language: Language, result: Result, scenario: Scenario) -> str:
    """Return the page in one language.

    Parameters
    ----------
    scenario
        The town of the first run: its map and its name.
    """
    report = ClosedLoopReport(ClosedLoopWords(language), result, scenario)
    return page("closed_loop/templates/report.html", report)


@dataclass(frozen=True)
class ClosedLoopReport:
    """What stands in the page, piece by piece."""

    words: ClosedLoopWords
    result: Result
    scenario: Scenario

    @property
    def town(self) -> str:
        """Name of the scenario."""
        return self.scenario.name

    @property
    def about(self) -> str:
        """How the town is called, how large it is and how long it lived."""
        scenario, say = self.scenario, self.words.say
        counted = (scenario.end_at - scenario.measured_from_at).days
        return say(
            "about",
            town=self.town,
            bins=self.words.number(len(scenario.bins)),
            trucks=len({vehicle.name for vehicle in scenario.network.vehicles}),
            days=counted,
            warmup=len(scenario.days) - counted,
            seeds=len({run.seed for run in self.result.runs}),
        )

    @property
    def headline(self) -> Headline | None:
        """By how much ours drives less than what a city does today; none where that can't be said."""
        if not (found := self._held_against()):
            return None
        words = self.words
        claim = words.say(
            "headline",
            share=words.percent(abs(found.share)),
            less=words.say("fewer_km" if found.share >= 0 else "more_km"),
            other=words.policy(found.policy).lower(),
        )
        return Headline(claim, self._a_year(found), words.say("level", level=words.short(found.level)))

    def _a_year(self, found: _Today) -> str:
        """Return the same in a year, as kilometers, diesel and carbon dioxide."""
        means = next(row.mean for row in self._rows() if row.policy == found.policy)
        km = abs(found.share) * found.km_per_day * DAYS_PER_YEAR
        litres = km * means["diesel_l"] / means["km"] if means["km"] else 0.0
        kg = litres * means["co2e_kg"] / means["diesel_l"] if means["diesel_l"] else 0.0
        number = self.words.number
        return self.words.say("a_year", km=number(km), litres=number(litres), tonnes=number(kg / 1_000, 1))

    @property
    def figures_hint(self) -> str:
        """What the table of figures shows."""
        return self.words.say("figures_hint", level=self.words.short(LEVEL))

    @property
    def curve(self) -> Markup:
        """Kilometers against overflow, a line to each policy."""
        lines = [
            Line(
                self.words.policy(policy),
                [self._point(row) for row in sorted(rows, key=lambda row: row.mean["overflow_per_bin_day"])],
                self._style(policy),
            )
            for policy, rows in self._by_policy()
        ]
        points = [point for line in lines for point in line.points]
        say = self.words.say
        return lines_chart(
            lines,
            wide_axis(say("curve_x"), [point.x for point in points], self.words.short),
            span_axis(say("curve_y"), [point.y for point in points], self.words.short),
        )

    @property
    def same(self) -> Markup | None:
        """Kilometers at the same overflow, a group of bars to each level that several reach."""
        groups = []
        for level in dict.fromkeys(one.overflow_per_bin_day for one in self.result.compared):
            bars = [
                Line(
                    self.words.policy(one.policy),
                    [
                        Point(
                            0.0,
                            one.km_per_day,
                            f"{self.words.policy(one.policy)}: {self._km(one.km_per_day)}",
                        )
                    ],
                    self._style(one.policy),
                )
                for one in self.result.compared
                if one.overflow_per_bin_day == level and one.km_per_day is not None
            ]
            if len(bars) > 1:
                groups.append((f"{self.words.short(level)} h", bars))
        return bars_chart(groups, lambda km: self.words.number(km, 1)) if groups else None

    @property
    def figures(self) -> Table:
        """Everything that was counted, per policy at its typical setting."""
        return figures_table(self.words, list(self._typical().values()))

    @property
    def districts(self) -> Table:
        """Overflow by district, per policy at its typical setting."""
        return districts_table(self.words, list(self._typical().values()))

    @property
    def what_ifs(self) -> Table:
        """What would be otherwise, each beside the town as it is."""
        return what_if_table(self.words, self.result.rows)

    @property
    def maps(self) -> list[tuple[str, Markup]]:
        """The town as a city collects it today, and as we do: where bins overflow."""
        typical = self._typical()
        shown = [policy for policy in (*TODAY, OUR_POLICY) if policy in typical]
        drawn = ((policy, self._map(typical[policy])) for policy in [*shown[:1], *shown[-1:]])
        return [(self.words.policy(policy), town) for policy, town in dict(drawn).items() if town]

    @property
    def marks(self) -> list[tuple[str, str]]:
        """What the colors of the map mean."""
        say = self.words.say
        texts = say("map_none"), say("map_some", hours=self.words.short(OFTEN_H)), say("map_more")
        return list(zip(MARKED, texts, strict=True))

    def _rows(self) -> list[Row]:
        return [row for row in self.result.rows if not row.what_if]

    def _by_policy(self) -> Iterator[tuple[str, list[Row]]]:
        for policy in dict.fromkeys(row.policy for row in self._rows()):
            yield policy, [row for row in self._rows() if row.policy == policy]

    def _typical(self) -> dict[str, Row]:
        """Return each policy's row whose overflow is nearest to the level of comparison."""

        def distance(row: Row) -> float:
            return abs(log(row.mean["overflow_per_bin_day"] + 1e-3) - log(LEVEL + 1e-3))

        return {policy: min(rows, key=distance) for policy, rows in self._by_policy()}

    def _held_against(self) -> _Today | None:
        """Return what a city does today, at the first level of overflow that ours reaches as well."""
        compared = {(one.overflow_per_bin_day, one.policy): one for one in self.result.compared}
        for level, policy in product((LEVEL, *LEVELS), TODAY):
            one = compared.get((level, policy))
            if one and one.km_per_day is not None and one.against_ours is not None:
                return _Today(policy, level, one.km_per_day, one.against_ours)
        return None

    def _style(self, policy: str) -> tuple[str, str, str]:
        others = [name for name, _ in self._by_policy() if name != OUR_POLICY]
        return OURS if policy == OUR_POLICY else STYLES[others.index(policy) % len(STYLES)]

    def _point(self, row: Row) -> Point:
        km, over = row.mean["km_per_day"], row.mean["overflow_per_bin_day"]
        return Point(
            over,
            km,
            f"{self.words.named(row.policy, row.setting)}: {self._km(km)}, {self.words.number(over, 4)} h",
        )

    def _km(self, km: float) -> str:
        return f"{self.words.number(km, 1)} km"

    def _map(self, row: Row) -> Markup | None:
        """Return the map of a row's first repetition; none where the bins of its runs were not kept."""
        run = next(
            run
            for run in self.result.runs
            if (run.policy, run.setting, run.what_if) == (row.policy, row.setting, "")
        )
        if len(run.by_bin) != len(self.scenario.bins):
            return None
        weeks = run.figures.days / 7
        hours = [overflow_h / weeks for overflow_h in run.by_bin]
        dots = [
            Dot(one.location, _mark(h), f"{one.address}: {self.words.number(h, 1)} h")
            for one, h in zip(self.scenario.bins, hours, strict=True)
        ]
        name = f"{self.words.say('map')}: {self.words.policy(row.policy)}"
        return map_chart(dots, self.scenario.network.depot.location, name)


def _mark(hours: float) -> int:
    return 0 if hours <= 0 else 1 if hours <= OFTEN_H else 2
