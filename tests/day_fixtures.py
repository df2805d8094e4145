"""A published plan of a drawn town, and what a day does to it."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import Any, cast

from optimizer.explain import explain_served, explain_unserved
from optimizer.insertion import Insertions
from optimizer.plan import Kitchen
from optimizer.replan import replan
from optimizer.solver.polish import polish
from optimizer.touring import solution_of
from optimizer.verify import verify
from optimizer.writing import Atlas, write_routes
from tests.hand_made import hand_made
from tests.towns import DAY, MIDNIGHT, ZONE, Town, TownRoads, town
from tournee.domain import DayChange, DayChangeKind, Forecast, Network, Plan, PlanRequest, PlanStatus
from tournee.errors import NotFound
from tournee.settings import DaySettings

BUDGET = DaySettings(max_iterations=60)
TWO_TRIPS = town("D--a--b--c--F--d--e--f", truck="3 bins")
TWO_TRUCKS = town("D--a--b--c--F--d--e--f", truck="3 bins", trucks=2)
# D a b c F d e f F D: 06:00, a until 06:03:30, b 06:07, c 06:10:30, F 06:26, d 06:29:30, e 06:33, f 06:36:30, F 06:53, D 06:55


@dataclass
class Shelf:
    """As much of a store as a change in the day asks for."""

    held: Plan
    under: Network
    known: dict[str, Forecast] = field(default_factory=dict)

    def plan(self, plan_id: str) -> Plan:
        """Return the plan, if that is its id."""
        if plan_id != self.held.plan_id:
            kind = "plan"
            raise NotFound(kind, plan_id)
        return self.held

    def network(self, depot_id: str) -> Network:
        """Return the network."""
        assert depot_id == "D"
        return self.under

    def forecasts(self) -> dict[str, Forecast]:
        """Return the newest forecasts."""
        return self.known


def published(drawn: Town, plan_id: str = "morning") -> Plan:
    """Return the plan of a drawn town, made by hand, and published."""
    insertions = Insertions(drawn.problem)
    solution = solution_of(drawn.problem, polish(insertions, hand_made(insertions, 0)))
    reasons = explain_served(drawn.problem, solution, drawn.wanted)
    atlas = Atlas(drawn.problem, drawn.network, drawn.wanted, reasons)
    return Plan(
        plan_id=plan_id,
        depot_id="D",
        service_date=DAY,
        as_of_at=MIDNIGHT,
        routes=write_routes(atlas, solution, TownRoads()),
        unassigned=explain_unserved(drawn.problem, solution, drawn.wanted),
        violations=verify(drawn.problem, solution),
        status=PlanStatus.PUBLISHED,
    )


def changed(
    plan: Plan,
    network: Network,
    at: datetime,
    *changes: DayChange,
    budget: DaySettings = BUDGET,
    seed: int = 0,
) -> Plan:
    """Return what a plan becomes."""
    kitchen = Kitchen(store=cast("Any", Shelf(plan, network)), roads=TownRoads(), zone=ZONE, day=budget)
    request = PlanRequest("r", "D", DAY, at, seed, previous_plan_id=plan.plan_id, changes=changes)
    return replan(request, kitchen)


def at(clock: str) -> datetime:
    """Return a local time of the day, such as 06:05 or 06:05:30."""
    parts = [int(part) for part in clock.split(":")] + [0]
    return MIDNIGHT + timedelta(hours=parts[0], minutes=parts[1], seconds=parts[2])


def down(vehicle_id: str) -> DayChange:
    """A truck breaks down."""
    return DayChange(DayChangeKind.TRUCK_DOWN, vehicle_id)


def back(vehicle_id: str) -> DayChange:
    """A truck works again."""
    return DayChange(DayChangeKind.TRUCK_BACK, vehicle_id)


def opened(facility_id: str) -> DayChange:
    """A facility is open again."""
    return DayChange(DayChangeKind.FACILITY_OPEN, facility_id)


def driven(draft: Plan, plan_id: str = "second") -> Plan:
    """Return a draft as a person publishes it."""
    return replace(draft, plan_id=plan_id, status=PlanStatus.PUBLISHED)


def closed(facility_id: str) -> DayChange:
    """A facility closes."""
    return DayChange(DayChangeKind.FACILITY_CLOSED, facility_id)


def added(bin_id: str) -> DayChange:
    """A bin is to be emptied, too."""
    return DayChange(DayChangeKind.BIN_ADDED, bin_id)


def removed(bin_id: str) -> DayChange:
    """A bin need not be emptied."""
    return DayChange(DayChangeKind.BIN_REMOVED, bin_id)


def locked(bin_id: str) -> DayChange:
    """A stop stays where it is."""
    return DayChange(DayChangeKind.STOP_LOCKED, bin_id)


def rows(plan: Plan) -> dict[str, str]:
    """Return each round as text: `D a* b F D`, with a star at what is done and `-` for a break."""
    return {
        route.vehicle_id: " ".join(
            "-" if stop.kind == "break" else stop.place_ref + "*" * stop.is_done for stop in route.stops
        )
        for route in plan.routes
    }
