"""The report of a closed loop: true to its figures, in both languages, in one file that asks nobody for anything."""

from __future__ import annotations

import re
from dataclasses import fields, replace
from pathlib import Path
from xml.etree import ElementTree as ET

import pytest
from rich.console import Console

from optimizer.closed_loop.figures import Figures
from optimizer.closed_loop.known import Sensing
from optimizer.closed_loop.page import report_page
from optimizer.closed_loop.policies import POLICIES
from optimizer.closed_loop.results import result_of
from optimizer.closed_loop.scenario import Scenario
from optimizer.closed_loop.scenario_files import read_scenario
from optimizer.closed_loop.series import Run
from optimizer.closed_loop.whatif import WHAT_IFS
from optimizer.closed_loop.words import EN
from tests.closed_loop_fixtures import BINS, write_scenario
from tournee.cli.evaluate import Wishes, jobs_of, run_evaluation, tables_of
from tournee.errors import ConfigError
from tournee.numerals import LANGUAGES, Language
from tournee.settings import Settings

HOSTILE = "<script>alert('x')</script>"
WEEK = 7


def figures(km_per_day: float, overflow: float) -> Figures:
    """Return a week's figures; what is not said is nothing."""
    nothing = Figures(*[0] * len(fields(Figures)))
    km = km_per_day * WEEK
    driven = replace(nothing, days=WEEK, bins=BINS, km=km, diesel_l=km * 0.75, co2e_kg=km * 0.75 * 3.1)
    return replace(driven, overflow_h=overflow * WEEK * BINS)


def run(policy: str, setting: float, km: float, overflow: float, what_if: str = "") -> Run:
    by_bin = [overflow * WEEK * BINS, *[0.0] * (BINS - 1)]
    return Run(
        policy, setting, 1, figures(km, overflow), {"near": overflow, "far": 0.0}, [], [], by_bin, what_if
    )


CALENDAR = (run("calendar", 1, 110.0, 0.01), run("calendar", 2, 100.0, 0.03), run("calendar", 3, 90.0, 0.1))
OURS = (run("tournee", 1, 90.0, 0.01), run("tournee", 3, 80.0, 0.03), run("tournee", 5, 70.0, 0.1))
FEWER = run("tournee", 3, 60.0, 0.06, "one-truck-less")


@pytest.fixture(scope="module")
def street(tmp_path_factory: pytest.TempPathFactory) -> Scenario:
    """Twelve bins along one street."""
    return read_scenario(write_scenario(tmp_path_factory.mktemp("street")))


def page(street: Scenario, *runs: Run, language: Language = "en") -> str:
    return report_page(language, result_of(runs), street)


def test_every_policy_and_every_what_if_has_a_name() -> None:
    assert {key.removeprefix("p_") for key in EN if key.startswith("p_")} == set(POLICIES)
    assert {key.removeprefix("w_") for key in EN if key.startswith("w_")} == set(WHAT_IFS)


def test_the_headline_is_what_the_curves_say(street: Scenario) -> None:
    """At 0.03 hours 80 km instead of 100: 20% less, in a year 7,300 km, 5,475 L and 16,972.5 kg."""
    told = page(street, *CALENDAR, *OURS)
    assert "Tournée drives 20% fewer kilometers than fixed calendar." in told
    assert "7,300 km, 5,475 liters of diesel and 17.0 t of CO₂e" in told
    french = page(street, *CALENDAR, *OURS, language="fr")
    assert "20\u202f% de kilomètres en moins que calendrier fixe" in french
    assert "7\u202f300 km, 5\u202f475 litres de gazole et 17,0 t" in french


def test_whoever_drives_more_is_told_so(street: Scenario) -> None:
    worse = [replace(one, figures=figures(120.0, one.figures.overflow_per_bin_day)) for one in OURS]
    assert "20% more kilometers than fixed calendar" in page(street, *CALENDAR, *worse)


def test_where_the_usual_overflow_is_not_reached_another_is_told_of(street: Scenario) -> None:
    today = run("calendar", 1, 100.0, 0.05), run("calendar", 2, 90.0, 0.2)
    told = page(street, *today, run("tournee", 1, 80.0, 0.05), run("tournee", 2, 72.0, 0.2))
    assert "Tournée drives 20% fewer kilometers" in told
    assert "Overflow compared at: 0.05 hours" in told


def test_without_a_common_overflow_nothing_is_claimed(street: Scenario) -> None:
    told = page(street, run("calendar", 1, 100.0, 0.5))
    assert "nothing can be said in one figure" in told
    assert "In a year" not in told


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_page_is_one_file_and_its_charts_are_sound(street: Scenario, language: Language) -> None:
    told = page(street, *CALENDAR, *OURS, FEWER, language=language)
    assert not re.search(r"<script|https?:|src=|@import|url\(", told)
    charts = re.findall(r"<svg.*?</svg>", told, re.DOTALL)
    for chart in charts:
        ET.fromstring(chart)  # noqa: S314 - made here, by the page under test
    assert told.count("<circle") == 2 * BINS, "two maps, today's way of choosing and ours"
    assert f'<html lang="{language}">' in told
    assert "None" not in told
    assert "{" not in re.sub(r"<style>.*?</style>", "", told, flags=re.DOTALL)


def test_every_point_of_the_curve_says_what_it_is(street: Scenario) -> None:
    told = page(street, *CALENDAR, *OURS)
    assert "<title>Tournée, €3 for an hour over: 80.0 km, 0.0300 h</title>" in told
    assert told.count("<polyline") == 2


def test_what_would_be_if_stands_beside_the_town_as_it_is(street: Scenario) -> None:
    told = page(street, *CALENDAR, *OURS, FEWER)
    row = next(one for one in re.findall(r"<tr>.*?</tr>", told, re.DOTALL) if "One truck less" in one)
    assert "60.0 (−25%)" in row
    assert "0.7 (+100%)" in row
    assert "What if" not in page(street, *CALENDAR, *OURS)


def test_what_would_be_if_is_told_of_each_policy_at_its_setting_of_the_figures(street: Scenario) -> None:
    """Of many settings each would be a row for every question."""
    other = run("tournee", 1, 75.0, 0.02, "one-truck-less")
    told = page(street, *CALENDAR, *OURS, other, FEWER)
    assert "60.0 (−25%)" in told
    assert "75.0 (" not in told


def test_the_fullest_are_a_number_or_a_share_of_all(street: Scenario) -> None:
    told = page(street, run("fullest", 0.25, 100.0, 0.03), *OURS)
    assert "The fullest bins, 25% of all bins a day" in told
    french = page(street, run("fullest", 50, 100.0, 0.03), *OURS, language="fr")
    assert "50 bacs par jour" in french


def test_hostile_names_stay_text(street: Scenario) -> None:
    bins = tuple(replace(one, address=HOSTILE) for one in street.bins)
    named = replace(street, name=HOSTILE, network=replace(street.network, bins=bins))
    told = page(named, *CALENDAR, *OURS, run(HOSTILE, 1, 100.0, 0.03))
    assert HOSTILE not in told
    assert "&lt;script&gt;" in told


def test_without_bins_by_run_there_is_no_map(street: Scenario) -> None:
    """As of a run that was kept before runs told of each bin."""
    assert "<circle" not in page(street, *(replace(one, by_bin=[]) for one in (*CALENDAR, *OURS)))


def test_an_evaluation_leaves_its_report_and_every_what_if(tmp_path: Path) -> None:
    folder, out = write_scenario(tmp_path / "town"), tmp_path / "out"
    wishes = Wishes(str(folder), "threshold:70", "1", Sensing(noise=0.0), 20, ("collect-on:mo", "no-sunday"))
    result = run_evaluation(jobs_of(wishes, Settings()), 1, out, Console(quiet=True))
    assert [row.what_if for row in result.rows] == ["", "collect-on:mo", "no-sunday"]
    assert "Collection on Monday" in (out / "report-en.html").read_text(encoding="utf-8")
    assert "Sans le dimanche" in (out / "report-fr.html").read_text(encoding="utf-8")
    titles = [str(table.title).partition(": means")[0] for table in tables_of(result)]
    assert titles == ["As it is", "What if: collect-on:mo", "What if: no-sunday"]


def test_what_can_not_be_is_refused_before_anything_is_computed(tmp_path: Path) -> None:
    folder = write_scenario(tmp_path / "town")
    wishes = Wishes(str(folder), "threshold:70", "1", Sensing(), 20, ("one-truck-less",))
    with pytest.raises(ConfigError, match="more than one truck"):
        run_evaluation(jobs_of(wishes, Settings()), 1, tmp_path / "out", Console(quiet=True))
    assert not (tmp_path / "out").exists()
