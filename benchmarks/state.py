"""Measure how quickly the store says how full the bins are, over all that was ever measured.

Each bin reports once an hour; the rows are made inside the database, and the latest state with them. A question is asked once to
warm up, then timed: `wall` is what a person waits, `cpu` what this process spent (PostgreSQL's own work is not in it).
"""

from __future__ import annotations

import argparse
import json
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
sys.path[:0] = [str(ROOT)]  # run as a file

import numpy as np
import sqlalchemy as sa

from tests.postgres import a_postgres, find_postgres
from tests.towns import town
from tournee.domain import Reading
from tournee.settings import StoreSettings
from tournee.store import Batch, Store, open_store

NOON = datetime(2026, 11, 23, 12, tzinfo=UTC)
HOUR_MS = 3_600_000
DAYS_ASKED = 28
QUESTIONS_SLOW = 3  # runs of a question that takes seconds
HEADINGS = "database question runs rows wall_p50_ms wall_max_ms cpu_p50_ms"
COLUMNS = "bin_key, measured_at, received_at, fill_level, sensor_id, temperature_c, battery_v, quality, quality_reason"
VALUES = "{at}, {at} + 2000, (bin_key * 37 + {n} * 13) % 100 / 100.0, 'sensor-' || bin_key, 4.5, 3.6, 'accepted', ''"
HOURS = {
    "sqlite": "WITH RECURSIVE hours(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM hours WHERE n < {hours}) ",
    "postgresql": "WITH hours(n) AS (SELECT generate_series(1, CAST({hours} AS bigint))) ",
}
FILL = "INSERT INTO {table} ({columns}) SELECT bin_key, {values} FROM bin CROSS JOIN hours {rest} ON CONFLICT DO NOTHING"


@dataclass(frozen=True, slots=True)
class Line:
    """One question to one database."""

    database: str
    question: str
    runs: int
    rows: int
    wall_p50_ms: float
    wall_max_ms: float
    cpu_p50_ms: float


def main() -> None:
    """Print a line for each question."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--rows", type=int, default=480_000, help="readings in the store")
    parser.add_argument("--bins", type=int, default=10_000)
    parser.add_argument("--runs", type=int, default=20)
    parser.add_argument("--databases", default="sqlite,postgresql", help="which, and in which order")
    parser.add_argument("--json", action="store_true")
    chosen = parser.parse_args()
    lines = [
        line
        for name in chosen.databases.split(",")
        for line in measured(name, chosen.rows, chosen.bins, chosen.runs)
    ]
    if chosen.json:
        print(json.dumps([asdict(line) for line in lines]))
        return
    print(HEADINGS)
    for one in lines:
        print(
            f"{one.database:>10} {one.question:<16}{one.runs:>4}{one.rows:>12,}"
            f"{one.wall_p50_ms:10.1f}{one.wall_max_ms:10.1f}{one.cpu_p50_ms:10.1f}"
        )


def measured(database: str, rows: int, bins: int, runs: int) -> Iterator[Line]:
    """Yield what one database makes of every question."""
    with a_database(database) as url:
        if url is None:
            print("PostgreSQL is left out: it is not installed on this machine.", file=sys.stderr)
            return
        store = open_store(StoreSettings(url=url))
        fill(store, url, bins, max(1, rows // bins))
        bin_ids = [one.bin_id for one in store.bins()]
        since = NOON - timedelta(days=DAYS_ASKED)
        yield timed(database, "latest_levels", runs, lambda: len(store.latest_levels()))
        yield timed(database, "counts", runs, lambda: store.counts().readings)
        few = min(runs, QUESTIONS_SLOW)
        yield timed(database, "readings", few, lambda: len(store.readings(bin_ids, since, NOON)))
        store.close()


def timed(database: str, question: str, runs: int, ask: Callable[[], int]) -> Line:
    """Ask once to warm up, then `runs` times."""
    rows, wall, cpu = ask(), [], []
    for _ in range(runs):
        wall_s, cpu_s = time.perf_counter(), time.process_time()
        ask()
        wall.append((time.perf_counter() - wall_s) * 1e3)
        cpu.append((time.process_time() - cpu_s) * 1e3)
    return Line(database, question, runs, rows, float(np.median(wall)), max(wall), float(np.median(cpu)))


@contextmanager
def a_database(name: str) -> Iterator[str | None]:
    """Yield the address of an empty database; None where there is no PostgreSQL."""
    if name == "sqlite":
        with tempfile.TemporaryDirectory() as folder:
            yield f"sqlite:///{folder}/town.db"
    elif find_postgres() is None:
        yield None
    else:
        with a_postgres(durable=True) as server:
            yield server.new_database()


def fill(store: Store, url: str, bins: int, hours: int) -> None:
    """Make the bins, `hours` readings of each, and their latest state."""
    drawn = town("D--a--F").network
    bin_ids = [f"bin-{number:06}" for number in range(bins)]
    named = tuple(replace(drawn.bins[0], bin_id=bin_id) for bin_id in bin_ids)
    store.save_network(replace(drawn, bins=named, sensors=()))
    # One reading of each day through the front door: the rest finds the ground prepared.
    days = [NOON - timedelta(days=day) for day in range(hours // 24 + 2)]
    store.record(Batch([Reading(bin_ids[0], day, day, 0.5) for day in days]))
    engine = sa.create_engine(url.replace("postgresql:", "postgresql+psycopg:"))
    every = HOURS[engine.dialect.name].format(hours=hours)
    at = f"{int(NOON.timestamp() * 1_000)} - n * {HOUR_MS} + bin_key * 7 % 60000"
    values = VALUES.format(at=at, n="n")
    with engine.begin() as connection:
        in_order = "WHERE true ORDER BY bin_key, n DESC"
        for table, rest in {"reading": in_order, "bin_state": "WHERE n = 1"}.items():
            statement = FILL.format(table=table, columns=COLUMNS, values=values, rest=rest)
            # SQLite takes its WITH before the INSERT, and so does PostgreSQL.
            connection.execute(sa.text(every + statement))
        connection.execute(
            sa.text("UPDATE tally SET value = (SELECT count(*) FROM reading) WHERE name = 'readings.stored'")
        )
    with engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        connection.exec_driver_sql("ANALYZE")
    engine.dispose()


if __name__ == "__main__":
    main()
