"""How bins fill up."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from itertools import pairwise

import numpy as np
import pytest

from simulator.filling import DEPOSIT_L, Filling, day_start_s
from tests.town_fixtures import HELSINKI, MONDAY
from tournee.domain import Bin, Location, WasteStream
from tournee.settings import SimulatorSettings


def bins(count: int) -> list[Bin]:
    place = Location(60.17, 24.94)
    return [
        Bin(f"bin-{n}", f"place-{n}", "depot-1", "", place, WasteStream.RESIDUAL, "660 L", 660, 85)
        for n in range(count)
    ]


def filling(count: int = 1, start_at: datetime = MONDAY, **settings: float) -> Filling:
    return Filling(bins(count), SimulatorSettings(**settings), start_at, HELSINKI)


def days(number: float) -> datetime:
    return MONDAY + timedelta(days=number)


def test_bins_start_between_empty_and_the_setting() -> None:
    levels = [filling(50).fill_level(f"bin-{n}", MONDAY) for n in range(50)]
    assert 0 <= min(levels) < 0.2
    assert 0.6 < max(levels) <= 0.8
    assert filling(start_fill_level_max=0).fill_level("bin-0", MONDAY) == 0


def test_levels_only_rise_until_someone_comes() -> None:
    town = filling()
    levels = [town.fill_level("bin-0", days(n / 8)) for n in range(80)]
    assert all(later >= earlier for earlier, later in pairwise(levels))
    assert levels[-1] > 1, "a bin that nobody empties runs over"


def test_a_step_is_one_deposit() -> None:
    town = filling()
    steps = np.diff([town.fill_level("bin-0", MONDAY + timedelta(minutes=n)) for n in range(3_000)])
    single = steps[steps > 0] * 660
    assert single.min() >= DEPOSIT_L[0] - 1e-6
    assert np.median(single) < DEPOSIT_L[2]


def test_a_service_empties_and_tells_what_was_found() -> None:
    town = filling()
    before = town.fill_level("bin-0", days(3))
    assert town.empty("bin-0", days(3)) == before > 0
    assert town.fill_level("bin-0", days(3)) == 0
    assert town.fill_level("bin-0", days(3) - timedelta(seconds=1)) > 0, "the past stays as it was"
    assert 0 < town.fill_level("bin-0", days(6)) < town.fill_level("bin-0", days(9))


def test_the_truth_does_not_depend_on_who_asks_first() -> None:
    forward, backward = filling(5), filling(5)
    moments = [(f"bin-{n}", days(d)) for n in range(5) for d in (1, 4, 20)]
    there = [forward.fill_level(*moment) for moment in moments]
    back = [backward.fill_level(*moment) for moment in reversed(moments)]
    assert there == back[::-1]
    alone = Filling(bins(5)[3:4], SimulatorSettings(), MONDAY, HELSINKI)
    assert alone.fill_level("bin-3", days(4)) == forward.fill_level("bin-3", days(4))


def test_bins_fill_in_about_the_days_that_the_setting_says() -> None:
    town = filling(200, mean_fill_days=5, start_fill_level_max=0)
    rates = [town.fill_level(f"bin-{n}", days(28)) / 28 for n in range(200)]
    known = [1 / town.mean_fill_days(f"bin-{n}") for n in range(200)]
    assert np.mean(rates) == pytest.approx(np.mean(known), rel=0.05)
    assert np.mean([town.mean_fill_days(f"bin-{n}") for n in range(200)]) == pytest.approx(5, rel=0.1)
    assert np.std(known) > 0.03, "bins differ"


def test_saturdays_bring_twice_what_sundays_bring_and_nights_little() -> None:
    town = filling(300, start_fill_level_max=0)

    def brought(start: datetime, hours: float) -> float:
        end = start + timedelta(hours=hours)
        return sum(town.fill_level(f"bin-{n}", end) - town.fill_level(f"bin-{n}", start) for n in range(300))

    saturday = sum(brought(days(5 + 7 * week), 24) for week in range(3))
    sunday = sum(brought(days(6 + 7 * week), 24) for week in range(3))
    assert saturday / sunday == pytest.approx(1.37 / 0.64, rel=0.15)
    assert brought(days(1), 5) < brought(days(1) + timedelta(hours=15), 5) / 3


def test_overflow_is_counted_over_all_bins_to_the_second() -> None:
    town = filling()
    moments = [MONDAY + timedelta(minutes=n) for n in range(20 * 1_440)]
    over_min = sum(town.fill_level("bin-0", moment) > 1 for moment in moments)
    assert over_min > 0
    assert town.overflow_bin_hours(days(20)) == pytest.approx(over_min / 60, abs=0.05)


def test_overflow_ends_with_the_service_and_keeps_what_has_been() -> None:
    town = filling()
    before = town.overflow_bin_hours(days(12))
    town.empty("bin-0", days(12))
    assert before > 0
    assert town.overflow_bin_hours(days(13)) == before
    assert town.overflow_bin_hours(days(30)) > before
    assert town.overflow_bin_hours(MONDAY) == 0


def test_a_day_that_changes_the_clocks_has_its_real_length() -> None:
    assert day_start_s(date(2026, 10, 26), HELSINKI) - day_start_s(date(2026, 10, 25), HELSINKI) == 25 * 3_600
    assert day_start_s(date(2026, 3, 30), HELSINKI) - day_start_s(date(2026, 3, 29), HELSINKI) == 23 * 3_600
