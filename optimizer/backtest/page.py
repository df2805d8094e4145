"""A backtest -> one page for people: it needs no server, no script and no other file."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd
from markupsafe import Markup

from optimizer.backtest import Backtest, Score
from optimizer.backtest.origins import PROBABILITIES
from optimizer.backtest.scores import HIGH, LOW, RULES
from optimizer.backtest.words import BacktestWords
from optimizer.forecast import Course
from optimizer.reports.charts import (
    OURS,
    STYLES,
    Axis,
    Line,
    Point,
    bars_chart,
    lines_chart,
    span_axis,
)
from optimizer.reports.pages import Headline, page, write_pages
from optimizer.reports.tables import Table, Told
from optimizer.reports.words import Language
from tournee.domain import Grade

SENSORS_MAX = 20
WORST_FIRST = (Grade.POOR.value, Grade.SILENT.value, Grade.FAIR.value, Grade.GOOD.value)


def write_reports(made: Backtest, folder: Path) -> list[Path]:
    """Write `report-en.html` and `report-fr.html` into a folder; return their paths."""
    return write_pages(folder, lambda language: report_page(language, made))


def report_page(language: Language, made: Backtest) -> str:
    """Return the page in one language."""
    return page("backtest/templates/report.html", BacktestReport(BacktestWords(language), made))


@dataclass(frozen=True)
class BacktestReport:
    """What stands in the page, piece by piece."""

    words: BacktestWords
    made: Backtest

    @property
    def about(self) -> str:
        """What the readings are, and how often they were foreseen."""
        facts, number = self.made.facts, self.words.number
        return self.words.say(
            "about",
            readings=number(facts["readings"]),
            bins=number(facts["bins"]),
            first=facts["first"][:10],
            last=facts["last"][:10],
            per_day=number(facts["per_bin_and_day"], 1),
            full=self.words.short(facts["full"]),
            origins=facts["origins"],
        )

    @property
    def headline(self) -> Headline | None:
        """The one figure to remember, and what simple rules reach."""
        first = next(iter(self._of(Course.UNTOUCHED.value)), None)
        if first is None:
            return None
        say, number = self.words.say, self.words.number
        rules = {rule: number(first.error_of[rule], 1) for rule in RULES}
        claim = say("headline", hours=first.horizon_h, error=number(first.error, 1))
        return Headline(claim, say("headline_more", **rules))

    def errors(self, course: str) -> Markup:
        """Return bars of the error of the forecast and of each rule, by horizon."""
        groups = []
        for one in self._of(course):
            values = {"forecast": one.error, **one.error_of}
            lines = [
                Line(self.words.say(name), [Point(0, value, self._points(value))], style)
                for (name, value), style in zip(values.items(), (OURS, *STYLES), strict=False)
            ]
            groups.append((f"{one.horizon_h} h", lines))
        return bars_chart(groups, lambda value: self.words.number(value, 1))

    @property
    def honesty(self) -> Markup:
        """Return lines of the share of levels under each quantile, by horizon."""
        lines = [Line(self.words.say("exact"), [Point(p, p, "") for p in (0.0, 1.0)], STYLES[5])]
        for one, style in zip(self._of(Course.UNTOUCHED.value), (OURS, *STYLES), strict=False):
            windows = self._windows(one.horizon_h)
            points = [Point(p, under(windows, p), self._says(p, under(windows, p))) for p in PROBABILITIES]
            lines.append(Line(f"{one.horizon_h} h", points, style))
        share = [(tick, self.words.percent(tick)) for tick in (0.0, 0.25, 0.5, 0.75, 1.0)]
        x, y = (Axis(self.words.say(name), share, lambda value: value) for name in ("honest_x", "honest_y"))
        return lines_chart(lines, x, y)

    @property
    def covered(self) -> str:
        """How many levels lay inside the interval."""
        shares = [
            self.words.say(
                "covered_one",
                share=self.words.percent(one.coverage),
                hours=one.horizon_h,
                width=self.words.number(one.width),
            )
            for one in self._of(Course.UNTOUCHED.value)
        ]
        return self.words.say("covered", shares="; ".join(shares))

    @property
    def one_bin(self) -> tuple[str, Markup] | None:
        """One bin that is foreseen neither well nor badly, over all origins."""
        if not self.made.scores:
            return None
        hours = self.made.scores[0].horizon_h
        windows = self._windows(hours)
        lively = windows[windows.groupby("bin_id")["came"].transform("std").fillna(0.0) > 0]
        if not len(lively):
            return None
        off = (
            (lively["untouched_point"] - lively["came"]).abs().groupby(lively["bin_id"]).mean().sort_values()
        )
        bin_id = str(off.index[len(off) // 2])
        one = lively[lively["bin_id"] == bin_id].sort_values("made_at")
        return self.words.say("bin_hint", bin=bin_id, hours=hours), self._drawn(one)

    def _drawn(self, one: pd.DataFrame) -> Markup:
        days = [instant.strftime("%d.%m.") for instant in one["made_at"]]
        columns = {
            "came": ("came", STYLES[0]),
            "forecast": ("untouched_point", OURS),
            "low": (f"untouched_{LOW}", STYLES[5]),
            "high": (f"untouched_{HIGH}", STYLES[5]),
        }
        lines = [
            Line(
                self.words.say(name),
                [
                    Point(at, level, f"{days[at]} {self.words.percent(level)}")
                    for at, level in enumerate(one[column])
                ],
                style,
            )
            for name, (column, style) in columns.items()
        ]
        shown = range(0, len(days), max(1, len(days) // 8))
        x = Axis(
            self.words.say("day_x"), [(at, days[at]) for at in shown], lambda at: at / max(len(days) - 1, 1)
        )
        levels = [point.y for line in lines for point in line.points]
        return lines_chart(lines, x, span_axis(self.words.say("level_y"), [0.0, *levels], self.words.percent))

    @property
    def emptyings(self) -> str:
        """What was found of emptyings."""
        found, percent = self.made.emptyings, self.words.percent
        text = self.words.say("emptyings_found", inferred=self.words.number(found.inferred))
        if found.found is None:
            return text
        told = self.words.say(
            "emptyings_told",
            reported=self.words.number(found.reported),
            share_6=percent(found.found[6]),
            share_24=percent(found.found[24]),
            false=percent(found.false or 0.0),
        )
        return f"{text} {told}"

    @property
    def sensors(self) -> Table:
        """The sensors that can be relied on least: grade, false echoes, where empty is seen, silence."""
        known = self.made.sensors.assign(rank=self.made.sensors["grade"].map(WORST_FIRST.index))
        known = known.sort_values(["rank", "phantom_share"], ascending=[True, False]).head(SENSORS_MAX)
        headings = ("sensors", "grade", "phantoms", "drift", "silent")
        return Table(
            [self.words.say(heading) for heading in headings],
            [
                Told(
                    str(row["bin_id"]),
                    (
                        self._grade(str(row["grade"]), is_stuck=bool(row["is_stuck"])),
                        self.words.percent(float(row["phantom_share"])),
                        self.words.percent(float(row["drift"])),
                        self.words.say("days", days=self.words.number(float(row["silent_days"]), 1)),
                    ),
                )
                for row in known.to_dict("records")
            ],
        )

    @property
    def figures(self) -> Table:
        """Every score as a row of text."""
        headings = ("hours", "course", "number", "forecast", *RULES, "pinball", "coverage", "width", "skill")
        rows = [Told(str(one.horizon_h), self._scored(one)) for one in self.made.scores]
        return Table([self.words.say(heading) for heading in headings], rows)

    def _scored(self, one: Score) -> Sequence[str]:
        number = self.words.number
        return (
            self.words.say(one.course),
            number(one.num_windows),
            number(one.error, 2),
            *(number(one.error_of[rule], 2) for rule in RULES),
            number(one.pinball, 2),
            self.words.percent(one.coverage, 1),
            number(one.width, 1),
            number(one.brier_skill["persistence"], 2),
        )

    def _of(self, course: str) -> list[Score]:
        return [one for one in self.made.scores if one.course == course]

    def _windows(self, horizon_h: int) -> pd.DataFrame:
        windows = self.made.windows
        return windows[(windows["horizon_h"] == horizon_h) & windows["is_untouched"].to_numpy(dtype=np.bool_)]

    def _grade(self, grade: str, *, is_stuck: bool) -> str:
        name = self.words.say("silent_grade" if grade == Grade.SILENT.value else grade)
        return f"{name}, {self.words.say('stuck')}" if is_stuck else name

    def _points(self, value: float) -> str:
        return self.words.number(value, 2)

    def _says(self, probability: float, share: float) -> str:
        return f"{self.words.percent(probability)}: {self.words.percent(share)}"


def under(windows: pd.DataFrame, probability: float) -> float:
    """Return the share of levels under a quantile; one that lies on it, as coarse levels do, counts half."""
    came, quantile = windows["came"].to_numpy(), windows[f"untouched_{probability}"].to_numpy()
    on = np.abs(came - quantile) < 1e-9
    return float(np.mean(np.where(on, 0.5, came < quantile)))
