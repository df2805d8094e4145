"""A town that goes on live: its drivers follow whatever plan a person publishes, and it never runs ahead of the clock."""

from __future__ import annotations

from datetime import datetime, timedelta
from threading import Event

from simulator.town import Message
from tests.town_fixtures import HELSINKI, MONDAY
from tests.unit.test_town import ListOutbox, plan, town
from tournee.cli.simulate import Interruptible, catching_up, live_on
from tournee.domain import ServiceEvent
from tournee.store import Store

NINE = MONDAY + timedelta(hours=9)


class StopsAtService(ListOutbox):
    """An outbox that ends the town's life once a planned service was reported."""

    def __init__(self, stop: Event) -> None:
        super().__init__()
        self._stop = stop

    def publish(self, message: Message) -> None:
        super().publish(message)
        if isinstance(message, ServiceEvent) and message.plan_id:
            self._stop.set()


class TickingClock:
    """Ten minutes go by between two looks."""

    def __init__(self, start_at: datetime) -> None:
        self.now = start_at

    def __call__(self) -> datetime:
        self.now += timedelta(minutes=10)
        return self.now


def test_drivers_serve_the_plan_that_a_person_published(store: Store) -> None:
    living, stop = town(start_at=NINE), Event()
    store.save_network(living.city.network)
    bin_id = living.city.bins[0].bin_id
    store.save_plan(plan(NINE.astimezone(HELSINKI).date(), (bin_id, NINE + timedelta(minutes=25))))
    outbox = StopsAtService(stop)
    store.publish_plan("plan-1", "Ada", NINE)
    live_on(living, Interruptible(outbox, stop), store, HELSINKI, clock=TickingClock(NINE))
    planned = [each for each in outbox.messages if isinstance(each, ServiceEvent) and each.plan_id]
    assert [(each.bin_id, each.plan_id, each.served_at) for each in planned] == [
        (bin_id, "plan-1", NINE + timedelta(minutes=25))
    ]


def test_a_fast_town_catches_up_and_then_keeps_step() -> None:
    real = TickingClock(NINE)
    fast = catching_up(real, start_at=NINE - timedelta(hours=2), speed=5)
    seen = [fast() for _ in range(4)]
    assert seen[0] == NINE - timedelta(hours=2) + 5 * timedelta(minutes=10)
    assert seen[1] == NINE - timedelta(hours=2) + 10 * timedelta(minutes=10)
    assert seen[2] == NINE - timedelta(hours=2) + 15 * timedelta(minutes=10)
    assert seen[3] == real.now == NINE + timedelta(minutes=50)
