"""A truck leaves as late as the earliest end of its tour allows, and no later."""

from __future__ import annotations

from dataclasses import replace

from hypothesis import given
from hypothesis import strategies as st

from tests.examples import examples
from tournee.domain import StopKind
from tournee.timeline import Duty, Visit, outcome, schedule

DUTY = Duty(0, 1_000, payload_kg=10, body_l=10)

places = st.builds(
    lambda travel, opens, length, service: Visit(
        StopKind.SERVICE, "bin", travel, 0, service, ((opens, opens + length),)
    ),
    st.integers(0, 60),
    st.integers(0, 300),
    st.integers(0, 300),
    st.integers(0, 30),
)


@given(st.lists(places, min_size=1, max_size=6), st.integers(0, 60))
@examples(2)
def test_a_second_later_would_end_later_or_break_a_rule(stops: list[Visit], home_s: int) -> None:
    visits = [Visit(StopKind.START, "depot"), *stops, Visit(StopKind.END, "depot", home_s)]
    broken, end_s = outcome(visits, DUTY)
    moments = schedule(visits, DUTY)
    assert moments[-1].arrival_s == end_s
    later = replace(DUTY, start_s=moments[0].departure_s + 1)
    if broken == 0 and _waited(visits):
        assert outcome(visits, later) > (broken, end_s)


def _waited(visits: list[Visit]) -> bool:
    """Tell whether leaving at once means waiting somewhere; where it does not, the truck leaves at once."""
    clock_s = 0
    for visit in visits:
        clock_s += visit.travel_time_s
        if clock_s < visit.windows[0][0]:
            return True
        clock_s += visit.service_time_s
    return False
