"""`tournee replan`: the day does not go as planned."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from typing import NamedTuple
from zoneinfo import ZoneInfo

from rich.markup import escape
from rich.table import Table

from optimizer.plan import Kitchen
from optimizer.watching import Watch
from optimizer.worker import plan_once
from tournee.cli.outcome import left
from tournee.difference import difference
from tournee.domain import DayChange, DayChangeKind, Difference, Plan, PlanRequest


class Replanned(NamedTuple):
    """A draft, and what it changes of the plan that is driven."""

    draft: Plan
    told: Difference


def changes_of(said: Mapping[DayChangeKind, Sequence[str] | None]) -> tuple[DayChange, ...]:
    """Return what a person typed as changes, in the order of their kinds."""
    return tuple(DayChange(kind, ref) for kind, refs in said.items() for ref in refs or ())


def instant_of(clock: datetime | None, plan: Plan, zone: ZoneInfo, now: datetime) -> datetime:
    """Return the instant of a local time of day on the plan's day; now, if none was given."""
    if clock is None:
        return now
    return datetime.combine(plan.service_date, clock.time(), tzinfo=zone)


def request_of(plan: Plan, at: datetime, changes: tuple[DayChange, ...], seed: int) -> PlanRequest:
    """Return the wish for a draft that changes a plan from an instant on."""
    return PlanRequest(
        f"{plan.plan_id}-{at:%H%M%S}",
        plan.depot_id,
        plan.service_date,
        at,
        seed,
        previous_plan_id=plan.plan_id,
        changes=changes,
    )


def run_replan(plan: Plan, request: PlanRequest, kitchen: Kitchen, watch: Watch) -> Replanned:
    """Make the draft, save it, and compare it with what is driven."""
    draft = plan_once(request, kitchen, watch)
    return Replanned(draft, difference(plan, draft))


def difference_table(told: Difference) -> Table:
    """Return a row per truck: what comes, goes, changes hands or moves, and kilometres and minutes more."""
    table = Table()
    for heading in ("vehicle", "new", "gone", "taken over", "handed over", "moved", "km", "min"):
        table.add_column(heading, justify="left" if heading == "vehicle" else "right")
    for route in told.routes:
        counts = route.added, route.removed, route.moved_in, route.moved_out, route.shifted
        table.add_row(
            escape(route.vehicle_name),
            *(str(len(one)) for one in counts),
            f"{route.distance_m / 1_000:+.1f}",
            f"{route.duration_s / 60:+.0f}",
        )
    return table


def sentences(made: Replanned) -> Iterator[str]:
    """Yield what there is to know before a person publishes the draft."""
    draft, told = made
    yield (
        f"{told.num_changed} of {told.num_kept} open stops change their truck or move by more than three places "
        f"({told.share_changed:.0%}); {told.distance_m / 1_000:+.1f} km, {told.duration_s / 60:+.0f} min."
    )
    yield (
        f"{left(draft)}; {len(draft.violations)} rules broken. The draft "
        f"{draft.plan_id} takes the place of {draft.previous_plan_id} once a person publishes it."
    )
