"""The closed loop on twelve bins of one street: every figure is worked out again here, hour by hour and from nothing."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from itertools import cycle
from pathlib import Path

import numpy as np
import pytest

from optimizer.closed_loop.figures import Prices, by_district, figures_of
from optimizer.closed_loop.known import Sensing
from optimizer.closed_loop.loop import Diary, Terms, live_through
from optimizer.closed_loop.policy import Morning, Policy, musts
from optimizer.closed_loop.scenario import Scenario
from optimizer.closed_loop.scenario_files import read_scenario
from optimizer.closed_loop.simple import DaysToFull, Fullest, Threshold
from optimizer.selection import Wanted
from tests.closed_loop_fixtures import (
    BINS,
    BODY_L,
    CAPACITY_L,
    CONTAINER_S,
    DAYS,
    PLACE_S,
    STEP_M,
    STEP_S,
    UNLOADING_S,
    WARMUP_DAYS,
    deposits_by_hand,
    write_scenario,
)
from tournee.errors import ScenarioRefused
from tournee.settings import SolverSettings

TERMS = Terms(
    Sensing(readings_per_day=24, noise=0.0),
    seed=1,
    budget=SolverSettings(max_solutions=5, max_iterations=30, proposals=1, processes=1),
)
DAY_S, SEVEN_S = 86_400, 7 * 3_600
MEASURED_S, END_S = WARMUP_DAYS * DAY_S, DAYS * DAY_S


@dataclass
class Counted:
    """What the test itself finds out, with loops and lists alone."""

    km: float = 0.0
    hours: float = 0.0
    fills: list[float] = field(default_factory=list)
    overflow_h: list[float] = field(default_factory=lambda: [0.0] * BINS)
    overflow_l: float = 0.0
    overload_l: float = 0.0
    extra_unloadings: int = 0
    levels_at_start: list[float] = field(default_factory=list)
    levels_at_end: list[float] = field(default_factory=list)


type Choose = Callable[[Sequence[float]], list[int]]


class Street:
    """The twelve bins with the deposits still to come, the truck with its body, and what was counted so far."""

    def __init__(self, body_l: float) -> None:
        self.counted, self.body_l = Counted(), body_l
        self.litres, self.over_since = [0.0] * BINS, [0.0] * BINS
        self.deposits = deposits_by_hand()

    @property
    def levels(self) -> list[float]:
        return [one / CAPACITY_L for one in self.litres]

    def throw_in(self, until_s: float) -> None:
        while self.deposits and self.deposits[0][1] < until_s:
            at, moment_s, more = self.deposits.pop(0)
            if self.litres[at] <= CAPACITY_L < self.litres[at] + more:
                self.over_since[at] = moment_s
            self.litres[at] += more

    def close(self, at: int, moment_s: float) -> None:
        if self.litres[at] > CAPACITY_L and moment_s > MEASURED_S:
            self.counted.overflow_h[at] += (moment_s - max(self.over_since[at], MEASURED_S)) / 3_600
            self.counted.overflow_l += self.litres[at] - CAPACITY_L

    def drive(self, day_s: float, stops: list[int]) -> None:
        """Go out along the street from 07:00, from bin to bin, and home to unload: also before, whenever the body is full."""
        counted = self.counted if day_s >= MEASURED_S else Counted()
        clock_s, steps, here, room_l = day_s + SEVEN_S, 0, -1, self.body_l
        for at in stops:
            clock_s, steps, here = clock_s + (at - here) * STEP_S, steps + at - here, at
            self.close(at, clock_s)
            counted.fills.append(self.litres[at] / CAPACITY_L)
            counted.overload_l += max(self.litres[at] - room_l, 0.0)
            while self.litres[at] > room_l:
                self.litres[at], room_l = self.litres[at] - room_l, self.body_l
                clock_s, steps = clock_s + 2 * (at + 1) * STEP_S + UNLOADING_S, steps + 2 * (at + 1)
                counted.extra_unloadings += 1
            self.litres[at], room_l = 0.0, room_l - self.litres[at]
            clock_s += PLACE_S + CONTAINER_S
        if stops:
            clock_s, steps = clock_s + (here + 1) * STEP_S + UNLOADING_S, steps + here + 1
        counted.km += steps * STEP_M / 1_000
        counted.hours += (clock_s - day_s - SEVEN_S) / 3_600


def count(choose: Choose, body_l: float) -> Counted:
    """Live through the twelve days."""
    street = Street(body_l)
    for day_s in range(0, END_S, DAY_S):
        street.throw_in(day_s + SEVEN_S)
        if day_s == MEASURED_S:
            street.counted.levels_at_start = street.levels
        street.drive(day_s, sorted(choose(street.levels)))
    street.throw_in(END_S)
    for at in range(BINS):
        street.close(at, END_S)
    street.counted.levels_at_end = street.levels
    return street.counted


@pytest.fixture(scope="module")
def street(tmp_path_factory: pytest.TempPathFactory) -> Scenario:
    """Twelve bins along one street, 3 days of warming up and 9 that count."""
    return read_scenario(write_scenario(tmp_path_factory.mktemp("street")))


def fullest(levels: Sequence[float], number: int) -> list[int]:
    """Return the bins that sensors see as the fullest; over 1 they see nothing."""
    return list(np.argsort(-np.minimum(levels, 1.0), kind="stable")[:number])


def in_turn() -> Choose:
    """Return a choice of bin 0 on its first day, of bin 1 on the second."""
    turns = cycle(range(BINS))
    return lambda _: [next(turns)]


POLICIES: dict[str, tuple[Policy, Choose]] = {
    "threshold": (Threshold(70), lambda levels: [at for at, one in enumerate(levels) if one >= 0.7]),
    "fullest": (Fullest(4), lambda levels: fullest(levels, 4)),
    "a third of all, the fullest": (Fullest(1 / 3), lambda levels: fullest(levels, 4)),
    "late": (Threshold(120), lambda _: []),
    "full": (DaysToFull(1), lambda levels: [at for at, one in enumerate(levels) if one >= 1.0]),
}


@pytest.mark.parametrize("name", POLICIES)
def test_every_figure_is_what_a_person_counts(street: Scenario, name: str) -> None:
    policy, choose = POLICIES[name]
    compare(street, live_through(street, policy, TERMS), count(choose, BODY_L))


class InTurn:
    """Bin 0 on the first day, bin 1 on the second: the later its turn, the more has come together."""

    def choose(self, morning: Morning) -> tuple[Wanted, ...]:
        turn = (morning.day - morning.scenario.days[0]).days
        return musts(morning, morning.known.levels(morning.at_s), [turn])


SMALL_BODIES: dict[str, tuple[Policy, Choose, int, int]] = {
    "a full bin": (InTurn(), in_turn(), 1_000, 12),  # bins 7, 8 and 9 hold more than two bodies
    "two full bins": (Fullest(2), lambda levels: fullest(levels, 2), 2_000, 10),
}
"""Bodies that hold what sensors say, which is never more than a full bin; and how often they are full too soon."""


@pytest.mark.parametrize("name", SMALL_BODIES)
def test_a_truck_that_is_full_too_soon_drives_as_a_person_counts(tmp_path: Path, name: str) -> None:
    policy, choose, body_l, unloadings = SMALL_BODIES[name]
    street = read_scenario(write_scenario(tmp_path, body_l=body_l))
    counted = count(choose, body_l)
    assert counted.extra_unloadings == unloadings
    compare(street, live_through(street, policy, TERMS), counted)


def compare(street: Scenario, diary: Diary, counted: Counted) -> None:
    """Hold every figure of a run against what the test has counted."""
    figures = figures_of(street, diary, Prices())
    assert figures.km == pytest.approx(counted.km)
    assert figures.hours == pytest.approx(counted.hours)
    assert figures.services == len(counted.fills)
    assert figures.overflow_h == pytest.approx(sum(counted.overflow_h))
    assert figures.overflow_l == pytest.approx(counted.overflow_l)
    assert figures.overload_l == pytest.approx(counted.overload_l)
    assert figures.extra_unloadings == counted.extra_unloadings
    if counted.fills:
        assert figures.fill_at_pickup == pytest.approx(np.mean(counted.fills))
        assert figures.fill_at_pickup_p10 == pytest.approx(np.quantile(counted.fills, 0.1))
    assert figures.half_empty_visits == sum(one < 0.5 for one in counted.fills)
    assert figures.fleet_fill_start == pytest.approx(np.mean(counted.levels_at_start))
    assert figures.fleet_fill_end == pytest.approx(np.mean(counted.levels_at_end))
    assert figures.diesel_l == pytest.approx(0.75 * counted.km)
    assert figures.co2e_kg == pytest.approx(3.1 * 0.75 * counted.km)
    assert figures.cost_eur == pytest.approx(1.2 * counted.km + 100 * counted.hours)
    districts = by_district(street, diary)
    assert districts["near"] == pytest.approx(sum(counted.overflow_h[:6]) / 6 / (DAYS - WARMUP_DAYS))
    assert districts["far"] == pytest.approx(sum(counted.overflow_h[6:]) / 6 / (DAYS - WARMUP_DAYS))
    assert figures.musts_left == 0


def test_the_same_terms_give_the_same_diary(street: Scenario) -> None:
    def what_happened(diary: Diary) -> object:
        return diary.services, diary.spills, [(one.metres, one.seconds) for one in diary.driven]

    first, again = (live_through(street, Threshold(70), TERMS) for _ in range(2))
    assert what_happened(first) == what_happened(again)


def test_no_truck_goes_out_on_a_day_off(tmp_path: Path) -> None:
    folder = write_scenario(tmp_path, changed={"weekdays": [0, 2, 4]})
    diary = live_through(read_scenario(folder), Fullest(3), TERMS)
    assert {one.day.weekday() for one in diary.driven} == {0, 2, 4}


@pytest.mark.parametrize("name", ["bins.csv", "scenario.json", "matrix.npz", "arrivals.parquet"])
def test_a_scenario_without_one_of_its_files_is_refused_by_name(tmp_path: Path, name: str) -> None:
    write_scenario(tmp_path)
    (tmp_path / name).unlink()
    with pytest.raises(ScenarioRefused, match=name):
        read_scenario(tmp_path)


@pytest.mark.parametrize(
    ("name", "was", "now", "said"),
    [
        ("rhythm.csv", "\n0,1.0", "\n0,90.0", "168 factors with mean 1"),
        ("sites.csv", "depot+disposal", "disposal", "0 depots where one is expected"),
        ("scenario.json", '"end": "2024', '"end": "soon', "end should be a day"),
        ("scenario.json", "service_s_per_place", "service", "service_s_per_place missing"),
        ("bins.csv", "b11", "b99", "no row for b99"),
    ],
)
def test_a_scenario_that_says_what_can_not_be_is_refused_with_what(
    tmp_path: Path, name: str, was: str, now: str, said: str
) -> None:
    file = write_scenario(tmp_path) / name
    text = file.read_text(encoding="utf-8")
    assert was in text
    file.write_text(text.replace(was, now), encoding="utf-8")
    with pytest.raises(ScenarioRefused, match=said):
        read_scenario(tmp_path)
