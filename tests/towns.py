"""Towns drawn in ASCII: `town("D--a--b--F")`. And the gallery of named instances, one docstring each.

`D` is the depot, `F` to `I` are disposal facilities, small letters are bins, anything else is street. A column is 100 m
and 10 s, a line of the drawing as well; trucks drive along columns and lines. A full bin holds 1,000 l and 100 kg.
"""

# ruff: noqa: ARG002 - small stand-ins keep the signature of what they stand for

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, time, timedelta
from itertools import pairwise
from zoneinfo import ZoneInfo

import numpy as np
import pytest

from optimizer.building import build_problem, places_of, profiles_of
from optimizer.matrix import Matrix, Place, Progress, quiet
from optimizer.problem import Problem
from optimizer.selection import Wanted
from optimizer.solution import Solution, Tour
from tournee.domain import (
    Bin,
    Break,
    Depot,
    DisposalFacility,
    Forecast,
    ForecastBasis,
    Location,
    Network,
    Reason,
    ReasonCode,
    Shift,
    StopKind,
    TruckDimensions,
    Vehicle,
    WasteStream,
    Wish,
)

COLUMN_M, COLUMN_S, DEGREE = 100, 10, 0.001
ZONE = ZoneInfo("Europe/Helsinki")
DAY = date(2026, 11, 23)
MIDNIGHT = datetime(2026, 11, 22, 22, tzinfo=UTC)
MORNING = Shift(time(6), time(14))
FACILITIES = "FGHI"
RESIDUAL, GLASS, PACKAGING = WasteStream.RESIDUAL, WasteStream.GLASS, WasteStream.PACKAGING


class TownRoads:
    """Roads along columns and lines of the drawing: exact, so that a test can count on its fingers."""

    def matrix(self, places: Sequence[Place], truck: TruckDimensions, report: Progress = quiet) -> Matrix:
        """Return 100 m and 10 s for each column and line between two places."""
        steps = np.asarray([[_steps(a.location, b.location) for b in places] for a in places], dtype=np.int64)
        return Matrix(steps * COLUMN_S, steps * COLUMN_M, "drawing", is_estimate=False)

    def geometry(self, places: Sequence[Place], truck: TruckDimensions) -> tuple[tuple[Location, ...], ...]:
        """Return a straight line for each leg."""
        return tuple((a.location, b.location) for a, b in pairwise(places))


@dataclass(frozen=True)
class Town:
    """A drawing as the domain and as a problem."""

    network: Network
    wanted: tuple[Wanted, ...]
    problem: Problem


def town(
    drawing: str,
    *,
    truck: str = "10 bins",
    trucks: int = 1,
    fill: float = 1.0,
    streams: Mapping[str, WasteStream] | None = None,
    must: str = "abcdefghijklmnopqrstuvwxyz",
    price_eur: float = 2.0,
    hours: Mapping[str, str] | None = None,
    shift: Shift = MORNING,
    places: Mapping[str, str] | None = None,
) -> Town:
    """Return the town of a drawing.

    `truck` is the body's size; `must` the bins that have to be served, the others are worth `price_eur`; `hours` the
    opening hours by letter; `places` the place of bins that share one.
    """
    found = dict(_letters(drawing))
    streams, hours, places = streams or {}, hours or {}, places or {}
    bins = tuple(
        Bin(
            bin_id=letter,
            place_id=places.get(letter, letter),
            depot_id="D",
            address=f"{letter.upper()} street",
            location=location,
            waste_stream=streams.get(letter, RESIDUAL),
            container_type="box",
            volume_l=1_000.0,
            density_kg_per_m3=100.0,
            opening_hours=hours.get(letter, ""),
        )
        for letter, location in sorted(found.items())
        if letter.islower()
    )
    taken = frozenset(WasteStream)
    facilities = tuple(
        DisposalFacility(
            letter,
            letter,
            found[letter],
            frozenset({streams[letter]}) if letter in streams else taken,
            900,
            hours.get(letter, ""),
        )
        for letter in FACILITIES
        if letter in found
    )
    body = int(truck.split(maxsplit=1)[0])
    vehicles = tuple(
        Vehicle(f"truck {number}", "D", f"Truck {number}", taken, body * 100.0, float(body), shift)
        for number in range(1, trucks + 1)
    )
    network = Network(Depot("D", "Depot", found["D"], hours.get("D", "")), bins, (), vehicles, facilities)
    wanted = tuple(wish(one, fill=fill, must=one.bin_id in must, price_eur=price_eur) for one in bins)
    return as_town(network, wanted)


def as_town(network: Network, wanted: Sequence[Wanted]) -> Town:
    """Return the town of a network that a test has changed."""
    matrices = [TownRoads().matrix(places_of(network, wanted), truck) for truck in profiles_of(network)]
    return Town(network, tuple(wanted), build_problem(wanted, network, matrices, DAY, zone=ZONE))


def wish(one: Bin, *, fill: float = 1.0, must: bool = True, price_eur: float = 2.0) -> Wanted:
    """Return a decision about a bin with a forecast to go with it."""
    forecast = Forecast(
        bin_id=one.bin_id,
        made_at=MIDNIGHT,
        target_at=MIDNIGHT + timedelta(hours=6),
        risk_until_at=MIDNIGHT + timedelta(hours=38),
        fill_level=fill,
        quantiles=((0.5, fill),),
        overflow_probability=0.5 if must else 0.1,
        expected_overflow_l=0.0,
        rate_per_day=0.1,
        basis=ForecastBasis.READINGS,
    )
    if must:
        reason = Reason(ReasonCode.OVERFLOW_RISK, {"probability": 0.5, "threshold": 0.25})
        return Wanted(one, forecast, Wish.MUST, reason, 2_000.0)
    return Wanted(one, forecast, Wish.MAY, Reason(ReasonCode.WORTH_IT, {"penalty_eur": price_eur}), price_eur)


def stops(tour: Tour) -> str:
    """Return a tour as text: `D a b F D`, with `-` for a break."""
    return " ".join("-" if moment.kind is StopKind.BREAK else moment.ref for moment in tour.moments)


def only[T](things: Iterable[T]) -> T:
    """Return the one thing there is."""
    (thing,) = things
    return thing


def served(problem: Problem, solution: Solution) -> set[str]:
    """Return the ids of the bins that a solution serves."""
    return {
        problem.tasks[step.target].bin_id
        for tour in solution.tours
        for step in tour.steps
        if not step.is_unloading
    }


def with_breaks(shift: Shift, *breaks: Break) -> Shift:
    """Return a shift with breaks."""
    return replace(shift, breaks=breaks)


def _letters(drawing: str) -> Iterable[tuple[str, Location]]:
    for row, line in enumerate(drawing.splitlines()):
        for column, letter in enumerate(line):
            if letter.isalpha():
                yield letter, Location(60.0 - row * DEGREE, 25.0 + column * DEGREE)


def _steps(a: Location, b: Location) -> int:
    return round((abs(a.lat - b.lat) + abs(a.lon - b.lon)) / DEGREE)


# --- the gallery -----------------------------------------------------------------------------------------------


@pytest.fixture(scope="session")
def small_town() -> Town:
    """Three full bins on the way to the facility and a truck that holds them all."""
    return town("D--a--b--c--F")


@pytest.fixture(scope="session")
def two_trip_town() -> Town:
    """Six full bins and a truck that holds three: the smallest town that needs a second trip."""
    return town("D--a--b--c--F--d--e--f", truck="3 bins")


@pytest.fixture(scope="session")
def mixed_town() -> Town:
    """Glass between residual bins: a truck that would mix them has the shortest way, and no right to it."""
    return town("D--a--b--c--d--F", streams={"b": GLASS, "d": GLASS})


@pytest.fixture(scope="session")
def two_outlet_town() -> Town:
    """Glass goes to the far facility only, residual to the near one only."""
    return town("D--a--b--F--G", streams={"b": GLASS, "F": RESIDUAL, "G": GLASS})


@pytest.fixture(scope="session")
def lunch_town() -> Town:
    """A morning of bins, and a lunch of half an hour that must begin at eight."""
    lunch = Break(time(8), time(8, 30), 1_800)
    return town("D" + "--a" * 1 + "-" * 500 + "b--c--F", shift=Shift(time(6), time(14), (lunch,)))


@pytest.fixture(scope="session")
def market_town() -> Town:
    """Bin b stands on the market and can be reached from eight to nine only."""
    return town("D--a--b--c--F", hours={"b": "08:00-09:00"})


@pytest.fixture(scope="session")
def far_town() -> Town:
    """Two bins near the way, worth two euros each, and one so far that no price of this size pays for it."""
    return town("D--a--F--b" + "-" * 300 + "c", must="a")
