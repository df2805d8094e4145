"""What holds for any town, any services, any moment."""

from __future__ import annotations

from datetime import timedelta

from hypothesis import given
from hypothesis import strategies as st

from simulator.filling import Filling
from tests.examples import examples
from tests.town_fixtures import HELSINKI, MONDAY
from tests.unit.test_filling import bins
from tournee.settings import SimulatorSettings

hours = st.floats(0.01, 24 * 30, allow_nan=False)


@examples(0.6)
@given(seed=st.integers(0, 1_000), visits=st.lists(hours, max_size=8), until=hours)
def test_overflow_never_exceeds_the_time_gone_by_and_visits_only_help(
    seed: int, visits: list[float], until: float
) -> None:
    town, lonely = (Filling(bins(1), SimulatorSettings(seed=seed), MONDAY, HELSINKI) for _ in range(2))
    end = MONDAY + timedelta(hours=until)
    for visit in visits:
        assert town.empty("bin-0", MONDAY + timedelta(hours=visit)) >= 0
    overflow = town.overflow_bin_hours(end)
    assert 0 <= overflow <= lonely.overflow_bin_hours(end) + 1e-6
    assert overflow <= until + 1e-6


@examples(0.6)
@given(seed=st.integers(0, 1_000), visits=st.permutations([10.0, 50.0, 120.0, 200.0]), at=hours)
def test_the_order_in_which_services_are_told_does_not_matter(
    seed: int, visits: list[float], at: float
) -> None:
    told, sorted_ = (Filling(bins(1), SimulatorSettings(seed=seed), MONDAY, HELSINKI) for _ in range(2))
    for visit in visits:
        told.empty("bin-0", MONDAY + timedelta(hours=visit))
    for visit in sorted(visits):
        sorted_.empty("bin-0", MONDAY + timedelta(hours=visit))
    moment = MONDAY + timedelta(hours=at)
    assert told.fill_level("bin-0", moment) == sorted_.fill_level("bin-0", moment)
    assert told.overflow_bin_hours(moment) == sorted_.overflow_bin_hours(moment)
