"""A worker: takes requests for plans from the store, one at a time, and answers each with a plan or a plain sentence."""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable

from optimizer.herald import PART, Herald
from optimizer.plan import Kitchen, make_plan
from optimizer.replan import replan
from optimizer.watching import UNWATCHED, Watch, quiet
from tournee.clock import utc_now
from tournee.domain import Plan, PlanRequest, Progress
from tournee.errors import StoreUnavailable, TourneeError

FAULTS = (
    ArithmeticError, AssertionError, AttributeError, LookupError, MemoryError, OSError, RuntimeError, SystemError,
    TypeError, ValueError,
)  # fmt: skip
"""What a fault of our own looks like: it fails one request, is logged whole, and must not end the worker."""

log = logging.getLogger(__name__)

type Tell = Callable[[Progress], None]


def work(kitchen: Kitchen, poll_s: float, stop: threading.Event, tell: Tell = quiet) -> None:
    """Serve requests until `stop` is set; a request in hand is finished first.

    `tell` hears, beside the store, how far each request is. No request ends the worker: what goes wrong is written on the request, and a store that is away is waited for.
    """
    while not stop.is_set():
        try:
            busy = serve_next(kitchen, tell)
        except StoreUnavailable as away:
            log.warning("Waiting for the store: %s", away)
            busy = False
        if not busy:
            stop.wait(poll_s)


def serve_next(kitchen: Kitchen, tell: Tell = quiet) -> bool:
    """Answer the oldest waiting request; tell whether there was one.

    Raises
    ------
    StoreUnavailable
        The store did not answer. A request in hand stays marked as running.
    """
    kitchen.store.beat(PART, utc_now())
    request = kitchen.store.take_plan_request()
    if request is None:
        return False
    _answer(request, kitchen, tell)
    return True


def plan_once(request: PlanRequest, kitchen: Kitchen, watch: Watch = UNWATCHED) -> Plan:
    """Make one plan, or change one, and save it with its forecasts; the request itself need not be in the store."""
    if request.previous_plan_id:
        draft = replan(request, kitchen, watch)
        kitchen.store.save_plan(draft)
        return draft
    planned = make_plan(request, kitchen, watch)
    kitchen.store.save_forecasts(planned.forecasts)
    kitchen.store.save_plan(planned.plan)
    return planned.plan


def _answer(request: PlanRequest, kitchen: Kitchen, tell: Tell) -> None:
    try:
        with Herald(kitchen.store, request.request_id) as herald:

            def tell_both(progress: Progress) -> None:
                herald.tell(progress)
                tell(progress)

            plan = plan_once(request, kitchen, Watch(tell_both, herald.is_enough))
    except StoreUnavailable:
        raise
    except TourneeError as known:
        log.info("Request %s: %s", request.request_id, known)
        kitchen.store.fail_request(request.request_id, str(known))
    except Exception:
        log.exception("Request %s failed for a reason nobody foresaw.", request.request_id)
        sentence = "The plan could not be made because of a fault in the optimizer; its log has the details."
        kitchen.store.fail_request(request.request_id, sentence)
    else:
        kitchen.store.finish_request(request.request_id, plan.plan_id)
