"""Plans in the store: drafts, and the one a person published for a depot and day."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import date, datetime
from typing import Any

from sqlalchemy import Column, ColumnElement, Connection, ScalarSelect, Select, delete, func, select, update

from tournee import tables
from tournee.domain import Plan, PlanStatus, StopKind, Wish
from tournee.errors import Conflict, NotFound
from tournee.store.database import Database
from tournee.store.plan_rows import insert_plan, read_plan
from tournee.store.postgres import take_turns

SAVED = tables.plan.c


@dataclass(frozen=True, slots=True)
class PlanSummary:
    """A plan in one line."""

    plan_id: str
    depot_id: str
    service_date: date
    status: PlanStatus
    as_of_at: datetime
    num_stops: int
    distance_m: int
    num_unassigned: int
    num_violations: int


class Plans(Database):
    """A plan is saved whole, and never edited: a change is a new plan."""

    def save_plan(self, plan: Plan) -> None:
        """Keep a plan; a draft with the same id is replaced, a published one is not (`Conflict`)."""
        with self._writes() as connection:
            take_turns(connection, tables.plan)
            status = connection.scalar(select(SAVED.status).where(SAVED.plan_id == plan.plan_id))
            if status not in {None, PlanStatus.DRAFT}:
                message = f"The plan {plan.plan_id} is {status}: it can't be replaced. Ask for a new plan."
                raise Conflict(message)
            connection.execute(delete(tables.plan).where(SAVED.plan_id == plan.plan_id))
            insert_plan(connection, plan)

    def plan(self, plan_id: str) -> Plan:
        """Return one plan with all its routes, or raise `NotFound`."""
        with self._reads() as connection:
            return _one(connection, plan_id)

    def plans(self, depot_id: str | None = None, service_date: date | None = None) -> tuple[PlanSummary, ...]:
        """Return plans in one line each, newest first."""
        query = _summaries()
        if depot_id is not None:
            query = query.where(SAVED.depot_id == depot_id)
        if service_date is not None:
            query = query.where(SAVED.service_date == service_date)
        with self._reads() as connection:
            rows = connection.execute(query.order_by(SAVED.number.desc())).mappings()
            return tuple(
                PlanSummary(**row | {"status": PlanStatus(row["status"])}) for row in map(dict, rows)
            )

    def publish_plan(self, plan_id: str, by: str, at: datetime) -> Plan:
        """Publish a plan in a person's name; the plan that was published for that depot and day is superseded.

        Raises
        ------
        NotFound
            There is no such plan.
        Conflict
            The verifier found violations, another plan has taken its place, or that of the plan which it changes.
        """
        with self._writes() as connection:
            take_turns(connection, tables.plan)
            plan = _one(connection, plan_id)
            _refuse_unpublishable(plan)
            _refuse_if_overtaken(connection, plan)
            same_day = (SAVED.depot_id == plan.depot_id) & (SAVED.service_date == plan.service_date)
            older = update(tables.plan).where(same_day, SAVED.status == PlanStatus.PUBLISHED)
            connection.execute(older.values(status=PlanStatus.SUPERSEDED))
            published = {"status": PlanStatus.PUBLISHED, "published_at": at, "published_by": by}
            connection.execute(update(tables.plan).where(SAVED.plan_id == plan_id).values(**published))
        return replace(plan, status=PlanStatus.PUBLISHED, published_at=at, published_by=by)

    def published_plan(self, depot_id: str, service_date: date) -> Plan | None:
        """Return the plan that a depot drives on a day, if a person published one."""
        query = select(SAVED.plan_id).where(
            SAVED.depot_id == depot_id,
            SAVED.service_date == service_date,
            SAVED.status == PlanStatus.PUBLISHED,
        )
        with self._reads() as connection:
            plan_id = connection.scalar(query)
            return None if plan_id is None else _one(connection, plan_id)


def _one(connection: Connection, plan_id: str) -> Plan:
    plan = read_plan(connection, plan_id)
    if plan is None:
        kind = "plan"
        raise NotFound(kind, plan_id)
    return plan


def _refuse_if_overtaken(connection: Connection, plan: Plan) -> None:
    if plan.previous_plan_id:
        query = select(SAVED.status).where(SAVED.plan_id == plan.previous_plan_id)
        if plan.status is PlanStatus.DRAFT and connection.scalar(query) != PlanStatus.PUBLISHED:
            message = (
                f"The plan {plan.plan_id} changes {plan.previous_plan_id}, which is no longer what is driven. "
                "Send the changes to the plan that is published now."
            )
            raise Conflict(message)


def _refuse_unpublishable(plan: Plan) -> None:
    if plan.violations:
        first = plan.violations[0]
        message = (
            f"The plan {plan.plan_id} breaks {len(plan.violations)} rule(s), first {first.kind} of {first.vehicle_id} "
            f"at {first.place_ref}: {first.detail}. Ask for a new plan."
        )
        raise Conflict(message)
    if plan.status is PlanStatus.SUPERSEDED:
        message = f"The plan {plan.plan_id} was superseded by a later one. Ask for a new plan."
        raise Conflict(message)


def _summaries() -> Select[Any]:
    stop, leg, left, broken = tables.stop.c, tables.leg.c, tables.unassigned.c, tables.violation.c
    distance_m = func.coalesce(func.sum(leg.distance_m), 0)
    return select(
        SAVED.plan_id,
        SAVED.depot_id,
        SAVED.service_date,
        SAVED.status,
        SAVED.as_of_at,
        _of_plan(func.count(), stop.plan_id, stop.kind == StopKind.SERVICE).label("num_stops"),
        _of_plan(distance_m, leg.plan_id).label("distance_m"),
        _of_plan(func.count(), left.plan_id, left.wish != Wish.NO).label("num_unassigned"),
        _of_plan(func.count(), broken.plan_id).label("num_violations"),
    )


def _of_plan(
    figure: ColumnElement[int], plan_id: Column[Any], *conditions: ColumnElement[bool]
) -> ScalarSelect[int]:
    return (
        select(figure)
        .select_from(plan_id.table)
        .where(plan_id == SAVED.plan_id, *conditions)
        .scalar_subquery()
    )
