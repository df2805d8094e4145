"""A backtest -> one page for people: it needs no server, no script and no other file."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from zoneinfo import ZoneInfo

import numpy as np
import pandas as pd
from markupsafe import Markup

from optimizer.backtest import Backtest, Score
from optimizer.backtest.charts import bin_chart, errors_chart, honesty_chart
from optimizer.backtest.scores import RULES
from optimizer.backtest.tables import figures_table, sensors_table
from optimizer.backtest.words import BacktestWords
from optimizer.forecast import Course
from optimizer.reports.pages import Headline, page, write_pages
from optimizer.reports.tables import Table
from tournee.numerals import Language


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
            first=self.words.date(datetime.fromisoformat(facts["first"])),
            last=self.words.date(datetime.fromisoformat(facts["last"])),
            per_day=number(facts["per_bin_and_day"], 1),
            full=self.words.short(facts["full"]),
            origins=facts["origins"],
        )

    @property
    def headline(self) -> Headline | None:
        """The one figure to remember, and what simple rules reach; none where nothing could be scored."""
        if not (scores := self._of(Course.UNTOUCHED)):
            return None
        first, say, number = scores[0], self.words.say, self.words.number
        rules = {rule: number(first.error_of[rule], 1) for rule in RULES}
        claim = say("headline", hours=first.horizon_h, error=number(first.error, 1))
        return Headline(claim, say("headline_more", **rules))

    @property
    def errors_untouched(self) -> Markup:
        """The error of the forecast and of simple rules where nobody emptied the bin."""
        return errors_chart(self.words, self._of(Course.UNTOUCHED))

    @property
    def errors_usual(self) -> Markup:
        """The same, emptyings included."""
        return errors_chart(self.words, self._of(Course.USUAL))

    @property
    def honesty(self) -> Markup:
        """The share of levels under each quantile."""
        hours = [one.horizon_h for one in self._of(Course.UNTOUCHED)]
        return honesty_chart(self.words, {one: self._windows(one) for one in hours})

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
            for one in self._of(Course.UNTOUCHED)
        ]
        return self.words.say("covered", shares=self.words.say("covered_next").join(shares))

    @property
    def one_bin(self) -> tuple[str, Markup] | None:
        """One bin that is foreseen neither well nor badly, over all origins; none where all levels stand still."""
        hours = self.made.scores[0].horizon_h
        windows = self._windows(hours)
        lively = windows[windows.groupby("bin_id")["came"].transform("std").fillna(0.0) > 0]
        if not len(lively):
            return None
        error = (lively["untouched_point"] - lively["came"]).abs()
        by_error = error.groupby(lively["bin_id"]).mean().sort_values()
        bin_id = str(by_error.index[len(by_error) // 2])
        one = lively[lively["bin_id"] == bin_id].sort_values("made_at")
        hint = self.words.say("bin_hint", bin=bin_id, hours=hours)
        return hint, bin_chart(self.words, one, ZoneInfo(self.made.facts["zone"]))

    @property
    def figures(self) -> Table:
        """Every score."""
        return figures_table(self.words, self.made.scores)

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
        """The sensors that can be relied on least."""
        return sensors_table(self.words, self.made.sensors)

    def _of(self, course: Course) -> list[Score]:
        return [one for one in self.made.scores if one.course == course.value]

    def _windows(self, horizon_h: int) -> pd.DataFrame:
        """Return the windows of a horizon in which nobody emptied the bin."""
        windows = self.made.windows
        return windows[(windows["horizon_h"] == horizon_h) & windows["is_untouched"].to_numpy(dtype=np.bool_)]
