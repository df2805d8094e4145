"""What bringing away a bin's content costs: a truckload's way there and back, shared by what fills the truck."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from optimizer.detours import ROAD_FACTOR, SPEED_M_PER_S
from optimizer.hauls import hauls_eur
from tests.towns import GLASS, RESIDUAL, town
from tournee.domain import Network
from tournee.geo import great_circle_m


def way_m(network: Network, facility: int = 0) -> float:
    """Return the metres of street from the first bin to a facility."""
    return ROAD_FACTOR * great_circle_m(network.bins[0].location, network.facilities[facility].location)


def haul_eur(network: Network, level: float) -> float:
    """Return what the first bin's content costs to bring away."""
    return float(hauls_eur(network.bins[:1], np.asarray([level]), network)[0])


def test_a_half_full_bin_pays_a_twentieth_of_the_way_of_a_truck_for_ten() -> None:
    network = town("D--a--------F", truck="10 bins").network
    truck = replace(network.vehicles[0], cost_per_km_eur=2.0, cost_per_hour_eur=36.0)
    network = replace(network, vehicles=(truck,))
    way = way_m(network)
    load_eur = (
        2 * way * (2.0 / 1_000 + 0.01 / SPEED_M_PER_S) + 900 * 0.01
    )  # 36 euros an hour, a quarter to unload
    assert haul_eur(network, 0.5) == pytest.approx(0.05 * load_eur, rel=0.01)


def test_what_lies_beside_a_bin_is_paid_for_up_to_its_volume_again() -> None:
    network = town("D--a--------F").network
    assert haul_eur(network, 2.0) == pytest.approx(2 * haul_eur(network, 1.0))
    assert haul_eur(network, 5.0) == haul_eur(network, 2.0)
    assert haul_eur(network, -0.1) == 0.0


def test_the_nearest_facility_of_its_stream_counts() -> None:
    both = town("G--a--------F--D").network
    assert way_m(both, 1) < way_m(both, 0)
    only_far = replace(both, facilities=both.facilities[:1])
    assert haul_eur(both, 1.0) < haul_eur(only_far, 1.0)
    glass = replace(both.facilities[1], waste_streams=frozenset({GLASS}))
    assert haul_eur(replace(both, facilities=(both.facilities[0], glass)), 1.0) == haul_eur(only_far, 1.0)


def test_a_truck_that_presses_carries_more_until_the_weight_binds() -> None:
    network = town("D--a--------F").network
    loose = haul_eur(network, 1.0)
    truck = replace(network.vehicles[0], compaction={RESIDUAL: 5.0}, payload_kg=1e6)
    assert haul_eur(replace(network, vehicles=(truck,)), 1.0) == pytest.approx(loose / 5)
    heavy = replace(truck, payload_kg=500.0)  # five bins of 100 kg
    assert haul_eur(replace(network, vehicles=(heavy,)), 1.0) == pytest.approx(loose * 2)


def test_nothing_is_brought_away_where_no_facility_or_no_truck_takes_the_stream() -> None:
    network = town("D--a--------F").network
    assert haul_eur(replace(network, facilities=()), 1.0) == 0.0
    assert haul_eur(replace(network, vehicles=()), 1.0) == 0.0
