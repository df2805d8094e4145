"""A collector, put together: subscriber -> queue -> recorder -> store."""

from __future__ import annotations

from threading import Event

from collector.inbox import Received
from collector.metrics import Metrics
from collector.recorder import Recorder
from collector.subscriber import Subscriber
from tournee.clock import Clock, utc_now
from tournee.settings import BrokerSettings, CollectorSettings
from tournee.store import Store


def collect(
    broker: BrokerSettings, settings: CollectorSettings, store: Store, stop: Event, clock: Clock = utc_now
) -> None:
    """Store what the broker sends until `stop`, then finish what has arrived."""
    metrics = Metrics()

    def deliver(message: Received) -> None:
        metrics.received()
        recorder.put(message)

    subscriber = Subscriber(broker, settings, clock, deliver, metrics.connected)
    acknowledge, alive = subscriber.acknowledge, subscriber.alive
    recorder = Recorder(store, settings, broker.topic_prefix, clock, acknowledge, alive, metrics)
    with metrics.served(settings.metrics_host, settings.metrics_port):
        subscriber.start()
        try:
            recorder.run(stop)
        finally:
            subscriber.stop()
