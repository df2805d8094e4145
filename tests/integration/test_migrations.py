"""Every database that ever existed can be brought to today's tables, with what it holds."""

from __future__ import annotations

import sqlite3
import subprocess
import sys
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from sqlalchemy import Engine, insert, text

from tests.collector_fixtures import stock
from tournee import migrations, tables
from tournee.domain import Reading
from tournee.errors import StoreUnavailable
from tournee.migrations.steps import revisions
from tournee.settings import StoreSettings
from tournee.store import Batch, Store, open_store
from tournee.store.database import open_engine
from tournee.store.partitions import Partitions
from tournee.tables import from_milliseconds, to_milliseconds

NOON = datetime(2026, 11, 23, 12, tzinfo=UTC)
SPLIT = "0004"  # from here on readings are kept by day, and counted as they come


@pytest.fixture
def engine(any_url: str) -> Iterator[Engine]:
    """A database with nothing in it."""
    opened = open_engine(any_url, busy_timeout_s=5)
    yield opened
    opened.dispose()


def test_migrations_lead_to_the_tables_of_the_code(engine: Engine) -> None:
    migrations.upgrade(engine)
    stock(Store(engine)).record(Batch([Reading("a", NOON, NOON, 0.5)]))  # which makes a partition
    with engine.connect() as connection:
        context = MigrationContext.configure(connection, opts={"include_name": migrations.is_described})
        assert compare_metadata(context, tables.metadata) == []


@pytest.mark.parametrize("revision", revisions())
def test_a_populated_database_keeps_what_it_holds(engine: Engine, revision: str) -> None:
    migrations.upgrade(engine, revision)
    with engine.begin() as connection:
        connection.execute(
            insert(tables.depot),
            [{"depot_id": "d", "name": "D", "lat": 60.0, "lon": 24.0, "opening_hours": ""}],
        )
    migrations.upgrade(engine)
    assert [depot.name for depot in Store(engine).depots()] == ["D"]


@pytest.mark.parametrize("revision", revisions())
def test_readings_of_any_revision_are_kept_and_counted(engine: Engine, revision: str) -> None:
    migrations.upgrade(engine, revision)
    moments = [to_milliseconds(NOON) - hours * 3_600_000 for hours in (0, 11, 12, 13, 36, 9_000)]
    if revision >= SPLIT:
        Partitions(engine).prepare(list(map(from_milliseconds, moments)))
    with engine.begin() as connection:
        connection.execute(text("INSERT INTO depot VALUES ('d', 'D', 60, 24, '')"))
        connection.execute(
            text(
                "INSERT INTO bin (bin_key, bin_id, place_id, depot_id, address, lat, lon, waste_stream, container_type, "
                "volume_l, density_kg_per_m3, place_time_s, service_time_s, opening_hours, curb_side, district, note) "
                "VALUES (1, 'b', 'p', 'd', 'a', 60, 24, 'glass', 'igloo', 1, 1, 1, 1, '', '', '', '')"
            )
        )
        for at in moments:
            connection.execute(
                text(
                    "INSERT INTO reading (bin_key, measured_at, received_at, fill_level, sensor_id, quality, "
                    "quality_reason) VALUES (1, :at, :at, 0.5, 's', 'accepted', '')"
                ),
                {"at": at},
            )
    migrations.upgrade(engine)
    store = Store(engine)
    kept = store.readings_of("b", NOON - timedelta(days=500), NOON + timedelta(days=1), limit=99)
    assert [to_milliseconds(one.measured_at) for one in kept] == moments
    assert store.counts().readings == (len(moments) if revision < SPLIT else 0)
    assert store.record(Batch([Reading("b", NOON, NOON, 0.7)])).duplicates == 1


def test_upgrading_twice_changes_nothing(engine: Engine) -> None:
    migrations.upgrade(engine)
    migrations.upgrade(engine)
    assert Store(engine).depots() == ()


def test_the_last_file_is_the_newest_revision() -> None:
    assert migrations.newest() == revisions()[-1]


def test_a_start_without_steps_to_take_loads_neither_alembic_nor_pandas(store: Store, tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path}/deep/town.db"
    program = (
        "import sys; from tournee.settings import StoreSettings; from tournee.store import open_store; "
        f"open_store(StoreSettings(url={url!r})).close(); print({{'alembic', 'pandas'}} & sys.modules.keys())"
    )
    said = subprocess.run([sys.executable, "-c", program], check=True, capture_output=True, text=True)
    assert said.stdout.strip() == "set()"


def test_a_file_that_another_process_is_making_is_waited_for(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    other = sqlite3.connect(tmp_path / "town.db", isolation_level=None)
    other.execute("BEGIN EXCLUSIVE")
    waited: list[float] = []

    def is_made(pause_s: float) -> None:
        waited.append(pause_s)
        if other.in_transaction:
            other.execute("COMMIT")

    monkeypatch.setattr("tournee.store.database.sleep", is_made)
    settings = StoreSettings(url=f"sqlite:///{tmp_path / 'town.db'}", busy_timeout_s=0.1)
    store = open_store(settings)
    assert store.depots() == ()
    assert waited
    store.close()
    other.execute("BEGIN EXCLUSIVE")
    monkeypatch.setattr("tournee.store.database.sleep", waited.append)
    with pytest.raises(StoreUnavailable, match="locked"):
        open_store(settings)
    other.close()


def test_processes_that_start_at_once_take_turns(any_url: str) -> None:
    with ThreadPoolExecutor(4) as pool:
        stores = list(pool.map(lambda _: open_store(StoreSettings(url=any_url)), range(4)))
    for store in stores:
        assert store.depots() == ()
        store.close()
