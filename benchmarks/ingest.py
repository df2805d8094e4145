"""How quickly is a reading safe? The whole path at a fixed rate, beside a plain loop that does the same work.

Sensors publish to a real mosquitto at QoS 1; `tournee collect` in its own process stores what comes. The peer is the loop that
one writes first: paho, automatic acknowledgement, one commit for what came within 20 ms. Ours also screens, remembers what
it refused, and acknowledges after the commit only.

Latency is of probes, one in 50 ms among the rest: from just before publishing to the first look that finds it committed, with a look
every 2 ms or so. Both methods are looked at in the same way, through the store.
"""

from __future__ import annotations

import argparse
import json
import os
import signal
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass, replace
from datetime import datetime, timedelta
from multiprocessing import get_context
from pathlib import Path
from threading import Event
from time import monotonic

import numpy as np

ROOT = Path(__file__).resolve().parents[1]
sys.path[:0] = [str(ROOT)]  # run as a file

from simulator.publisher import Publisher
from tests.towns import town
from tournee.cli.broker import Mosquitto
from tournee.clock import utc_now
from tournee.domain import Reading
from tournee.settings import BrokerSettings, StoreSettings
from tournee.store import Store, open_store

BINS = 1_000
PROBE = "probe"
PROBES_PER_S = 20
LOOK_S, PATIENCE_S, READY_S = 0.002, 60.0, 20.0
METHODS = {"tournee": ("-m", "tournee", "collect"), "plain": (str(ROOT / "benchmarks" / "plain_loop.py"),)}


@dataclass(frozen=True, slots=True)
class Line:
    """One method at one rate."""

    method: str
    database: str
    sent: int
    rate_per_s: float
    p50_ms: float
    p99_ms: float
    cpu_us: float
    memory_mb: float
    lost: int
    duplicated: int


def main() -> None:
    """Print a line for each method, and ours as a ratio of the peer's."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--rate", type=float, default=1_000.0, help="messages a second")
    parser.add_argument("--seconds", type=float, default=10.0)
    parser.add_argument(
        "--database", default="sqlite", help="sqlite, or the address of an empty PostgreSQL database"
    )
    parser.add_argument("--json", action="store_true")
    chosen = parser.parse_args()
    lines = [measure(name, chosen.rate, chosen.seconds, chosen.database) for name in METHODS]
    ratios = {
        name: getattr(lines[0], name) / getattr(lines[1], name) for name in ("p50_ms", "p99_ms", "cpu_us")
    }
    if chosen.json:
        print(json.dumps({"lines": [asdict(line) for line in lines], "ratios": ratios}, indent=1))
        return
    print(
        f"{'method':8} {'database':10} {'sent':>8} {'msg/s':>7} {'p50 ms':>7} {'p99 ms':>7} {'µs/msg':>7} {'MB':>5} lost twice"
    )
    for one in lines:
        print(
            f"{one.method:8} {one.database:10} {one.sent:8} {one.rate_per_s:7.0f} {one.p50_ms:7.1f} {one.p99_ms:7.1f} "
            f"{one.cpu_us:7.1f} {one.memory_mb:5.0f} {one.lost:4} {one.duplicated:5}"
        )
    print("tournee / plain: " + ", ".join(f"{name} {ratio:.2f}" for name, ratio in ratios.items()))


def measure(method: str, rate: float, seconds: float, database: str) -> Line:
    """Return what one method makes of so many seconds of messages."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        url = f"sqlite:///{folder}/town.db" if database == "sqlite" else database
        store = open_store(StoreSettings(url=url))
        broker = Mosquitto(folder / "broker")
        broker.start()
        try:
            stock(store)
            before = store.counts()
            with running(METHODS[method], url, broker.port, folder) as pid:
                wait_until_ready(store)
                used_before = cpu_s(pid)
                sent, took, latencies_ms = drive(store, broker.port, rate, seconds)
                used, memory = cpu_s(pid) - used_before, peak_mb(pid)
            counts = store.counts()
        finally:
            broker.stop()
            store.close()
    stored, again = counts.readings - before.readings, counts.duplicates - before.duplicates
    p50, p99 = np.percentile(latencies_ms, [50, 99])
    return Line(
        method,
        url.partition(":")[0],
        sent,
        stored / took,
        float(p50),
        float(p99),
        used / sent * 1e6,
        memory,
        sent - stored,
        again,
    )


def stock(store: Store) -> None:
    """Put the bins into the store, with no sign of life from an earlier run."""
    drawn = town("D--a--F").network
    names = [PROBE, *(f"bin-{number}" for number in range(BINS))]
    store.save_network(
        replace(drawn, bins=tuple(replace(drawn.bins[0], bin_id=name) for name in names), sensors=())
    )
    store.beat("broker", utc_now() - timedelta(days=1))


@contextmanager
def running(command: tuple[str, ...], url: str, port: int, folder: Path) -> Iterator[int]:
    """Run a collector for as long as the block lasts; yield its process id."""
    told = {
        "TOURNEE_STORE__URL": url,
        "TOURNEE_BROKER__PORT": str(port),
        "TOURNEE_COLLECTOR__HEARTBEAT_S": "0.2",
        "PYTHONPATH": str(ROOT),
    }
    process = subprocess.Popen([sys.executable, *command], cwd=folder, env={**os.environ, **told})
    try:
        yield process.pid
    finally:
        process.send_signal(signal.SIGTERM)
        process.wait(PATIENCE_S)


def wait_until_ready(store: Store) -> None:
    """Return once the collector has said that it listens."""

    def is_heard() -> bool:
        beat = store.heartbeats().get("broker")
        return beat is not None and utc_now() - beat.at < timedelta(seconds=1)

    wait_for(is_heard, READY_S)


def drive(store: Store, port: int, rate: float, seconds: float) -> tuple[int, float, list[float]]:
    """Publish from another process and watch; return how many were sent, how long it took, and the probes' latencies."""
    watch = Watch(store, since=utc_now())
    sender = get_context("spawn").Process(target=publish, args=(port, rate, int(rate * seconds)))
    sender.start()
    while sender.is_alive():
        watch.look()
    if sender.exitcode:
        sys.exit("The publisher failed: see above.")
    wait_for(lambda: watch.look() >= probes(rate, int(rate * seconds)), PATIENCE_S, pause_s=0)
    took = max(watch.seen.values()) - min(watch.seen)
    return int(rate * seconds), took.total_seconds(), watch.latencies_ms()


class Watch:
    """Looks for probes in the store, and notes when each was there."""

    def __init__(self, store: Store, since: datetime) -> None:
        self._store, self._since = store, since
        self.seen: dict[datetime, datetime] = {}

    def look(self) -> int:
        """Look once; return how many probes were seen so far."""
        Event().wait(LOOK_S)
        found = self._store.readings_of(PROBE, self._since, utc_now() + timedelta(seconds=1), limit=1_000)
        now = utc_now()
        for reading in found:
            self.seen.setdefault(reading.measured_at, now)
        if found:
            self._since = max(self.seen) - timedelta(seconds=1)  # messages may overtake one another
        return len(self.seen)

    def latencies_ms(self) -> list[float]:
        """Return how long each probe took."""
        return [(seen - sent) / timedelta(milliseconds=1) for sent, seen in self.seen.items()]


def publish(port: int, rate: float, count: int) -> None:
    """Publish `count` readings at a rate; return when the broker has all of them. The last one is a probe."""
    every = probe_every(rate)
    with Publisher(BrokerSettings(port=port), rate=rate, in_flight_max=2_000) as outbox:
        for number in range(1, count + 1):
            bin_id = PROBE if number % every == 0 or number == count else f"bin-{number % BINS}"
            now = utc_now()
            outbox.publish(Reading(bin_id, now, now, 0.5))


def probe_every(rate: float) -> int:
    """Return how many messages there are to one probe."""
    return max(1, round(rate / PROBES_PER_S))


def probes(rate: float, count: int) -> int:
    """Return how many probes there are among so many messages."""
    return count // probe_every(rate) + (count % probe_every(rate) > 0)


def cpu_s(pid: int) -> float:
    """Return the processor time that a process has used, in its own threads and in the system's name."""
    fields = Path(f"/proc/{pid}/stat").read_text(encoding="ascii").rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def peak_mb(pid: int) -> float:
    """Return the most memory that a process has held at once."""
    lines = Path(f"/proc/{pid}/status").read_text(encoding="ascii").splitlines()
    return next(int(line.split()[1]) / 1_024 for line in lines if line.startswith("VmHWM"))


def wait_for(condition: Callable[[], bool], patience_s: float, pause_s: float = 0.05) -> None:
    """Return once a condition holds; end the benchmark where it never does."""
    deadline = monotonic() + patience_s
    while not condition():
        if monotonic() > deadline:
            sys.exit("The collector did not come to an end of its work.")
        Event().wait(pause_s)


if __name__ == "__main__":
    main()
