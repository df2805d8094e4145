"""A seeded day with two facilities, breaks, caps, windows, optional bins and a mixed fleet; distances are straight lines."""

from __future__ import annotations

from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import numpy as np

from optimizer.matrix import Place
from optimizer.matrix.great_circle import GreatCircleRoads
from optimizer.problem import EUR, Problem, Site, Task, Truck
from tournee.domain import Location, TruckDimensions, WasteStream
from tournee.timeline import ALWAYS, Duty, Rest

STREAM = WasteStream.RESIDUAL
CENTER = Location(47.2, 9.5)
SPREAD = 0.035
"""Degrees of latitude in which two thirds of the bins lie."""

HOUR = 3_600
START_S, END_S = 6 * HOUR, 14 * HOUR
LUNCH = Rest(10 * HOUR, 12 * HOUR, 30 * 60)
BINS_PER_TRUCK = 75


def a_rich_day(num_bins: int, seed: int) -> Problem:
    """Return a day of `num_bins` bins; half of them may be left, and there are trucks for nearly all.

    Four bins in ten stand in districts of their own; two in ten have a window; a place in five is shared.
    """
    chance = np.random.default_rng([seed, num_bins])
    points = _points(chance, num_bins)
    sites = [Location(CENTER.lat + 0.06, CENTER.lon + 0.02), Location(CENTER.lat - 0.03, CENTER.lon - 0.09)]
    places = [CENTER, *points, *sites]
    matrix = GreatCircleRoads().matrix([Place(Location(*place)) for place in places], TruckDimensions())
    return Problem(
        midnight_at=datetime(2026, 1, 5, tzinfo=UTC),
        depot_id="depot",
        depot_windows=ALWAYS,
        tasks=tuple(_task(chance, number) for number in range(num_bins)),
        sites=(
            Site("north", num_bins + 1, frozenset({STREAM}), ((7 * HOUR, 15 * HOUR),), 900, 300),
            Site("south", num_bins + 2, frozenset({STREAM}), ((6 * HOUR, 12 * HOUR),), 600),
        ),
        trucks=tuple(_truck(number) for number in range(max(num_bins // BINS_PER_TRUCK, 2))),
        matrices=(matrix,),
        zone=ZoneInfo("UTC"),
        profiles=(TruckDimensions(),),
    )


def _points(chance: np.random.Generator, num_bins: int) -> list[Location]:
    hubs = chance.normal(0.0, 1.5 * SPREAD, (6, 2))
    own = chance.normal(0.0, SPREAD, (num_bins, 2))
    near = hubs[chance.integers(0, len(hubs), num_bins)] + chance.normal(0.0, 0.25 * SPREAD, (num_bins, 2))
    found = np.where(chance.random(num_bins)[:, None] < 0.4, near, own)
    shared = np.flatnonzero(chance.random(num_bins) < 0.2)
    found[shared] = found[np.maximum(shared - 1, 0)]
    return [Location(CENTER.lat + float(y), CENTER.lon + 1.45 * float(x)) for y, x in found]


def _task(chance: np.random.Generator, number: int) -> Task:
    litres = float(chance.choice([660, 1_100, 2_500])) * float(chance.beta(4, 2))
    opens = int(chance.integers(START_S, END_S - 3 * HOUR))
    window = ((opens, opens + 2 * HOUR),) if chance.random() < 0.2 else ALWAYS
    is_must = bool(chance.random() < 0.5)
    worth = 2_000.0 if is_must else float(chance.uniform(1.0, 12.0))
    return Task(
        bin_id=f"bin-{number:04d}",
        place=number + 1,
        place_id=f"place-{number:04d}",
        stream=STREAM,
        windows=window,
        place_time_s=40,
        service_time_s=int(chance.integers(45, 120)),
        demand_kg=round(litres * 0.11),
        loose_l=litres,
        must=is_must,
        price=round(worth * EUR),
    )


def _truck(number: int) -> Truck:
    """Return every third truck small and cheap; one in two has a cap on its day."""
    is_small = number % 3 == 2
    return Truck(
        vehicle_id=f"truck-{number}",
        roads=0,
        duty=Duty(
            START_S,
            END_S,
            (LUNCH,),
            payload_kg=3_500 if is_small else 7_000,
            body_l=8_000 if is_small else 16_000,
            max_stops=90 if number % 2 else None,
            max_kg=12_000 if number % 4 == 1 else None,
        ),
        compaction={STREAM: 3.0 if is_small else 5.0},
        metre_cost=(0.9 if is_small else 1.3) * EUR / 1_000,
        second_cost=38.0 * EUR / HOUR,
        use_cost=30.0 * EUR,
    )
