"""What the collector does, in figures that Prometheus reads. The only prometheus_client here."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from datetime import datetime

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, start_http_server

from collector.inbox import Received
from tournee.domain import Quality
from tournee.errors import ConfigError
from tournee.store import Batch, Recorded

SECONDS = (0.005, 0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1, 2, 5, 10, 30, 60, 300)


class Metrics:
    """Counters of one collector, in a registry of their own: two in a process do not add up by mistake."""

    def __init__(self) -> None:
        self._registry = CollectorRegistry()
        self._received = self._counter("messages_received", "Messages taken from the broker")
        self._stored = self._counter("readings_stored", "New readings committed")
        self._repeated = self._counter("readings_repeated", "Readings that were there already")
        self._refused = Counter(
            "tournee_messages_refused", "Messages refused and kept", ["reason"], registry=self._registry
        )
        self._suspicious = Counter(
            "tournee_readings_suspicious",
            "Readings kept and not trusted",
            ["reason"],
            registry=self._registry,
        )
        self._retries = self._counter("store_retries", "Batches tried again because the store was away")
        self._connections = self._counter("broker_connections", "Times that the broker accepted us")
        self._commit = self._histogram("commit_seconds", "Committing one batch")
        self._lag = self._histogram(
            "lag_seconds", "From a message's arrival to its commit, the oldest of each batch"
        )

    def watch_queue(self, size: Callable[[], int]) -> None:
        """Show how many messages wait for the writer."""
        queue = Gauge("tournee_queue_messages", "Messages that wait for the writer", registry=self._registry)
        queue.set_function(size)

    def names(self) -> set[str]:
        """Return the name of every figure, without the endings that a histogram adds."""
        return {family.name for family in self._registry.collect()}

    def received(self, count: int) -> None:
        """Count messages off the wire."""
        self._received.inc(count)

    def connected(self) -> None:
        """Count one connection; the first is no reconnect."""
        self._connections.inc()

    def retried(self) -> None:
        """Count one try that the store did not answer."""
        self._retries.inc()

    def committed(
        self,
        messages: Sequence[Received],
        batch: Batch,
        recorded: Recorded,
        took_s: float,
        at: datetime,
    ) -> None:
        """Count a batch that is on disk."""
        self._stored.inc(recorded.stored)
        self._repeated.inc(recorded.duplicates)
        for refusal in batch.refusals:
            self._refused.labels(refusal.reason).inc()
        for reading in batch.readings:
            if reading.quality is Quality.SUSPICIOUS:
                self._suspicious.labels(reading.quality_reason.partition(":")[0]).inc()
        self._commit.observe(took_s)
        self._lag.observe(max(0.0, (at - min(message.received_at for message in messages)).total_seconds()))

    @contextmanager
    def served(self, host: str, port: int) -> Iterator[None]:
        """Answer `GET /metrics` while the block lasts; port 0 answers nobody.

        Raises
        ------
        ConfigError
            The port can't be listened on.
        """
        if not port:
            yield
            return
        try:
            server, thread = start_http_server(port, host, self._registry)
        except OSError as taken:
            raise ConfigError(
                "collector.metrics_port", port, f"a port that is free on {host} ({taken.strerror})"
            ) from None
        try:
            yield
        finally:
            server.shutdown()
            server.server_close()
            thread.join()

    def _counter(self, name: str, about: str) -> Counter:
        return Counter(f"tournee_{name}", about, registry=self._registry)

    def _histogram(self, name: str, about: str) -> Histogram:
        return Histogram(f"tournee_{name}", about, registry=self._registry, buckets=SECONDS)
