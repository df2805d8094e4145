"""A collector, put together: subscriber -> queue -> recorder -> store."""

from __future__ import annotations

from contextlib import closing
from threading import Event

from collector.inbox import Received
from collector.interpreter import Interpreter
from collector.metrics import Metrics
from collector.profiles import Profiles
from collector.recorder import Recorder
from collector.screening import Screen
from collector.sources import Sources
from collector.subscriber import Subscriber
from tournee.clock import Clock, utc_now
from tournee.settings import Settings
from tournee.store import Store


def collect(settings: Settings, store: Store, stop: Event, clock: Clock = utc_now) -> None:
    """Store what the broker sends until `stop`, then finish what has arrived.

    Raises
    ------
    ConfigError
        A profile of `collector.sources` can't be read, or the broker or a port can't be as the settings name it.
    """
    broker, own = settings.broker, settings.collector
    metrics, sources = Metrics(), Sources(own.sources, Profiles(own.profiles_dir))
    interpreter = Interpreter(broker.topic_prefix, Screen(own, settings.town.zone), sources)

    def deliver(message: Received) -> None:
        recorder.put(message)

    subscriber = Subscriber(broker, own, clock, deliver, metrics.connected)
    acknowledge, alive = subscriber.acknowledge, subscriber.alive
    recorder = Recorder(store, own, interpreter, clock, acknowledge, alive, metrics)
    with metrics.served(own.metrics_host, own.metrics_port), closing(sources):
        subscriber.start()
        try:
            recorder.run(stop)
        finally:
            subscriber.stop()
