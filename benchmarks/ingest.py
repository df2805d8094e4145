"""How quickly is a reading safe, and at what cost? The whole path at a fixed rate, beside others that do the same work.

Sensors publish to a real mosquitto at QoS 1 (`sender.py`); a method in its own process stores what comes: `tournee collect`; a plain
loop of paho and an insert; Node-RED with its rows in one transaction each 20 ms; Node-RED with a transaction for each message.
The peers acknowledge before they store, and so lose what they hold when they are killed. Ours also
remembers what it refused, and acknowledges after the commit only.

Latency is of probes, one in 50 ms among the rest: from just before writing to the first look that finds it committed, with a look
every 2 ms or so (`watch.py`), the same for every method. Each is warmed up before anything is counted.
"""

from __future__ import annotations

import argparse
import json
import sys
import tempfile
from collections.abc import Iterator
from concurrent.futures import Executor, ProcessPoolExecutor
from contextlib import contextmanager
from dataclasses import asdict, dataclass, replace
from multiprocessing import get_context
from pathlib import Path
from threading import Event
from time import monotonic

ROOT = Path(__file__).resolve().parents[1]
sys.path[:0] = [str(ROOT)]  # run as a file

from benchmarks.peers import METHODS, PATIENCE_S, PeerMissing, command, cpu_s, peak_mb, running
from benchmarks.sender import Sender, Sent
from benchmarks.watch import Watch
from tests.postgres import a_postgres, find_postgres
from tests.towns import town
from tournee.cli.broker import Mosquitto
from tournee.clock import utc_now
from tournee.domain import Reading
from tournee.messages import reading_topic
from tournee.settings import BrokerSettings, StoreSettings
from tournee.store import Batch, Store, open_store

BINS = 1_000
PROBE = "probe"
PROBES_PER_S = 20
WARM_UP = 2_000
SETTLE_S = 1.0
PREFIX = BrokerSettings().topic_prefix
RATIOS = ("cpu_us", "p50_ms", "p99_ms", "memory_mb")
HEADINGS = "method msg/s p50_ms p99_ms µs/msg MB lost twice late sender_µs"


@dataclass(frozen=True, slots=True)
class Line:
    """One method at one rate. `late` is the share that left the sender over 10 ms after it was due, `sender_us` its CPU time."""

    method: str
    database: str
    acknowledged: int
    rate_per_s: float
    p50_ms: float
    p99_ms: float
    cpu_us: float
    memory_mb: float
    lost: int
    duplicated: int
    late: float
    sender_us: float


def main() -> None:
    """Print a line for each method, and ours as a ratio of each peer's."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--rate", type=float, default=1_000.0, help="messages a second")
    parser.add_argument("--seconds", type=float, default=10.0)
    parser.add_argument(
        "--database",
        default="sqlite",
        help="sqlite, postgresql (a server of its own), or an empty database's address",
    )
    parser.add_argument("--methods", default="tournee,plain,node-red", help=f"of {', '.join(METHODS)}")
    parser.add_argument("--json", action="store_true")
    chosen = parser.parse_args()
    methods = chosen.methods.split(",")
    if unknown := set(methods) - set(METHODS):
        parser.error(f"unknown: {', '.join(unknown)}; there are {', '.join(METHODS)}")
    with databases(chosen.database) as urls:
        lines = [
            line for name in methods if (line := measured(name, chosen.rate, chosen.seconds, next(urls)))
        ]
    if chosen.json:
        print(
            json.dumps(
                {"rate": chosen.rate, "lines": [asdict(line) for line in lines], "ratios": ratios(lines)}
            )
        )
    else:
        show(lines)


def show(lines: list[Line]) -> None:
    """Print the table, and the ratios below it."""
    print("".join(f"{name:>10}" for name in HEADINGS.split()))
    for one in lines:
        print(
            f"{one.method:>10}{one.rate_per_s:10.0f}{one.p50_ms:10.1f}{one.p99_ms:10.1f}{one.cpu_us:10.1f}"
            f"{one.memory_mb:10.0f}{one.lost:10}{one.duplicated:10}{one.late:10.1%}{one.sender_us:10.1f}"
        )
    for peer, its in ratios(lines).items():
        print(f"tournee / {peer}: " + ", ".join(f"{name} {ratio:.2f}" for name, ratio in its.items()))


def ratios(lines: list[Line]) -> dict[str, dict[str, float]]:
    """Return ours as a share of each peer's, where ours was measured."""
    ours = next((line for line in lines if line.method == "tournee"), None)
    return {
        line.method: {name: getattr(ours, name) / getattr(line, name) for name in RATIOS}
        for line in lines
        if ours and line is not ours
    }


@contextmanager
def databases(wanted: str) -> Iterator[Iterator[str]]:
    """Yield the addresses of empty databases, one for each method; a given one serves all."""
    with tempfile.TemporaryDirectory() as folder:
        if wanted == "sqlite":
            yield (f"sqlite:///{folder}/{number}.db" for number in range(len(METHODS)))
        elif wanted != "postgresql":
            yield (wanted for _ in METHODS)
        elif find_postgres() is None:
            sys.exit("PostgreSQL is not installed on this machine (Debian's package `postgresql`).")
        else:
            with a_postgres(durable=True) as server:
                yield (server.new_database() for _ in METHODS)


def measured(method: str, rate: float, seconds: float, url: str) -> Line | None:
    """Return what one method makes of so many seconds of messages; None where it can't be had."""
    try:
        command(method)
    except PeerMissing as missing:
        print(f"{method} is left out: {missing}", file=sys.stderr)
        return None
    store = open_store(StoreSettings(url=url))
    with tempfile.TemporaryDirectory() as name:
        broker = Mosquitto(Path(name) / "broker")
        broker.start()
        try:
            stock(store)
            with (
                running(method, url, broker.port, Path(name)) as pid,
                ProcessPoolExecutor(1, mp_context=get_context("spawn")) as sender,
            ):
                watch = Watch(url, PROBE)
                return Run(url.partition(":")[0], store, watch, sender, broker.port).measure(
                    method, pid, rate, seconds
                )
        finally:
            broker.stop()
            store.close()


def stock(store: Store) -> None:
    """Put the bins into the store, and a reading of today: our own writer makes a day's partition, the peers need it."""
    drawn = town("D--a--F").network
    names = [PROBE, *(f"bin-{number}" for number in range(BINS))]
    store.save_network(
        replace(drawn, bins=tuple(replace(drawn.bins[0], bin_id=name) for name in names), sensors=())
    )
    now = utc_now()
    store.record(Batch([Reading(PROBE, now, now, 0.5)]))


@dataclass
class Run:
    """One method at work: who sends, who looks, and where it all ends up."""

    database: str
    store: Store
    watch: Watch
    sender: Executor
    port: int

    def measure(self, method: str, pid: int, rate: float, seconds: float) -> Line:
        """Wait until it listens, warm it up, and measure."""
        self.wake()
        self.drive(WARM_UP, min(rate, WARM_UP))
        before, twice, used_s = self.watch.count(), self.store.counts().duplicates, cpu_s(pid)
        self.watch.forget()
        sent = self.drive(int(rate * seconds), rate)
        stored = self.stored_since(before, sent.acknowledged)
        used_s = cpu_s(pid) - used_s
        p50_ms, p99_ms = self.watch.latencies_ms([50, 99])
        return Line(
            method=method,
            database=self.database,
            acknowledged=sent.acknowledged,
            rate_per_s=stored / self.watch.seconds(),
            p50_ms=p50_ms,
            p99_ms=p99_ms,
            cpu_us=used_s / sent.acknowledged * 1e6,
            memory_mb=peak_mb(pid),
            lost=sent.acknowledged - stored,
            duplicated=self.store.counts().duplicates - twice,
            late=sent.late / sent.acknowledged,
            sender_us=sent.cpu_us,
        )

    def wake(self) -> None:
        """Return once a message is stored: then it listens."""
        deadline = monotonic() + PATIENCE_S
        while not self.watch.seen:
            if monotonic() > deadline:
                sys.exit("The collector did not begin to store.")
            self.sender.submit(publish, self.port, 1, 1.0).result()
            for _ in range(50):
                self.watch.look()

    def drive(self, count: int, rate: float) -> Sent:
        """Publish from another process, and watch until every probe is stored, or no longer."""
        publishing = self.sender.submit(publish, self.port, count, rate)
        while not publishing.done():
            self.watch.look()
        sent, deadline = publishing.result(), monotonic() + PATIENCE_S
        while not self.watch.seen.keys() >= set(sent.probes) and monotonic() < deadline:
            self.watch.look()
        return sent

    def stored_since(self, before: int, expected: int) -> int:
        """Return how many readings were stored; wait while there are more to come."""
        stored = -1
        while (grown := self.watch.count() - before) not in {stored, expected}:
            stored = grown
            Event().wait(SETTLE_S)
        return grown


def publish(port: int, count: int, rate: float) -> Sent:
    """Publish so many readings at a rate; the last one is a probe."""
    topics = [reading_topic(PREFIX, f"bin-{number}") for number in range(BINS)]
    with Sender(port, topics, reading_topic(PREFIX, PROBE)) as sender:
        return sender.send(count, rate, max(1, round(rate / PROBES_PER_S)))


if __name__ == "__main__":
    main()
