"""The simulated town on the real extract."""

from __future__ import annotations

from datetime import timedelta

from simulator.city import make_city
from simulator.town import SimulatedTown
from tests.town_fixtures import HELSINKI, MONDAY, helsinki, helsinki_extract
from tournee.domain import ServiceEvent
from tournee.settings import SimulatorSettings


def test_helsinki_has_what_the_demo_promises() -> None:
    city = helsinki()
    assert len(city.bins) == 300
    assert len({b.waste_stream for b in city.bins}) == 5
    assert len({b.district for b in city.bins}) >= 4
    assert any("Mannerheimintie" in b.address for b in city.bins)
    assert city.network.bins == city.bins
    assert city.network.depot == city.depot


def test_helsinki_is_the_same_for_the_same_seed() -> None:
    again = make_city(helsinki_extract(), SimulatorSettings(seed=7))
    assert again == helsinki()


def test_two_weeks_of_helsinki_are_plausible() -> None:
    town = SimulatedTown(helsinki(), SimulatorSettings(seed=7), MONDAY, HELSINKI)
    messages = list(town.advance(MONDAY + timedelta(days=14)))
    seen = [message.fill_level_seen or 0.0 for message in messages if isinstance(message, ServiceEvent)]
    expected = len(town.city.sensors) * 14 * 12 * 0.95
    assert 0.9 * expected < town.num_readings < 1.05 * expected
    assert 0.6 < sum(seen) / len(seen) < 0.9
    assert 0.005 < town.overflow_bin_hours / (300 * 14 * 24) < 0.08
