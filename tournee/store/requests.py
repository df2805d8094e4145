"""Requests for plans: the queue between the people who ask and the workers who solve."""

from __future__ import annotations

from typing import Any

from sqlalchemy import select, update

from tournee import tables
from tournee.domain import PlanPhase, PlanRequest, Progress, RequestStatus
from tournee.errors import Conflict, NotFound
from tournee.store.database import Database
from tournee.store.rows import request_of, request_row

WANTED = tables.plan_request.c
OPEN = (RequestStatus.QUEUED, RequestStatus.RUNNING)


class Requests(Database):
    """A queue in a table: no worker is known by name, and none takes what another has."""

    def ask_plan(self, request: PlanRequest) -> None:
        """Queue a request; raise `Conflict` where its depot is unknown or its id was used."""
        with self._writes() as connection:
            connection.execute(tables.plan_request.insert(), [request_row(request)])

    def plan_request(self, request_id: str) -> PlanRequest:
        """Return one request as it stands, or raise `NotFound`."""
        with self._reads() as connection:
            query = select(tables.plan_request).where(WANTED.request_id == request_id)
            row = connection.execute(query).mappings().one_or_none()
        if row is None:
            kind = "request for a plan"
            raise NotFound(kind, request_id)
        return request_of(row)

    def open_requests(self) -> tuple[PlanRequest, ...]:
        """Return every request that has no plan yet, oldest first."""
        query = select(tables.plan_request).where(WANTED.status.in_(OPEN)).order_by(WANTED.number)
        with self._reads() as connection:
            return tuple(request_of(row) for row in connection.execute(query).mappings())

    def take_plan_request(self) -> PlanRequest | None:
        """Return the oldest queued request, now running and ours alone; none where the queue is empty."""
        oldest = (
            select(WANTED.number)
            .where(WANTED.status == RequestStatus.QUEUED)
            .order_by(WANTED.number)
            .limit(1)
            # On PostgreSQL a worker passes over what another is just taking; SQLite's writers come one by one.
            .with_for_update(skip_locked=True)
            .scalar_subquery()
        )
        taking = (
            update(tables.plan_request)
            .where(WANTED.number == oldest)
            .values(status=RequestStatus.RUNNING, progress=PlanPhase.TAKEN)
            .returning(tables.plan_request)
        )
        with self._writes() as connection:
            row = connection.execute(taking).mappings().one_or_none()
        return None if row is None else request_of(row)

    def requeue_running(self) -> int:
        """Queue again what a worker had taken and did not end; for a worker that starts alone. Return how many."""
        query = (
            update(tables.plan_request)
            .where(WANTED.status == RequestStatus.RUNNING)
            .values(status=RequestStatus.QUEUED, is_enough=False, **_values(Progress(PlanPhase.REQUEUED)))
        )
        with self._writes() as connection:
            return connection.execute(query).rowcount

    def report_progress(self, request_id: str, progress: Progress) -> None:
        """Say what the worker is doing."""
        self._change(request_id, **_values(progress))

    def take_best(self, request_id: str) -> PlanRequest:
        """Say that a person wants the best plan so far; return the request.

        Raises
        ------
        NotFound
            There is no such request.
        Conflict
            No worker is busy with it, so there is nothing to take.
        """
        asking = (
            update(tables.plan_request)
            .where(WANTED.request_id == request_id, WANTED.status == RequestStatus.RUNNING)
            .values(is_enough=True)
        )
        with self._writes() as connection:
            is_running = connection.execute(asking).rowcount == 1
        request = self.plan_request(request_id)
        if not is_running:
            message = f"Request {request_id} is {request.status}: the best so far can be taken while a worker is busy with it."
            raise Conflict(message)
        return request

    def finish_request(self, request_id: str, plan_id: str) -> None:
        """Mark a request as done, by this plan."""
        self._change(request_id, status=RequestStatus.DONE, plan_id=plan_id, progress="")

    def fail_request(self, request_id: str, error: str) -> None:
        """Mark a request as failed, with the sentence that tells a person why."""
        self._change(request_id, status=RequestStatus.FAILED, error=error, progress="")

    def _change(self, request_id: str, **values: Any) -> None:
        with self._writes() as connection:
            query = update(tables.plan_request).where(WANTED.request_id == request_id).values(**values)
            connection.execute(query)


def _values(progress: Progress) -> dict[str, Any]:
    return {
        "progress": progress.phase,
        "share": progress.share,
        "best_cost_eur": progress.best_cost_eur,
    }
