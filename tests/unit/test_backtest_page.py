"""The report of a backtest says what the figures say, in both languages, and needs nothing else."""

from __future__ import annotations

import re
from dataclasses import replace
from pathlib import Path

import pandas as pd
import pytest

from optimizer.backtest import Backtest, Readings, backtest
from optimizer.backtest.charts import under
from optimizer.backtest.page import report_page, write_reports
from optimizer.backtest.words import EN, BacktestWords
from tests.unit.test_backtest import TRIAL, emptied, steady
from tournee.numerals import LANGUAGES, Language


@pytest.fixture(scope="module")
def made() -> Backtest:
    return backtest(Readings(steady(), {}, 1.0), emptied(), TRIAL)


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_page_holds_the_figures_and_no_outside_address(language: Language, made: Backtest) -> None:
    words, page = BacktestWords(language), report_page(language, made)
    first = made.scores[0]
    assert words.number(first.error, 1) in page
    assert words.number(first.error_of["persistence"], 2) in page
    assert page.count("<svg") > 4
    assert not re.search(r"(?:src|href)=|https?:|@import|url\(", page)


def test_pages_are_written_in_both_languages(tmp_path: Path, made: Backtest) -> None:
    assert [path.name for path in write_reports(made, tmp_path)] == ["report-en.html", "report-fr.html"]
    assert 'lang="fr"' in (tmp_path / "report-fr.html").read_text(encoding="utf-8")


def test_a_name_that_is_markup_stays_a_name(made: Backtest) -> None:
    name = "<script>alert(1)</script>"
    sensors, windows = (frame.assign(bin_id=name) for frame in (made.sensors, made.windows))
    other = Backtest(made.facts, made.grades, made.scores, made.emptyings, sensors, windows)
    assert "<script>" not in report_page("en", other)


def test_too_few_readings_make_a_page_as_well() -> None:
    few = backtest(Readings(steady(bins=1, days=1), {}, 1.0), (), TRIAL)
    assert not few.scores
    assert EN["no_headline"] in report_page("en", few)


def test_days_are_those_of_the_town(made: Backtest) -> None:
    """Ten hours west of Greenwich it is still the day before when an origin's morning comes there."""
    west = "Pacific/Honolulu"
    day = f"<title>{made.windows['made_at'].min().tz_convert(west):%d/%m} "
    assert day in report_page("fr", replace(made, facts={**made.facts, "zone": west}))
    assert day not in report_page("fr", made)


def test_a_level_on_its_quantile_counts_half() -> None:
    windows = pd.DataFrame({"came": [0.1, 0.2, 0.3, 0.4], "untouched_0.5": [0.2, 0.2, 0.2, 0.5]})
    assert under(windows, 0.5) == pytest.approx((1 + 0.5 + 0 + 1) / 4)
