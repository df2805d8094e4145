"""A surveyed town -> depot, facilities, bins and sensors, drawn from a seed. Pure."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import cycle
from typing import NamedTuple

import numpy as np

from simulator.equipment import CONTAINERS, DENSITY_KG_PER_M3, LITTER_240, ContainerType, make_vehicles
from simulator.streets import Street, StreetMap, Turn
from tournee.domain import Bin, CurbSide, Depot, DisposalFacility, Location, Network, Sensor, WasteStream
from tournee.geo import great_circle_m
from tournee.settings import SimulatorSettings

DEPOT_ID = "depot-1"
KERB_MAX_M = 25.0  # half of what a road engine is told to accept as "at the street"
SAME_SIDE_SHARE = 0.5  # of the places on two-way streets; a setting says from which road class on it counts
ACCESS_SHARE = 0.06
ACCESS_HOURS = ("06:00-10:00", "07:00-12:00", "Mo-Sa 06:00-11:00")

# What stands together in a yard. Drawn in this order, so three bins already are three streams.
YARDS: tuple[tuple[WasteStream, ...], ...] = (
    (WasteStream.RESIDUAL, WasteStream.PACKAGING, WasteStream.PAPER),
    (WasteStream.RESIDUAL,),
    (WasteStream.RESIDUAL, WasteStream.PACKAGING),
    (WasteStream.RESIDUAL, WasteStream.BIOWASTE),
    (WasteStream.PACKAGING, WasteStream.PAPER, WasteStream.GLASS),
    (WasteStream.RESIDUAL, WasteStream.PAPER),
)


class Address(NamedTuple):
    """A postal address and where it is."""

    text: str
    location: Location


class Survey(NamedTuple):
    """What a map tells about a town."""

    streets: tuple[Street, ...]
    addresses: tuple[Address, ...]
    waste_places: tuple[Location, ...]
    districts: tuple[tuple[str, Location], ...]
    forbidden_turns: tuple[Turn, ...] = ()
    barriers: tuple[int, ...] = ()


class _Site(NamedTuple):
    address: str
    location: Location
    district: str
    is_litter: bool
    is_on_two_way_street: bool


def place_town(survey: Survey, settings: SimulatorSettings) -> Network:
    """Return the town of a seed.

    Raises
    ------
    ValueError
        There is no drivable street, or no address beside one; says which.
    """
    streets = StreetMap(survey.streets, survey.forbidden_turns, survey.barriers)
    kerbs = streets.kerbs()
    if not kerbs:
        message = "it has no street that a truck could drive in both directions"
        raise ValueError(message)
    random = np.random.default_rng([settings.seed, 1])
    bins = tuple(_bins(_sites(survey, streets, random), settings.num_bins, random))
    sensors = tuple(_sensors(bins, settings, random))
    depot = Depot(DEPOT_ID, "West depot", min(kerbs, key=lambda place: place.lon))
    return Network(depot, bins, sensors, make_vehicles(DEPOT_ID), _facilities(kerbs))


def _facilities(kerbs: Sequence[Location]) -> tuple[DisposalFacility, ...]:
    """Return two at opposite edges; every stream has one, and packaging both."""
    north = max(kerbs, key=lambda place: place.lat)
    south = min(kerbs, key=lambda place: place.lat)
    return (
        DisposalFacility(
            "facility-north",
            "North transfer station",
            north,
            frozenset({WasteStream.RESIDUAL, WasteStream.BIOWASTE, WasteStream.PACKAGING}),
            unloading_time_s=900,
            opening_hours="06:00-20:00",
        ),
        DisposalFacility(
            "facility-south",
            "South sorting center",
            south,
            frozenset({WasteStream.PAPER, WasteStream.GLASS, WasteStream.PACKAGING}),
            unloading_time_s=600,
            opening_hours="Mo-Fr 07:00-16:00; Sa-Su 08:00-14:00",
        ),
    )


def _sites(survey: Survey, streets: StreetMap, random: np.random.Generator) -> list[_Site]:
    """Return where bins may stand: waste places first, then addresses in an order drawn from the seed."""
    if not survey.addresses:
        message = "it has no address"
        raise ValueError(message)
    yards = [survey.addresses[index] for index in random.permutation(len(survey.addresses))]
    litter = [Address(_nearest_address(place, survey), place) for place in survey.waste_places]
    places = [(address, True) for address in litter] + [(address, False) for address in yards]
    sites = [site for address, is_litter in places if (site := _site(address, is_litter, survey, streets))]
    if not sites:
        message = f"no address lies within {KERB_MAX_M:.0f} m of a drivable street"
        raise ValueError(message)
    return sites


def _site(address: Address, is_litter: bool, survey: Survey, streets: StreetMap) -> _Site | None:
    foothold = streets.foothold(address.location)
    if foothold is None or not foothold.is_usable or foothold.distance_m > KERB_MAX_M:
        return None
    district = _district(address.location, survey)
    return _Site(address.text, address.location, district, is_litter, not foothold.street.is_oneway)


def _nearest_address(place: Location, survey: Survey) -> str:
    return min(survey.addresses, key=lambda address: great_circle_m(place, address.location)).text


def _district(place: Location, survey: Survey) -> str:
    nearest = min(
        survey.districts, key=lambda named: great_circle_m(place, named[1]), default=("Town", place)
    )
    return nearest[0]


def _bins(sites: Sequence[_Site], num_bins: int, random: np.random.Generator) -> Iterator[Bin]:
    """Yield exactly `num_bins`; a town with more bins than sites goes round again and adds a place to each."""
    # A litter bin after each three yards, so that a small town has both.
    litter = [site for site in sites if site.is_litter]
    yards = [site for site in sites if not site.is_litter] or litter
    numbers = iter(range(1, num_bins + 1))
    left = num_bins
    for place_number, site in enumerate(_interleaved(yards, litter), start=1):
        streams = (WasteStream.RESIDUAL,) if site.is_litter else YARDS[(place_number - 1) % len(YARDS)]
        common = _place(site, f"place-{place_number:04d}", random)
        for stream in streams[:left]:
            kind = LITTER_240 if site.is_litter else _container(stream, random)
            yield _bin(f"bin-{next(numbers):04d}", stream, kind, common)
        left -= len(streams[:left])
        if not left:
            return


def _interleaved(yards: Sequence[_Site], litter: Sequence[_Site]) -> Iterator[_Site]:
    waste_places = iter(litter)
    for number, yard in enumerate(cycle(yards), start=1):
        yield yard
        if number % 3 == 0 and (place := next(waste_places, None)):
            yield place


class _Place(NamedTuple):
    place_id: str
    site: _Site
    opening_hours: str
    curb_side: CurbSide


def _place(site: _Site, place_id: str, random: np.random.Generator) -> _Place:
    has_hours, is_same_side = random.random(2) < (ACCESS_SHARE, SAME_SIDE_SHARE)
    hours = str(random.choice(ACCESS_HOURS)) if has_hours else ""
    side = CurbSide.SAME if site.is_on_two_way_street and is_same_side else CurbSide.EITHER
    return _Place(place_id, site, hours, side)


def _container(stream: WasteStream, random: np.random.Generator) -> ContainerType:
    shares, kinds = zip(*CONTAINERS[stream], strict=True)
    kind: ContainerType = kinds[int(random.choice(len(kinds), p=shares))]
    return kind


def _bin(bin_id: str, stream: WasteStream, kind: ContainerType, place: _Place) -> Bin:
    return Bin(
        bin_id=bin_id,
        place_id=place.place_id,
        depot_id=DEPOT_ID,
        address=place.site.address,
        location=place.site.location,
        waste_stream=stream,
        container_type=kind.name,
        volume_l=kind.volume_l,
        density_kg_per_m3=DENSITY_KG_PER_M3[stream],
        service_time_s=kind.service_time_s,
        opening_hours=place.opening_hours,
        curb_side=place.curb_side,
        district=place.site.district,
    )


def _sensors(
    bins: Sequence[Bin], settings: SimulatorSettings, random: np.random.Generator
) -> Iterator[Sensor]:
    kinds = {kind.name: kind for shares in CONTAINERS.values() for _, kind in shares} | {
        LITTER_240.name: LITTER_240
    }
    without = set(random.permutation(len(bins))[: round(settings.without_sensor * len(bins))].tolist())
    for index, bin_ in enumerate(bins):
        if index not in without:
            kind = kinds[bin_.container_type]
            sensor_id = bin_.bin_id.replace("bin", "sensor")
            yield Sensor(sensor_id, bin_.bin_id, "lid", kind.empty_distance_mm, kind.full_distance_mm)
