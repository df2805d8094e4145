"""Which bins stand where, on a survey drawn by hand."""

from __future__ import annotations

from collections import Counter

import pytest

from simulator.equipment import CONTAINERS, DENSITY_KG_PER_M3, make_vehicles
from simulator.placing import Address, Survey, place_town
from simulator.streets import Street
from tournee.domain import CurbSide, Location, Network, WasteStream
from tournee.opening import check_opening_hours
from tournee.settings import SimulatorSettings

NODES = tuple(Location(60.008 + y * 0.001, 24.016 + x * 0.002) for x, y in [(0, 0), (1, 0), (1, 1), (0, 1)])
RING = Street(1, "Ring", "residential", (1, 2, 3, 4, 1), (*NODES, NODES[0]))
FRAME = Street(
    2, "", "service", (8, 9), (Location(60.0, 24.0), Location(60.02, 24.04)), is_open_to_trucks=False
)
NEAR = tuple(Address(f"Ring {n}", Location(60.00805, 24.0161 + n * 0.0001)) for n in range(1, 16))
FAR = Address("Island 1", Location(60.015, 24.03))
SURVEY = Survey(
    (RING, FRAME), (*NEAR, FAR), (Location(60.0081, 24.0171),), (("West", NODES[0]), ("East", NODES[1]))
)


def placed(num_bins: int = 40, seed: int = 7, survey: Survey = SURVEY, **more: float) -> Network:
    return place_town(survey, SimulatorSettings(num_bins=num_bins, seed=seed, **more))


def test_the_same_seed_gives_the_same_town_and_another_another() -> None:
    assert placed() == placed()
    assert placed().bins != placed(seed=8).bins


@pytest.mark.parametrize("num_bins", [3, 17, 300])
def test_there_are_exactly_as_many_bins_as_asked_for_in_three_streams_at_least(num_bins: int) -> None:
    bins = placed(num_bins).bins
    assert len(bins) == len({b.bin_id for b in bins}) == num_bins
    assert len({b.waste_stream for b in bins}) >= 3


def test_bins_stand_at_real_addresses_a_truck_can_reach() -> None:
    assert {b.address for b in placed(300).bins} <= {address.text for address in NEAR}


def test_bins_share_places_and_places_have_one_address() -> None:
    bins = placed().bins
    assert max(Counter(b.place_id for b in bins).values()) >= 3
    for place_id in {b.place_id for b in bins}:
        assert (
            len(
                {
                    (b.location, b.address, b.opening_hours, b.curb_side)
                    for b in bins
                    if b.place_id == place_id
                }
            )
            == 1
        )


def test_a_mapped_waste_place_gets_a_litter_bin_named_by_the_nearest_address() -> None:
    litter = [b for b in placed().bins if b.container_type == "litter bin 240 L"]
    assert [(b.location, b.waste_stream, b.address) for b in litter] == [
        (SURVEY.waste_places[0], WasteStream.RESIDUAL, "Ring 10")
    ]


def test_some_bins_have_no_sensor_and_the_others_one_that_fits() -> None:
    town = placed(100, without_sensor=0.2)
    assert len(town.sensors) == 80
    assert {s.bin_id for s in town.sensors} < {b.bin_id for b in town.bins}
    assert all(s.empty_distance_mm > s.full_distance_mm > 0 for s in town.sensors)
    assert placed(without_sensor=0).sensors[0].bin_id == "bin-0001"


def test_some_bins_have_access_hours_and_some_a_side_of_the_street() -> None:
    bins = placed(300).bins
    hours = {b.opening_hours for b in bins}
    assert "" in hours
    assert len(hours) > 1
    for text in hours:
        check_opening_hours(text)
    assert {b.curb_side for b in bins} == set(CurbSide)


def test_densities_and_volumes_are_those_of_the_trade() -> None:
    for bin_ in placed(300).bins:
        assert bin_.density_kg_per_m3 == DENSITY_KG_PER_M3[bin_.waste_stream]
        assert 120 <= bin_.volume_l <= 5_000


def test_districts_are_the_nearest_named_ones() -> None:
    assert {b.district for b in placed(300).bins} == {"West", "East"}
    assert placed(survey=SURVEY._replace(districts=())).bins[0].district == "Town"


def test_every_stream_has_a_truck_and_a_facility_and_one_truck_changes_stream() -> None:
    town = placed()
    assert set().union(*(v.waste_streams for v in town.vehicles)) == set(WasteStream)
    assert set().union(*(f.waste_streams for f in town.facilities)) == set(WasteStream) == set(CONTAINERS)
    assert len(town.facilities) == 2
    assert len(town.vehicles) == 3
    assert max(len(v.waste_streams) for v in make_vehicles("depot-1")) >= 3
    assert {b.depot_id for b in town.bins} == {town.depot.depot_id} == {v.depot_id for v in town.vehicles}


def test_facilities_and_depot_lie_apart_on_usable_streets() -> None:
    town = placed()
    spots = {town.depot.location, *(f.location for f in town.facilities)}
    assert len(spots) == 3
    assert town.facilities[0].location.lat > town.facilities[1].location.lat


@pytest.mark.parametrize(
    ("survey", "why"),
    [
        (SURVEY._replace(streets=()), "no street"),
        (SURVEY._replace(addresses=()), "no address"),
        (SURVEY._replace(addresses=(FAR,), waste_places=()), "within 25 m"),
    ],
)
def test_a_map_too_small_for_a_town_says_what_it_lacks(survey: Survey, why: str) -> None:
    with pytest.raises(ValueError, match=why):
        placed(survey=survey)
