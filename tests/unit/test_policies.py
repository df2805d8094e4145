"""The policies of the closed loop, each by what only it does; on the street of twelve bins."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace
from datetime import timedelta

import numpy as np
import pytest

from optimizer.closed_loop.contents import Contents
from optimizer.closed_loop.fixed_calendar import FixedCalendar, intervals_of
from optimizer.closed_loop.foresight import Ours, Perfect
from optimizer.closed_loop.known import Known, Sensing, Sensors
from optimizer.closed_loop.loop import Diary, Terms, live_through
from optimizer.closed_loop.policy import Morning
from optimizer.closed_loop.prize import PrizeCollecting, overflow_chances
from optimizer.closed_loop.scenario import Scenario
from optimizer.closed_loop.scenario_files import read_scenario
from optimizer.closed_loop.simple import Threshold
from tests.closed_loop_fixtures import BINS, CAPACITY_L, DAYS, write_scenario
from tournee.domain import Wish
from tournee.settings import SelectionSettings, SolverSettings

SEVEN_S = 7 * 3_600.0
TERMS = Terms(
    Sensing(readings_per_day=4, noise=0.0),
    seed=1,
    budget=SolverSettings(max_solutions=5, max_iterations=30, proposals=1, processes=1),
)


@pytest.fixture(scope="module")
def street(tmp_path_factory: pytest.TempPathFactory) -> Scenario:
    """Twelve bins along one street whose records know their rates."""
    scenario = read_scenario(write_scenario(tmp_path_factory.mktemp("street")))
    rates = np.asarray([450.0 - 30.0 * at for at in range(BINS)])
    return replace(scenario, records=replace(scenario.records, litres_per_day=rates))


def morning(scenario: Scenario, day: int = 0) -> Morning:
    """Return a morning of which nothing was heard."""
    at_s = day * 86_400 + SEVEN_S
    return Morning(scenario, scenario.days[day], at_s, Known(scenario), Contents(scenario))


def test_the_calendar_comes_as_often_as_records_ask_and_never_looks_at_readings(street: Scenario) -> None:
    intervals = intervals_of(street, 1.0)
    assert intervals == sorted(intervals)  # the slower, the longer
    assert intervals[0] == 1
    assert intervals_of(street, 0.0)[-1] == int(CAPACITY_L // 120)
    policy = FixedCalendar(1.0)
    visits: Counter[str] = Counter()
    for day in range(DAYS):
        visits.update(one.bin.bin_id for one in policy.choose(morning(street, day)))
    assert [visits[one.bin_id] for one in street.bins] == [
        pytest.approx(DAYS / interval, abs=1.01) for interval in intervals
    ]


def test_a_calendar_makes_up_for_a_day_without_service(street: Scenario) -> None:
    policy = FixedCalendar(1.0)
    policy.choose(morning(street, 0))
    after_two_days = {one.bin.bin_id for one in policy.choose(morning(street, 3))}
    every = FixedCalendar(1.0)
    daily = [{one.bin.bin_id for one in every.choose(morning(street, day))} for day in range(4)]
    assert after_two_days == daily[1] | daily[2] | daily[3]


def test_every_policy_plans_with_loads_of_the_middle_of_the_working_day(street: Scenario) -> None:
    """From 7 to 12: two and a half hours of what the records know, and of the deposits themselves where they are known."""
    at = morning(street, 1)
    sensors, known = Sensors(street, TERMS.sensing, 1), at.known
    for one in range(BINS):
        known.hear(one, sensors.read(at.truth, one, (0.0, at.at_s)))
    levels, rates = known.levels(at.at_s), street.records.litres_per_day / CAPACITY_L
    for number, wish in enumerate(Threshold(0).choose(at)):
        assert wish.forecast.fill_level == pytest.approx(levels[number] + rates[number] * 2.5 / 24)
    (first, *_) = Perfect(SelectionSettings()).choose(at)
    noon_s = at.at_s + 2.5 * 3_600
    assert (
        first.forecast.fill_level == at.truth.litres(street.index_of[first.bin.bin_id], noon_s) / CAPACITY_L
    )
    for wish in Ours(SelectionSettings()).choose(at):
        assert wish.forecast.target_at == street.instant(noon_s)


def test_a_prize_grows_with_the_chance_of_overflow(street: Scenario) -> None:
    now = morning(street)
    levels = np.linspace(0.2, 1.0, BINS)
    flat = replace(street, records=replace(street.records, litres_per_day=np.full(BINS, 200.0)))
    chances = overflow_chances(replace(now, scenario=flat), levels)
    assert (np.diff(chances) > 0).all()
    now.known.hear(0, [(SEVEN_S - 60, 0.9)])
    now.known.hear(11, [(SEVEN_S - 60, 0.1)])
    prizes = {one.bin.bin_id: one.skip_penalty_eur for one in PrizeCollecting(10.0).choose(now)}
    assert prizes["b00"] == pytest.approx(10.0, abs=0.2)
    assert "b11" not in prizes


def test_perfect_knowledge_runs_over_nowhere_where_that_is_dear(street: Scenario) -> None:
    policy = SelectionSettings(overflow_eur_per_hour=10.0)
    short = replace(street, end_at=street.start_at + timedelta(days=6))
    diary = live_through(short, Perfect(policy), TERMS)
    late = [spill for spill in diary.spills if spill.from_s > 2 * 86_400]
    assert not late
    assert all(one.litres > 0 for one in diary.services)


@pytest.mark.parametrize("without", [0.0, 1.0])
def test_ours_sees_overflow_coming_with_sensors_and_without(street: Scenario, without: float) -> None:
    short = replace(street, end_at=street.start_at + timedelta(days=7))
    terms = replace(TERMS, sensing=Sensing(noise=0.0, without=without))
    assert Sensors(short, terms.sensing, 1).is_alive.all() == (without == 0.0)
    diary = live_through(short, Ours(SelectionSettings(overflow_eur_per_hour=2.0)), terms)
    nobody = live_through(short, Threshold(1_000), terms)
    assert _hours_over(diary) < 0.2 * _hours_over(nobody)


def _hours_over(diary: Diary) -> float:
    return sum(spill.to_s - spill.from_s for spill in diary.spills) / 3_600


def test_a_must_of_ours_has_its_risk_as_reason(street: Scenario) -> None:
    now = morning(street, 1)
    now.known.hear(0, [(86_400 + SEVEN_S - 60, 0.97)])
    wanted = {one.bin.bin_id: one for one in Ours(SelectionSettings()).choose(now)}
    assert wanted["b00"].wish is Wish.MUST
    assert float(wanted["b00"].reason.facts["probability"]) > 0.9
