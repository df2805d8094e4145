"""What must hold whenever a plan is changed in the day, for any town, any instant and whatever happens."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta
from typing import NamedTuple

from hypothesis import assume, given, reject
from hypothesis import strategies as st

from tests.day_fixtures import added, back, changed, closed, down, driven, locked, published, removed, rows
from tests.examples import slow_examples
from tests.property.test_solver_properties import towns
from tests.towns import Town
from tournee.day_changes import check_changes
from tournee.difference import difference
from tournee.domain import DayChange, DayChangeKind, Plan, PlanStatus, Stop, StopKind, Wish
from tournee.errors import Conflict
from tournee.settings import DaySettings

SLOW = slow_examples(0.1)
QUICK = DaySettings(max_iterations=15)


class Driven(NamedTuple):
    """A town with the plan that is driven there, an instant, and what happened by then."""

    drawn: Town
    plan: Plan
    at: datetime
    changes: tuple[DayChange, ...]

    def __repr__(self) -> str:
        return f"Driven({rows(self.plan)}, {self.at:%H:%M:%S}, {[f'{c.kind} {c.ref}' for c in self.changes]})"


@st.composite
def days(draw: st.DrawFn) -> Driven:
    """Return a town with its published plan, an instant while it is driven, and what happened by then."""
    drawn = draw(towns())
    plan = published(drawn)
    assume(plan.routes)
    first = min(route.start.departure_at for route in plan.routes)
    last = max(route.end.arrival_at for route in plan.routes)
    at = first + timedelta(seconds=draw(st.integers(-300, int((last - first).total_seconds()) - 1)))
    letters = [one.bin_id for one in drawn.network.bins]
    trucks = [one.vehicle_id for one in drawn.network.vehicles]
    any_change = st.one_of(
        st.sampled_from(letters).flatmap(
            lambda one: st.sampled_from([removed(one), locked(one), added(one)])
        ),
        st.sampled_from([*map(down, trucks), closed("F")]),
    )
    return Driven(drawn, plan, at, tuple(draw(st.lists(any_change, max_size=3, unique=True))))


def allowed(plan: Plan, drawn: Town, changes: tuple[DayChange, ...], at: datetime) -> bool:
    try:
        check_changes(plan, drawn.network, changes, at)
    except Conflict:
        return False
    return True


def refs(changes: tuple[DayChange, ...], kind: DayChangeKind) -> set[str]:
    return {one.ref for one in changes if one.kind is kind}


@SLOW
@given(days())
def test_the_past_stays_and_every_rule_is_kept(day: Driven) -> None:
    drawn, plan, at, changes = day
    assume(allowed(plan, drawn, changes, at))
    draft = changed(plan, drawn.network, at, *changes, budget=QUICK)
    if not refs(changes, DayChangeKind.FACILITY_CLOSED):  # it is the only one: nobody could unload
        assert draft.violations == ()
    assert draft.previous_plan_id == plan.plan_id
    was = {route.vehicle_id: route for route in plan.routes}
    for route in draft.routes:
        done = [stop for stop in route.stops if stop.is_done]
        old = [s for s in was[route.vehicle_id].stops[1:] if s.kind is not StopKind.BREAK] if done else []
        made = [stop for stop in done if stop.kind is not StopKind.BREAK]
        assert list(map(facts, made)) == list(map(facts, old[: len(made)]))
        for stop in made[:-1]:
            assert stop.departure_at <= at, "only the stop that it drives to is settled beforehand"
        for stop in route.stops[len(done) + 1 :]:
            begins = stop.arrival_at - timedelta(seconds=stop.leg.travel_time_s)
            assert begins >= at or (not done and stop.kind is StopKind.END) or is_homeward(route.end, at)


def facts(stop: Stop) -> tuple[object, ...]:
    return stop.place_ref, stop.kind, stop.service_start_at, stop.load_kg, stop.load_l, stop.reason


def is_homeward(end: Stop, at: datetime) -> bool:
    return end.arrival_at - timedelta(seconds=end.leg.travel_time_s) <= at


@SLOW
@given(days())
def test_every_bin_is_somewhere_and_what_a_person_said_is_done(day: Driven) -> None:
    drawn, plan, at, changes = day
    assume(allowed(plan, drawn, changes, at))
    draft = changed(plan, drawn.network, at, *changes, budget=QUICK)
    served = [stop.place_ref for stop in draft.services()]
    left = [one.bin_id for one in draft.unassigned]
    wanted = {stop.place_ref for stop in plan.services()} | {one.bin_id for one in plan.unassigned}
    wanted |= refs(changes, DayChangeKind.BIN_ADDED)
    wanted -= refs(changes, DayChangeKind.BIN_REMOVED)
    assert sorted([*served, *left]) == sorted(wanted)
    assert {one.bin_id for one in draft.not_wanted} == refs(changes, DayChangeKind.BIN_REMOVED)
    for route in draft.routes:
        if route.vehicle_id in refs(changes, DayChangeKind.TRUCK_DOWN):
            assert all(stop.departure_at <= at for stop in route.services)
    for bin_id in refs(changes, DayChangeKind.STOP_LOCKED):
        now, then = (on(one, bin_id) for one in (draft, plan))
        assert now in {then, ""}
    for vehicle_id in {route.vehicle_id for route in plan.routes}:
        keep = refs(changes, DayChangeKind.STOP_LOCKED)
        before, after = ([ref for ref in order(one, vehicle_id) if ref in keep] for one in (plan, draft))
        assert after == [ref for ref in before if ref in after]
    assert all(one.reason.facts for one in draft.unassigned)


def on(plan: Plan, bin_id: str) -> str:
    found = [r.vehicle_id for r in plan.routes if bin_id in {stop.bin_id for stop in r.services}]
    return found[0] if found else ""


def order(plan: Plan, vehicle_id: str) -> list[str]:
    return [s.place_ref for r in plan.routes if r.vehicle_id == vehicle_id for s in r.services]


@SLOW
@given(days(), st.integers(0, 7_200))
def test_a_truck_that_is_back_breaks_no_rule_and_helps(day: Driven, stood_s: int) -> None:
    drawn, plan, at, _ = day
    broken = driven(changed(plan, drawn.network, at, *map(down, trucks_of(plan)), budget=QUICK))
    later = at + timedelta(seconds=stood_s)
    try:
        draft = changed(broken, drawn.network, later, *map(back, trucks_of(plan)), budget=QUICK)
    except Conflict:  # too late to unload and come home
        reject()
    assert draft.violations == ()
    assert len(draft.unassigned) <= len(broken.unassigned)
    for route in draft.routes:
        for stop in route.services:
            assert stop.is_done or stop.arrival_at - timedelta(seconds=stop.leg.travel_time_s) >= later


def trucks_of(plan: Plan) -> list[str]:
    return [route.vehicle_id for route in plan.routes]


@SLOW
@given(days())
def test_without_a_change_that_pays_the_driver_keeps_what_he_has(day: Driven) -> None:
    drawn, plan, at, _ = day
    assume(
        all(left.wish is not Wish.MUST for left in plan.unassigned)
    )  # a must that finds room pays for a change
    dear = DaySettings(max_iterations=15, change_eur=1_000.0)
    draft = changed(plan, drawn.network, at, budget=dear)
    assert difference(plan, draft).num_changed == 0


@SLOW
@given(days())
def test_a_change_of_a_change_keeps_the_past_of_both(day: Driven) -> None:
    drawn, plan, at, changes = day
    assume(allowed(plan, drawn, changes, at) and not refs(changes, DayChangeKind.FACILITY_CLOSED))
    first = changed(plan, drawn.network, at, *changes, budget=QUICK)
    assume(first.routes)
    again = published_again(first)
    later = at + timedelta(minutes=7)
    assume(allowed(again, drawn, (), later))
    second = changed(again, drawn.network, later, budget=QUICK)
    assert second.violations == ()
    done = {stop.place_ref for stop in first.services() if stop.is_done}
    assert done <= {stop.place_ref for stop in second.services() if stop.is_done}


def published_again(draft: Plan) -> Plan:
    return replace(draft, plan_id="second", status=PlanStatus.PUBLISHED)
