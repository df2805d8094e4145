"""Waste collection files of Kim, Kim and Sahoo (2006), DOI 10.1016/j.cor.2005.02.045.

Coordinates in feet, Manhattan distances in miles at 40 mph; one hour of lunch that begins from 11 to 12; yards a truck and
yards a day; trucks return empty, their last visit is a landfill. Lengths for solvers are feet, loads hundredths of a yard.
"""

from __future__ import annotations

from math import ceil
from pathlib import Path

import numpy as np

from benchmarks.instances.instance import Customer, Facility, Instance, InstanceUnreadable, Leg, Lunch, Van

FEET, YARD = 5_280, 100
LUNCH_FROM_S, LUNCH_TO_S = 11 * 3_600, 12 * 3_600
DEPOT, CUSTOMER, LANDFILL = 0, 1, 2

PUBLISHED = {"102": (205.1, 3), "277": (527.3, 3), "335": (205.0, 6), "444": (87.0, 11)}
"""Miles and vehicles of the authors' clustering algorithm, by the number in a file's name."""

type Row = tuple[int, float, float, int, int, int, float, int]


def read_kim(path: Path) -> Instance:
    """Return the instance of a `*_stop.txt` file.

    Raises
    ------
    InstanceUnreadable
        A line has not the columns of the format.
    """
    lines = path.read_text(encoding="utf-8").splitlines()
    try:
        capacity, daily, stops, lunch_s, mph = (float(line.split()[0]) for line in lines[:5])
        rows = [_row(line) for line in lines[6:] if line.strip()]
    except (ValueError, IndexError) as error:
        raise InstanceUnreadable(f"{path.name} is no file of Kim 2006: {error}.") from error
    depot = next(row for row in rows if row[7] == DEPOT)
    customers = _customers(rows)
    van = Van(
        capacity=round(capacity * YARD),
        depot=depot[0],
        shift=(depot[3], depot[4]),
        max_stops=int(stops),
        max_load=round(daily * YARD),
    )
    published = PUBLISHED.get(path.name.partition("_")[0])
    least = -(-sum(one.load for one in customers) // round(daily * YARD))
    points = {row[0]: (row[1], row[2]) for row in rows}

    def leg(here: int, there: int) -> Leg:
        (x, y), (u, v) = points[here], points[there]
        miles = (abs(x - u) + abs(y - v)) / FEET
        return Leg(miles, miles / mph * 3_600)

    array = np.asarray([points[node] for node in range(len(rows))])
    feet = np.abs(array[:, None] - array[None, :]).sum(-1)
    return Instance(
        name=path.stem,
        kind="KIM2006",
        path=path,
        leg=leg,
        lengths=np.rint(feet).astype(np.int64),
        durations=np.ceil(np.round(feet / FEET / mph * 3_600, 6)).astype(np.int64),
        customers=customers,
        vans=(van,) * (published[1] if published else least + 3),
        facilities=tuple(Facility(row[0], row[5], (row[3], row[4])) for row in rows if row[7] == LANDFILL),
        lunch=Lunch(LUNCH_FROM_S, LUNCH_TO_S, int(lunch_s)),
        ends_empty=True,
        whole_per_unit=FEET,
        best_known=published[0] if published else None,
    )


def _customers(rows: list[Row]) -> tuple[Customer, ...]:
    return tuple(
        Customer(row[0], ceil(round(row[6] * YARD, 6)), row[5], (row[3], row[4]))
        for row in rows
        if row[7] == CUSTOMER
    )


def _row(line: str) -> Row:
    node, x, y, opens, closes, service, load, kind = line.split()
    return (
        int(node), float(x), float(y), _seconds(opens), _seconds(closes), int(service), float(load), int(kind)
    )  # fmt: skip


def _seconds(clock: str) -> int:
    """Return the seconds after midnight of HHMM, written with or without its leading zeros."""
    hours, minutes = divmod(int(clock), 100)
    return hours * 3_600 + minutes * 60
