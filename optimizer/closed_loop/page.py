"""A result -> one page that a city council can read: it needs no server, no script and no other file."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import product
from math import log
from pathlib import Path
from typing import NamedTuple

from markupsafe import Markup

from optimizer.closed_loop.charts import curve_chart, map_marks, overflow_map, same_chart, styles_of
from optimizer.closed_loop.results import OUR_POLICY, Result, Row
from optimizer.closed_loop.scenario import Scenario
from optimizer.closed_loop.tables import districts_table, figures_table, what_if_table
from optimizer.closed_loop.words import ClosedLoopWords
from optimizer.reports.pages import Headline, page, write_pages
from optimizer.reports.tables import Table
from tournee.numerals import Language

TODAY = ("calendar", "fullest", "threshold", "days_to_full")
"""What a city does today, the likeliest first: ours is held against the first that was run."""

DAYS_PER_YEAR = 365


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

    @property
    def figures_hint(self) -> str:
        """What the table of figures shows."""
        return self.words.say("figures_hint", level=self.words.short(self.result.level))

    @property
    def curve(self) -> Markup:
        """Kilometers against overflow, a line to each policy."""
        rows = self._by_policy()
        return curve_chart(self.words, rows, styles_of(rows))

    @property
    def same(self) -> Markup | None:
        """Kilometers at the same overflow; none where no two policies reach one."""
        return same_chart(self.words, self.result.compared, styles_of(self._by_policy()))

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
        """What would be otherwise, beside the town as it is, per policy at its typical setting."""
        shown = {(row.policy, row.setting) for row in self._typical().values()}
        return what_if_table(
            self.words, [row for row in self.result.rows if (row.policy, row.setting) in shown]
        )

    @property
    def maps(self) -> list[tuple[str, Markup]]:
        """The town as a city collects it today, and as we do: where bins overflow, in the first repetition."""
        typical = self._typical()
        shown = [policy for policy in (*TODAY, OUR_POLICY) if policy in typical]
        runs = {(run.policy, run.setting): run for run in reversed(self.result.runs) if not run.what_if}
        drawn = (
            (policy, overflow_map(self.words, self.scenario, runs[policy, typical[policy].setting]))
            for policy in dict.fromkeys([*shown[:1], *shown[-1:]])
        )
        return [(self.words.policy(policy), town) for policy, town in drawn if town]

    @property
    def marks(self) -> list[tuple[str, str]]:
        """What the colors of the map mean."""
        return map_marks(self.words)

    def _by_policy(self) -> dict[str, list[Row]]:
        """Return the rows of each policy in the town as it is."""
        rows: dict[str, list[Row]] = {}
        for row in self.result.rows:
            if not row.what_if:
                rows.setdefault(row.policy, []).append(row)
        return rows

    def _typical(self) -> dict[str, Row]:
        """Return each policy's row whose overflow is nearest to the level of comparison."""

        def distance(row: Row) -> float:
            return abs(log(row.mean["overflow_per_bin_day"] + 1e-3) - log(self.result.level + 1e-3))

        return {policy: min(rows, key=distance) for policy, rows in self._by_policy().items()}

    def _held_against(self) -> _Today | None:
        """Return what a city does today, at the first level of overflow that ours reaches as well."""
        compared = {(one.overflow_per_bin_day, one.policy): one for one in self.result.compared}
        for level, policy in product(dict.fromkeys(level for level, _ in compared), TODAY):
            one = compared.get((level, policy))
            if one and one.km_per_day is not None and one.against_ours is not None:
                return _Today(policy, level, one.km_per_day, one.against_ours)
        return None

    def _a_year(self, found: _Today) -> str:
        """Return the same in a year, as kilometers, diesel and carbon dioxide."""
        means = self._by_policy()[found.policy][0].mean
        km = abs(found.share) * found.km_per_day * DAYS_PER_YEAR
        litres = km * means["diesel_l"] / means["km"] if means["km"] else 0.0
        kg = litres * means["co2e_kg"] / means["diesel_l"] if means["diesel_l"] else 0.0
        number = self.words.number
        return self.words.say("a_year", km=number(km), litres=number(litres), tonnes=number(kg / 1_000, 1))
