"""News of a plan in the making, carried to the store, and the wish to take the best so far carried back."""

from __future__ import annotations

from dataclasses import replace

import pytest

from optimizer.herald import Herald
from optimizer.plan import Kitchen
from optimizer.worker import serve_next
from tests.collector_fixtures import wait_for
from tests.solver_fixtures import ENDLESS
from tests.towns import DAY, MIDNIGHT, ZONE, TownRoads, town
from tournee.domain import PlanPhase, PlanRequest, Progress, RequestStatus
from tournee.errors import StoreUnavailable
from tournee.store import Store

FORTY = Progress(PlanPhase.PROPOSING, 0.4, 412.3)
BRIEF_S = 0.01


@pytest.fixture
def asked(store: Store) -> Store:
    """A store with one request in a worker's hands."""
    store.save_network(town("D--a--b--c--F").network)
    store.ask_plan(PlanRequest("r1", "D", DAY, MIDNIGHT, requested_bin_ids=("a", "b", "c")))
    return store


def test_news_reach_the_store_and_a_wish_comes_back(asked: Store) -> None:
    asked.take_plan_request()
    with Herald(asked, "r1", BRIEF_S) as herald:
        herald.tell(replace(FORTY, share=0.1))
        herald.tell(FORTY)
        wait_for(lambda: asked.plan_request("r1").best_cost_eur == 412.3, "the best cost")
        assert asked.plan_request("r1").share == 0.4
        wait_for(lambda: "optimizer" in asked.heartbeats(), "a heartbeat")
        assert asked.heartbeats()["optimizer"].detail == "proposing"
        assert not herald.is_enough()
        asked.take_best("r1")
        wait_for(herald.is_enough, "the wish")


class TornStore:
    """A store whose database is away at first."""

    def __init__(self, store: Store) -> None:
        self.store, self.refusals = store, 2

    def __getattr__(self, name: str) -> object:
        self.refusals -= 1
        if self.refusals >= 0:
            message = "The database did not answer."
            raise StoreUnavailable(message)
        return getattr(self.store, name)


def test_a_store_that_is_away_delays_news_and_nothing_else(
    asked: Store, caplog: pytest.LogCaptureFixture
) -> None:
    asked.take_plan_request()
    with Herald(TornStore(asked), "r1", BRIEF_S) as herald:  # type: ignore[arg-type]  # it passes on what is asked
        herald.tell(FORTY)
        wait_for(lambda: asked.plan_request("r1").share == 0.4, "the news")
    assert "Going on without the store" in caplog.text


def test_a_person_takes_the_best_plan_so_far_from_a_worker(asked: Store) -> None:
    """The search has sixty seconds, and would use them."""
    kitchen = Kitchen(asked, TownRoads(), ZONE, solver=ENDLESS)
    told: list[Progress] = []

    def tell(progress: Progress) -> None:
        if progress.phase is PlanPhase.PROPOSING:
            asked.take_best("r1")
        told.append(progress)

    assert serve_next(kitchen, tell)
    request = asked.plan_request("r1")
    assert request.status is RequestStatus.DONE, request.error
    assert [one.phase for one in told if one.phase in {"history", "checking"}] == ["history", "checking"]
    plan = asked.plan(request.plan_id)
    assert plan.violations == ()
    assert len(list(plan.services())) == 3
    assert plan.provenance["ended"].startswith("by a person, after ")
