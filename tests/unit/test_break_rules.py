"""Breaks that are due by what was done: small rounds counted by hand, and a whole town."""

from __future__ import annotations

from dataclasses import replace
from datetime import time

import pytest

from optimizer.problem import EUR, Problem
from optimizer.solver import solve
from optimizer.verify import verify
from tests.solver_fixtures import QUICK
from tests.towns import as_town, only, stops, town
from tournee.domain import HOURS_AT_THE_WHEEL, SIX_HOURS_OF_WORK, BreakRule, Shift, StopKind
from tournee.timeline import Duty, Moment, Rest, Visit, keeps, schedule
from tournee.timeline_check import check

HOUR = 3_600
WORK = Duty(6 * HOUR, 20 * HOUR, break_rules=(SIX_HOURS_OF_WORK,))
DRIVING = replace(WORK, break_rules=(HOURS_AT_THE_WHEEL,))


def round_of(*stops_h: tuple[float, float], home_h: float = 0.5) -> list[Visit]:
    """Return a round: hours of driving to each stop and of standing there, and the way home."""
    services = [
        Visit(StopKind.SERVICE, str(n), round(drive * HOUR), 0, round(stand * HOUR))
        for n, (drive, stand) in enumerate(stops_h)
    ]
    return [Visit(StopKind.START, "D"), *services, Visit(StopKind.END, "D", round(home_h * HOUR))]


def breaks(moments: tuple[Moment, ...]) -> list[tuple[float, int]]:
    """Return the breaks: hours since leaving, minutes."""
    left = moments[0].departure_s
    taken = [m for m in moments if m.kind is StopKind.BREAK]
    return [((m.start_s - left) / HOUR, (m.departure_s - m.start_s) // 60) for m in taken]


def test_no_break_is_due_up_to_six_hours_of_work() -> None:
    six = round_of((0.5, 2.0), (0.5, 2.5))
    assert breaks(schedule(six, WORK)) == []
    longer = round_of((0.5, 2.0), (0.5, 2.5), home_h=0.51)
    assert breaks(schedule(longer, WORK)) == [(5.5, 20)]
    assert check(schedule(longer, WORK), longer, WORK) == ()


def test_a_break_by_the_clock_counts_where_it_is_long_enough() -> None:
    long = round_of((0.5, 2.0), (0.5, 2.5), (0.5, 2.0))
    lunch = replace(WORK, rests=(Rest(8 * HOUR, 9 * HOUR, 1_800),))
    assert breaks(schedule(long, lunch)) == [(3.0, 30)]
    short = replace(WORK, rests=(Rest(8 * HOUR, 9 * HOUR, 900),))
    assert breaks(schedule(long, short)) == [(3.0, 20)]  # made longer: five minutes more, not twenty
    assert check(schedule(long, short), long, short) == ()


def test_a_break_uses_the_time_that_is_waited_anyway() -> None:
    visits = round_of((0.5, 2.0), (0.5, 2.5), (0.5, 1.0))
    visits[1] = replace(visits[1], windows=((0, 7 * HOUR),))
    visits[2] = replace(visits[2], windows=((10 * HOUR, 20 * HOUR),))
    moments = schedule(visits, WORK)
    assert [length for _, length in breaks(moments)] == [20]
    assert moments[-1].start_s == schedule(visits, replace(WORK, break_rules=()))[-1].start_s
    assert check(moments, visits, WORK) == ()


def test_a_truck_leaves_later_rather_than_wait_on_duty() -> None:
    visits = round_of((0.5, 2.5), (0.5, 2.0))
    visits[1] = replace(visits[1], windows=((10 * HOUR, 12 * HOUR),))
    moments = schedule(visits, WORK)
    assert breaks(moments) == []
    assert moments[0].departure_s == 10 * HOUR - HOUR // 2


def test_a_long_wait_may_need_a_break_in_its_midst_and_another_at_its_end() -> None:
    visits = round_of((1.0, 5.0), (0.5, 1.0), home_h=4.0)
    visits[1] = replace(visits[1], windows=((0, 7 * HOUR),))
    visits[2] = replace(visits[2], windows=((17 * HOUR, 20 * HOUR),))
    duty = replace(WORK, end_s=30 * HOUR)
    moments = schedule(visits, duty)
    assert [length for _, length in breaks(moments)] == [20, 20]
    assert moments[-1].start_s == 22 * HOUR
    assert check(moments, visits, duty) == ()


def test_driving_is_interrupted_by_three_quarters_of_an_hour() -> None:
    far = round_of((2.0, 1.0), (2.0, 1.0), (2.0, 1.0))
    moments = schedule(far, DRIVING)
    assert breaks(moments) == [(6.0, 45)]
    assert check(moments, far, DRIVING) == ()
    near = round_of(*((0.4, 1.0) for _ in range(8)))
    assert breaks(schedule(near, DRIVING)) == []  # ten hours out, and 3 h 42 at the wheel


def test_a_quarter_and_then_half_an_hour_will_do() -> None:
    far = round_of((2.0, 1.0), (2.0, 1.0), (2.0, 1.0))
    rests = Rest(8 * HOUR, 8 * HOUR + 600, 900), Rest(11 * HOUR, 13 * HOUR, 1_800)
    duty = replace(DRIVING, rests=rests)
    moments = schedule(far, duty)
    assert [length for _, length in breaks(moments)] == [15, 30]
    assert check(moments, far, duty) == ()
    wrong_way_round = replace(
        duty, rests=(replace(rests[0], duration_s=1_800), replace(rests[1], duration_s=900))
    )
    assert sum(length for _, length in breaks(schedule(far, wrong_way_round))) > 45


def test_a_leg_that_is_too_long_breaks_the_rule_and_is_named_once() -> None:
    visits = round_of((5.0, 0.1), (0.1, 0.1))
    assert not keeps(visits, DRIVING)
    broken = check(schedule(visits, DRIVING), visits, DRIVING)
    assert [one.kind for one in broken] == ["break_rule"]
    assert broken[0].detail == "More than 270 min of driving until 11:06 without a break."


@pytest.mark.parametrize("length", [0, 1_199])
def test_a_break_that_is_left_out_or_short_is_caught(length: int) -> None:
    visits = round_of((0.5, 2.0), (0.5, 2.5), (0.5, 1.0))
    little = BreakRule(SIX_HOURS_OF_WORK.counts, SIX_HOURS_OF_WORK.limit_s, max(length, 1))
    free = replace(WORK, break_rules=(little,) if length else ())
    found = check(schedule(visits, free), visits, WORK)
    assert {one.kind for one in found} == ({"break", "break_rule"} if length else {"break_rule"})


# --- in a town -------------------------------------------------------------------------------------------------


def long_day(*, rule: bool, end: time = time(14)) -> Problem:
    """Return a round of somewhat more than six hours."""
    drawn = town("D" + "-" * 300 + "a" + "-" * 300 + "b" + "-" * 300 + "F")
    (truck,) = drawn.network.vehicles
    rules = (SIX_HOURS_OF_WORK,) if rule else ()
    truck = replace(truck, shift=Shift(time(6), end, break_rules=rules))
    return as_town(replace(drawn.network, vehicles=(truck,)), drawn.wanted).problem


def test_the_break_is_in_the_plan_and_is_not_paid() -> None:
    problem = long_day(rule=True)
    solution = solve(problem, QUICK)
    assert verify(problem, solution) == ()
    assert stops(only(solution.tours)).count("-") == 0  # five and a half hours
    slow = replace(problem, sites=(replace(problem.sites[0], unloading_time_s=3_600),))
    plan, free = solve(slow, QUICK), replace(long_day(rule=False), sites=slow.sites)
    assert verify(slow, plan) == ()
    assert stops(only(plan.tours)).count("-") == 1
    assert plan.cost == solve(free, QUICK).cost
    assert {one.kind for one in verify(slow, solve(free, QUICK))} == {"break_rule"}


def test_a_break_that_the_shift_has_no_time_for_leaves_a_bin() -> None:
    end = time(12, 10)
    slow = [long_day(rule=rule, end=end) for rule in (False, True)]
    slow = [replace(one, sites=(replace(one.sites[0], unloading_time_s=3_300),)) for one in slow]
    assert [len(solve(one, QUICK).unserved) for one in slow] == [0, 1]


# --- overtime --------------------------------------------------------------------------------------------------


def with_overtime(problem: Problem, minutes: int, eur_per_hour: float) -> Problem:
    """Return a problem whose trucks may be late at a price."""
    trucks = (
        replace(
            truck,
            duty=replace(truck.duty, overtime_max_s=60 * minutes),
            overtime_second_cost=eur_per_hour * EUR / HOUR,
        )
        for truck in problem.trucks
    )
    return replace(problem, trucks=tuple(trucks))


def test_overtime_is_paid_by_the_second_and_has_an_end() -> None:
    problem = long_day(rule=False, end=time(11))
    plan = solve(with_overtime(problem, 60, 36.0), QUICK)
    enough = solve(long_day(rule=False), QUICK)
    late_s = only(plan.tours).moments[-1].arrival_s - 11 * HOUR
    assert verify(with_overtime(problem, 60, 36.0), plan) == ()
    assert 0 < late_s <= HOUR
    assert plan.cost - enough.cost == pytest.approx(late_s * 36 * EUR / HOUR, abs=2)
    short = with_overtime(problem, late_s // 60 - 1, 36.0)
    assert {one.kind for one in verify(short, plan)} == {"overtime"}
    assert len(solve(short, QUICK).unserved) == 1


def test_a_bin_that_is_not_worth_the_overtime_waits() -> None:
    drawn = town("D" + "-" * 300 + "a" + "-" * 300 + "F" + "-" * 300 + "b", must="a", price_eur=300.0)
    (truck,) = drawn.network.vehicles
    shift = Shift(time(6), time(10))
    truck = replace(truck, shift=shift, overtime_max_s=5_400, overtime_cost_per_hour_eur=20.0)
    cheap = as_town(replace(drawn.network, vehicles=(truck,)), drawn.wanted).problem
    assert solve(cheap, QUICK).unserved == ()
    assert solve(with_overtime(cheap, 90, 500.0), QUICK).unserved == (1,)
