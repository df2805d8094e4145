"""What the two passes over a sequence say is what winding it says: whether it keeps every rule, and how late it may leave."""

from __future__ import annotations

from dataclasses import replace
from itertools import accumulate

from hypothesis import given
from hypothesis import strategies as st

from tests.examples import examples
from tournee.domain import StopKind
from tournee.passes import NEVER, earliest_leaves, latest_arrivals
from tournee.timeline import Duty, Rest, Visit, Windows, keeps, outcome, schedule

SECONDS = st.integers(0, 60)


@st.composite
def hours(draw: st.DrawFn) -> Windows:
    """Return one window or two, one after the other."""
    times = list(accumulate(draw(st.lists(st.integers(1, 90), min_size=2, max_size=4))))
    return tuple(zip(times[::2], times[1::2], strict=False))


@st.composite
def duties(draw: st.DrawFn) -> Duty:
    """Return a short shift with none, one or two breaks that may overlap."""
    begins = sorted(draw(st.lists(SECONDS, max_size=2)))
    rests = tuple(Rest(begin, begin + draw(SECONDS), draw(st.integers(1, 30))) for begin in begins)
    return Duty(draw(st.integers(0, 20)), draw(st.integers(60, 200)), rests)


@st.composite
def days(draw: st.DrawFn) -> tuple[list[Visit], Duty]:
    """Return a few visits and the duty of their truck."""
    bins = [
        Visit(StopKind.SERVICE, "bin", draw(st.integers(0, 20)), 0, draw(st.integers(0, 9)), draw(hours()))
        for _ in range(draw(st.integers(0, 4)))
    ]
    start, end = (Visit(kind, "depot", windows=draw(hours())) for kind in (StopKind.START, StopKind.END))
    return [start, *bins, replace(end, travel_time_s=draw(st.integers(0, 20)))], draw(duties())


@given(days())
@examples(6)
def test_a_way_keeps_every_rule_where_the_passes_find_one(day: tuple[list[Visit], Duty]) -> None:
    broken, end_s = outcome(*day)
    assert keeps(*day) == (broken == 0)
    leaves, comes = earliest_leaves(*day), latest_arrivals(*day)
    assert (min(leaves[-1]) < NEVER) == (broken == 0)
    if broken == 0:
        assert min(leaves[-1]) == end_s
        assert max(comes[0]) > -NEVER


@given(days())
@examples(6)
def test_a_truck_leaves_as_late_as_its_earliest_end_allows(day: tuple[list[Visit], Duty]) -> None:
    visits, duty = day
    broken, end_s = outcome(visits, duty)
    moments = schedule(visits, duty)
    if broken == 0:
        assert moments[-1].departure_s == end_s
        a_second_later = replace(duty, start_s=moments[0].departure_s + 1)
        assert outcome(visits, a_second_later) > (0, end_s)
