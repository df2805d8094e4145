"""Carries news of a plan in the making to the store, and what a person says of it back, beside the search."""

from __future__ import annotations

import logging
from threading import Event, Thread
from types import TracebackType
from typing import Self

from tournee.clock import utc_now
from tournee.domain import Progress
from tournee.errors import StoreUnavailable
from tournee.store import Store

PART = "optimizer"
"""Name of the optimizer in the store's heartbeats."""

PAUSE_S = 0.5
"""Between two looks at the store."""

log = logging.getLogger(__name__)


class Herald:
    """A thread for one request, to be used in a `with`: a search waits for no database, and goes on while one is away."""

    def __init__(self, store: Store, request_id: str, pause_s: float = PAUSE_S) -> None:
        self._store, self._request_id, self._pause_s = store, request_id, pause_s
        self._newest: Progress | None = None
        self._told: Progress | None = None
        self._enough, self._over = Event(), Event()
        self._thread = Thread(target=self._carry, name=f"herald of {request_id}", daemon=True)

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._over.set()
        self._thread.join()

    def tell(self, progress: Progress) -> None:
        """Have this carried next, instead of what was not carried yet."""
        self._newest = progress

    def is_enough(self) -> bool:
        """Tell whether a person wants the best plan so far."""
        return self._enough.is_set()

    def _carry(self) -> None:
        while not self._over.wait(self._pause_s):
            try:
                self._once()
            except StoreUnavailable as away:
                log.warning("Going on without the store: %s", away)

    def _once(self) -> None:
        newest = self._newest
        if newest is not None and newest != self._told:
            self._store.report_progress(self._request_id, newest)
            self._store.beat(PART, utc_now(), newest.phase)
            self._told = newest
        if not self._enough.is_set() and self._store.plan_request(self._request_id).is_enough:
            self._enough.set()
