"""The recipe: one depot and day, from readings to a verified, explained plan. Nothing is saved here."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from typing import NamedTuple
from uuid import NAMESPACE_URL, uuid5
from zoneinfo import ZoneInfo

from optimizer.building import build_problem, places_of, profiles_of
from optimizer.closeness import with_preferences
from optimizer.explain import explain_not_wanted, explain_served, explain_unserved, names_of
from optimizer.fairness import hour_prices
from optimizer.forecast import When, fit, predict
from optimizer.history import History, clean
from optimizer.matrix import Matrix, Roads
from optimizer.selection import Wanted, select
from optimizer.solver import solve
from optimizer.usual import keep_usual, with_usual
from optimizer.verify import verify
from optimizer.visits import visit_days
from optimizer.waiting import Foreseen, Waiting, prices_foreseen
from optimizer.watching import UNWATCHED, Watch
from optimizer.writing import Atlas, write_routes
from tournee.domain import Forecast, Network, Plan, PlanPhase, PlanRequest, Progress, Wish
from tournee.settings import DaySettings, ForecastSettings, SelectionSettings, SolverSettings
from tournee.store import Store

UTC = ZoneInfo("UTC")


@dataclass(frozen=True)
class Kitchen:
    """What every plan is made with: the store, the roads, the sections of the settings, the town's time zone."""

    store: Store
    roads: Roads
    zone: ZoneInfo
    forecast: ForecastSettings = field(default_factory=ForecastSettings)
    selection: SelectionSettings = field(default_factory=SelectionSettings)
    solver: SolverSettings = field(default_factory=SolverSettings)
    day: DaySettings = field(default_factory=DaySettings)
    max_snap_m: int = 50


class Planned(NamedTuple):
    """A plan, and the forecast of every bin of the depot, wanted or not."""

    plan: Plan
    forecasts: tuple[Forecast, ...]


class _Foreseen(NamedTuple):
    forecasts: tuple[Forecast, ...]
    source: str
    waiting: dict[str, Waiting] | None


def make_plan(request: PlanRequest, kitchen: Kitchen, watch: Watch = UNWATCHED) -> Planned:
    """Return the verified plan of one depot and day, with the forecasts it stands on.

    Same request, same data: same plan, its id included. Nothing measured at or after `request.as_of_at` is looked at.
    `watch` is told what is being done and how far it is, and may take the best plan so far; it is verified like any other.

    Raises
    ------
    NotFound
        There is no such depot.
    InfeasibleProblem
        Nothing can be planned: no vehicle, a depot that is closed all day or off the road.
    Unavailable
        The store or the road network did not answer; safe to try again.
    """
    network = kitchen.store.network(request.depot_id)
    watch.tell(Progress(PlanPhase.HISTORY))
    history = _history(request, network, kitchen)
    watch.tell(Progress(PlanPhase.FORECAST))
    foreseen = _foresee(request, network, kitchen, history)
    wishes = select(
        network.bins, foreseen.forecasts, kitchen.selection, request.requested_bin_ids, foreseen.waiting
    )
    wanted = tuple(wish for wish in wishes if wish.wish is not Wish.NO)
    watch.tell(Progress(PlanPhase.ROADS))
    matrices = _matrices(network, wanted, kitchen, watch)
    problem = build_problem(
        wanted,
        network,
        matrices,
        request.service_date,
        zone=kitchen.zone,
        max_snap_m=kitchen.max_snap_m,
        reload_max=kitchen.solver.reload_max,
    )
    problem = with_preferences(problem, kitchen.solver.balance_eur, kitchen.solver.compact_eur)
    solution = solve(problem, kitchen.solver, request.seed, watch)
    if known := _known_plan(request, kitchen):
        problem = with_usual(problem, known, kitchen.day.usual_change_eur)
        solution = keep_usual(problem, solution, known, kitchen.day, request.seed, watch=watch)
        solution.notes["usual_plan"] = known.plan_id
    watch.tell(Progress(PlanPhase.CHECKING))
    atlas = Atlas(problem, network, wanted, explain_served(problem, solution, wanted))
    provenance = _provenance(request, kitchen, matrices, {"forecast": foreseen.source, **solution.notes})
    plan = Plan(
        plan_id=plan_id_of(request),
        depot_id=request.depot_id,
        service_date=request.service_date,
        as_of_at=request.as_of_at,
        routes=write_routes(atlas, solution, kitchen.roads),
        unassigned=explain_unserved(problem, solution, wanted, names_of(network)),
        not_wanted=explain_not_wanted(wishes),
        violations=verify(problem, solution),
        is_estimate=any(matrix.is_estimate for matrix in matrices),
        provenance=provenance,
    )
    return Planned(plan, foreseen.forecasts)


def plan_id_of(request: PlanRequest) -> str:
    """Return the id of the plan that a request leads to: what was asked, not when or by whom."""
    wishes = ",".join(sorted(request.requested_bin_ids))
    asked = (
        f"{request.depot_id}|{request.service_date}|{request.as_of_at.isoformat()}|{request.seed}|{wishes}"
    )
    return str(uuid5(NAMESPACE_URL, asked))


def _known_plan(request: PlanRequest, kitchen: Kitchen) -> Plan | None:
    """Return the plan that crews know, where being near to it is worth something."""
    if not kitchen.day.usual_change_eur:
        return None
    day = request.service_date - timedelta(days=kitchen.day.usual_days_back)
    return kitchen.store.published_plan(request.depot_id, day)


def _history(request: PlanRequest, network: Network, kitchen: Kitchen) -> History:
    since = request.as_of_at - timedelta(days=kitchen.forecast.history_days)
    bin_ids = [one.bin_id for one in network.bins]
    readings = kitchen.store.readings(bin_ids, since, request.as_of_at)
    services = kitchen.store.services(bin_ids, since, request.as_of_at)
    return clean(readings, services, kitchen.forecast.emptying_drop)


def _foresee(request: PlanRequest, network: Network, kitchen: Kitchen, history: History) -> _Foreseen:
    model = fit(history, network.bins, request.as_of_at, kitchen.forecast, kitchen.zone)
    forecasts = predict(model, history, network.bins, _when(request, network, kitchen), kitchen.forecast)
    waiting = None
    if kitchen.selection.look_ahead_visits:
        known = Foreseen(model, history, network.bins, request.as_of_at)
        hour_eur = hour_prices(network.bins, history, request.as_of_at, kitchen.selection)
        visits = _visits(request, network, kitchen)
        waiting = prices_foreseen(known, visits, hour_eur, (network, kitchen.selection))
    heard = f"{len(history.increments)} increments, {len(history.emptyings)} emptyings"
    return _Foreseen(forecasts, f"bin x weekday rate; {heard}; {model.source}", waiting)


def _when(request: PlanRequest, network: Network, kitchen: Kitchen) -> When:
    """Return the instants of a day's forecast: the middle of the shifts, whose levels are the loads, and when the next day's visits could end."""
    target_at = _visits(request, network, kitchen)[0]
    _, ends_at = _shifts(request.service_date, network, kitchen.zone)
    today, next_day = visit_days(request.service_date, kitchen.selection, 2)
    return When(request.as_of_at, target_at, max(ends_at, target_at) + (next_day - today))


def _visits(request: PlanRequest, network: Network, kitchen: Kitchen) -> list[datetime]:
    """Return when bins could be visited: in the middle of the shifts of the day and of the next days of service."""
    days = visit_days(request.service_date, kitchen.selection, kitchen.selection.look_ahead_visits + 1)
    shifts = [_shifts(day, network, kitchen.zone) for day in days]
    return [max(starts_at + (ends_at - starts_at) / 2, request.as_of_at) for starts_at, ends_at in shifts]


def _shifts(day: date, network: Network, zone: ZoneInfo) -> tuple[datetime, datetime]:
    """Return when the first shift of a day begins and the last one ends."""
    starts = [vehicle.shift.start for vehicle in network.vehicles] or [time(6)]
    ends = [vehicle.shift.end for vehicle in network.vehicles] or [time(14)]
    starts_at, ends_at = (
        datetime.combine(day, clock, tzinfo=zone).astimezone(UTC) for clock in (min(starts), max(ends))
    )
    return starts_at, ends_at


def _matrices(
    network: Network, wanted: Sequence[Wanted], kitchen: Kitchen, watch: Watch
) -> tuple[Matrix, ...]:
    def say(done: int, total: int) -> None:
        watch.tell(Progress(PlanPhase.ROADS, done / total))

    places = places_of(network, wanted)
    return tuple(kitchen.roads.matrix(places, truck, say) for truck in profiles_of(network))


def _provenance(
    request: PlanRequest, kitchen: Kitchen, matrices: Sequence[Matrix], notes: dict[str, str]
) -> dict[str, str]:
    return {
        "travel_times": "; ".join(dict.fromkeys(matrix.source for matrix in matrices)),
        "budget": f"{kitchen.solver.max_solutions} solutions, at most {kitchen.solver.max_seconds:g} s",
        "policy": f"must from {kitchen.selection.must_risk:.0%} risk of overflow before the next possible visit",
        "costs": "each vehicle's euros per km and per hour on duty without breaks",
        "seed": str(request.seed),
        **notes,
    }
