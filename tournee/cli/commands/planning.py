"""Plans, made now and changed in the day."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated

import typer
from rich.console import Console
from rich.markup import escape
from rich.table import Table

from tournee.cli.commands.shared import console, kitchen_of, opened_store, say
from tournee.cli.making import watching
from tournee.cli.outcome import left
from tournee.clock import utc_now
from tournee.domain import DayChangeKind, Plan, PlanRequest
from tournee.settings import Settings


def plan(
    context: typer.Context,
    depot: Annotated[str, typer.Option(help="Id of the depot.")],
    day: Annotated[
        datetime, typer.Option("--date", formats=["%Y-%m-%d"], help="Day to plan, such as 2026-11-23.")
    ],
    bins: Annotated[
        list[str] | None,
        typer.Option("--bin", help="A bin to serve whatever the forecast says; may be repeated."),
    ] = None,
    seed: Annotated[int, typer.Option(help="Same seed, same data: same plan.")] = 0,
) -> None:
    """Make one plan now, save it as a draft, and say what is in it; Ctrl-C takes the best so far."""
    from optimizer.worker import plan_once

    settings: Settings = context.obj
    with opened_store(settings) as store:
        now = utc_now()
        requested = tuple(store.bin(bin_id).bin_id for bin_id in bins or ())
        request = PlanRequest(
            f"{depot}-{day:%Y-%m-%d}-{now:%H%M%S%f}", depot, day.date(), now, seed, requested
        )
        with watching(Console(stderr=True)) as watch:
            made = plan_once(request, kitchen_of(settings, store), watch)
        say(f"Plan {made.plan_id} of {made.depot_id} for {made.service_date}")
        console.print(_plan_table(made))
        say(_plan_sentence(made))


def replan(  # noqa: PLR0913 - what may happen in a day
    context: typer.Context,
    plan_id: Annotated[str, typer.Argument(help="The published plan that is driven.")],
    *,
    at: Annotated[
        datetime | None,
        typer.Option(formats=["%H:%M", "%H:%M:%S"], help="Local time from which it changes; now."),
    ] = None,
    truck_down: Annotated[list[str] | None, typer.Option(help="A vehicle that broke down.")] = None,
    truck_back: Annotated[list[str] | None, typer.Option(help="A vehicle that works again.")] = None,
    facility_closed: Annotated[list[str] | None, typer.Option(help="A facility that closed.")] = None,
    facility_open: Annotated[list[str] | None, typer.Option(help="A facility that is open again.")] = None,
    add: Annotated[list[str] | None, typer.Option(help="A bin to serve as well.")] = None,
    remove: Annotated[list[str] | None, typer.Option(help="A bin that need not be served.")] = None,
    lock: Annotated[
        list[str] | None, typer.Option(help="A bin that stays on its truck, in its order.")
    ] = None,
    seed: Annotated[int, typer.Option(help="Same seed, same data: same draft.")] = 0,
) -> None:
    """Change a published plan in the day: a draft that keeps what is done, and what it changes for whom; Ctrl-C takes the best so far."""
    from tournee.cli.replan import (
        changes_of,
        difference_table,
        instant_of,
        request_of,
        run_replan,
        sentences,
    )

    settings: Settings = context.obj
    with opened_store(settings) as store:
        plan = store.plan(plan_id)
        kinds = DayChangeKind
        trucks = {kinds.TRUCK_DOWN: truck_down, kinds.TRUCK_BACK: truck_back}
        facilities = {kinds.FACILITY_CLOSED: facility_closed, kinds.FACILITY_OPEN: facility_open}
        bins = {kinds.BIN_ADDED: add, kinds.BIN_REMOVED: remove, kinds.STOP_LOCKED: lock}
        changes = changes_of(trucks | facilities | bins)
        moment = instant_of(at, plan, settings.town.zone, utc_now())
        kitchen = kitchen_of(settings, store)
        with watching(Console(stderr=True)) as watch:
            made = run_replan(plan, request_of(plan, moment, changes, seed), kitchen, watch)
    console.print(difference_table(made.told))
    say("\n".join(sentences(made)))


def _plan_table(plan: Plan) -> Table:
    table = Table()
    for heading in ("vehicle", "trips", "stops", "km", "h:min", "€"):
        table.add_column(heading, justify="left" if heading == "vehicle" else "right")
    for route in plan.routes:
        hours, minutes = divmod(round(route.duration_s / 60), 60)
        table.add_row(
            escape(route.vehicle_name),
            str(len(route.trips)),
            str(len(route.services)),
            f"{route.distance_m / 1_000:.1f}",
            f"{hours}:{minutes:02}",
            f"{route.cost_eur:.0f}",
        )
    return table


def _plan_sentence(plan: Plan) -> str:
    source = " Travel times are an estimate, not from a road network." if plan.is_estimate else ""
    return f"{left(plan)}; {len(plan.violations)} rules broken; the plan is a draft.{source}"
