"""A day drawn at random, with something of every rule that a `Problem` can say: what is proved, is proved on these."""

from __future__ import annotations

from datetime import UTC, datetime
from random import Random
from typing import Any
from zoneinfo import ZoneInfo

import numpy as np

from optimizer.matrix import UNREACHABLE, Matrix
from optimizer.problem import EUR, Problem, Site, Task, Truck, Yard
from tournee.domain import HOURS_AT_THE_WHEEL, SIX_HOURS_OF_WORK, BreakRule, Counted, WasteStream
from tournee.timeline import ALWAYS, Duty, Rest, Windows

STREAMS = (WasteStream.RESIDUAL, WasteStream.RESIDUAL, WasteStream.GLASS)
HOUR = 3_600
SIX = 6 * HOUR
LITTLE = BreakRule(Counted.WORK, HOUR, 600), BreakRule(Counted.DRIVING, 1_500, 900, (300, 600))
"""The rules of a day so short that those of the law ask for nothing."""


def draw_day(seed: int, num_bins: int, num_trucks: int | None = None) -> Problem:
    """Return a day with so many bins; the same for the same arguments."""
    draw = Random(seed)
    trucks = num_trucks or draw.randint(1, 2 + num_bins // 12)
    sites = draw.randint(1, 2 if num_bins < 7 else 3)
    places = 1 + num_bins + sites + 1
    kinds = draw.randint(1, 2)
    must_end_empty = draw.random() < 0.9
    return Problem(
        midnight_at=datetime(2026, 11, 22, 22, tzinfo=UTC),
        depot_id="D",
        depot_windows=draw.choice([ALWAYS, ALWAYS, ((5 * HOUR, 20 * HOUR),)]),
        tasks=tuple(_task(draw, number, trucks) for number in range(num_bins)),
        sites=tuple(_site(draw, number, 1 + num_bins + number) for number in range(sites)),
        trucks=tuple(_truck(draw, number, num_bins, draw.randrange(kinds)) for number in range(trucks)),
        matrices=tuple(_roads(draw, places) for _ in range(kinds)),
        zone=ZoneInfo("Europe/Helsinki"),
        reload_max=draw.choice([1, 2, 2, 4]),
        other_depots=(Yard("E", places - 1),),
        must_end_empty=must_end_empty,
    )


def _roads(draw: Random, places: int) -> Matrix:
    """Return ways in a town of about ten minutes across; not symmetric, and a few are missing."""
    points = np.asarray([(draw.uniform(0, 600), draw.uniform(0, 600)) for _ in range(places)])
    straight = np.hypot(*(points[:, None] - points[None, :]).transpose(2, 0, 1))
    uneven = np.asarray([[draw.uniform(1.0, 1.4) for _ in range(places)] for _ in range(places)])
    seconds = np.rint(straight * uneven).astype(np.int64)
    metres = np.rint(straight * uneven * 8).astype(np.int64)
    for _ in range(draw.choice([0, 0, 3])):
        gone = draw.randrange(places), draw.randrange(places)
        seconds[gone] = metres[gone] = UNREACHABLE
    np.fill_diagonal(seconds, 0)
    np.fill_diagonal(metres, 0)
    return Matrix(seconds, metres, "drawn", is_estimate=True)


def _task(draw: Random, number: int, trucks: int) -> Task:
    stream = draw.choice(STREAMS)
    only = frozenset(draw.sample(range(trucks), draw.randint(1, trucks))) if draw.random() < 0.15 else None
    must = draw.random() < 0.5
    return Task(
        bin_id=f"bin {number}",
        place=1 + number,
        place_id=f"place {number - number % 2 if draw.random() < 0.2 else number}",
        stream=stream,
        windows=_windows(draw),
        place_time_s=draw.choice([0, 60, 120]),
        service_time_s=draw.randint(30, 180),
        demand_kg=draw.randint(20, 400),
        loose_l=draw.uniform(200, 3_000),
        must=must,
        price=2_000 * EUR if must else round(draw.uniform(0.5, 60) * EUR),
        trucks=only,
        locked_to=draw.randrange(trucks) if draw.random() < 0.1 else None,
    )


def _windows(draw: Random) -> Windows:
    opens = SIX + draw.randint(0, 2 * HOUR)
    one = opens, opens + draw.randint(600, 2 * HOUR)
    later = one[1] + draw.randint(600, HOUR)
    return draw.choice([ALWAYS] * 5 + [(one,), (one, (later, later + HOUR))])


def _site(draw: Random, number: int, place: int) -> Site:
    streams = draw.choice([frozenset(WasteStream)] * 3 + [frozenset({WasteStream.RESIDUAL})])
    windows = draw.choice(
        [ALWAYS, ALWAYS, ((SIX, SIX + 4 * HOUR),), ((SIX, SIX + HOUR), (SIX + 2 * HOUR, SIX + 9 * HOUR))]
    )
    return Site(f"F{number}", place, streams, windows, draw.choice([300, 900]), draw.choice([0, 0, 600]))


def _truck(draw: Random, number: int, num_bins: int, roads: int) -> Truck:
    ends = draw.choice([(0, 0), (0, 0), (0, 1), (1, 1)])
    return Truck(
        vehicle_id=f"truck {number}",
        roads=roads,
        duty=Duty(**_duty(draw, num_bins)),
        compaction=draw.choice([{}, {WasteStream.RESIDUAL: 4.0}]),
        metre_cost=draw.choice([0.0, 12.0]),
        second_cost=draw.choice([100.0, 277.8]),
        use_cost=draw.choice([0.0, 0.0, 30.0 * EUR]),
        start=ends[0],
        end=ends[1],
        overtime_second_cost=draw.choice([0.0, 140.0]),
    )


def _duty(draw: Random, num_bins: int) -> dict[str, Any]:
    length = draw.choice([HOUR, 2 * HOUR, 8 * HOUR, 10 * HOUR])
    begins = SIX + draw.choice([0, 0, HOUR])
    rest = Rest(begins + length // 3, begins + length // 2, draw.choice([600, 1_800]))
    rules = draw.choice([(), (), (LITTLE[0],), LITTLE, (SIX_HOURS_OF_WORK, HOURS_AT_THE_WHEEL)])
    return {
        "start_s": begins,
        "end_s": begins + length,
        "rests": draw.choice([(), (), (rest,)]),
        "payload_kg": draw.choice([800, 2_000, 8_000]),
        "body_l": draw.choice([4_000, 12_000]),
        "streams": draw.choice([None, None, None, frozenset({WasteStream.RESIDUAL})]),
        "max_stops": draw.choice([None, None, None, max(1, num_bins // 2)]),
        "max_kg": draw.choice([None, None, None, 1_500]),
        "max_l": draw.choice([None, None, None, 15_000]),
        "max_duration_s": draw.choice([None, None, None, length // 2]),
        "break_rules": rules,
        "overtime_max_s": draw.choice([0, 0, 1_800]),
    }
