"""A collector, put together: subscriber -> queue -> recorder -> store."""

from __future__ import annotations

from threading import Event

from collector.inbox import Received
from collector.recorder import Recorder
from collector.subscriber import Subscriber
from tournee.clock import Clock, utc_now
from tournee.settings import BrokerSettings, CollectorSettings
from tournee.store import Store


def collect(
    broker: BrokerSettings, settings: CollectorSettings, store: Store, stop: Event, clock: Clock = utc_now
) -> None:
    """Store what the broker sends until `stop`, then finish what has arrived."""

    def deliver(message: Received) -> None:
        recorder.put(message)

    subscriber = Subscriber(broker, settings, clock, deliver)
    recorder = Recorder(store, settings, broker.topic_prefix, clock, subscriber.acknowledge, subscriber.alive)
    subscriber.start()
    try:
        recorder.run(stop)
    finally:
        subscriber.stop()
