"""Readings by day on PostgreSQL: the days come as batches need them, whatever else is going on."""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from threading import Barrier

import pytest
from sqlalchemy import make_url

from tests.collector_fixtures import BINS, opened, stock
from tests.postgres import EMPTY, Postgres
from tournee.domain import Reading
from tournee.settings import StoreSettings
from tournee.store import Batch, Store, open_store
from tournee.store.partitions import DAY_MS, drop_day, is_ours, partition_name
from tournee.tables import to_milliseconds

NOON = datetime(2026, 11, 23, 12, tzinfo=UTC)
MIDNIGHT = datetime(2026, 11, 24, tzinfo=UTC)
PARTITIONS = (
    "SELECT inhrelid::regclass::text FROM pg_inherits WHERE inhparent = 'reading'::regclass ORDER BY 1"
)


@pytest.fixture
def url(postgres: Postgres) -> str:
    return postgres.new_database(EMPTY)


@pytest.fixture
def town(url: str) -> Iterator[Store]:
    """A store on PostgreSQL that knows the bins a to h."""
    with opened(url) as store:
        yield stock(store)


def partitions(postgres: Postgres, url: str) -> list[str]:
    name = make_url(url).database
    assert name
    return [row[0] for row in postgres.run(PARTITIONS, name)]


def reading(bin_id: str = "a", days: float = 0, fill_level: float = 0.5) -> Reading:
    at = NOON - timedelta(days=days)
    return Reading(bin_id, at, at, fill_level)


def test_each_day_has_a_partition_of_its_own_from_midnight_utc(
    postgres: Postgres, url: str, town: Store
) -> None:
    last = Reading("a", MIDNIGHT - timedelta(milliseconds=1), NOON, 0.5)
    town.record(Batch([last, Reading("a", MIDNIGHT, NOON, 0.5), reading(days=400)]))
    assert partitions(postgres, url) == ["reading_20251019", "reading_20261123", "reading_20261124"]
    name = make_url(url).database or ""
    assert postgres.run("SELECT count(*) FROM reading_20261123", name) == [(1,)]


def test_collectors_that_need_the_same_new_days_at_once_all_store(
    postgres: Postgres, url: str, town: Store
) -> None:
    together = Barrier(4)

    def record(number: int) -> int:
        with opened(url) as own:
            together.wait()
            days = range(12) if number % 2 else range(11, -1, -1)
            return sum(own.record(Batch([reading(BINS[number], day)])).stored for day in days)

    with ThreadPoolExecutor(4) as pool:
        assert sum(pool.map(record, range(4))) == 48
    assert town.counts().readings == 48
    assert len(partitions(postgres, url)) == 12


def test_a_new_day_waits_for_no_writer_and_no_reader(url: str, town: Store) -> None:
    town.record(Batch([reading()]))
    with town._writes() as writing, town._reads() as looking:
        writing.exec_driver_sql("UPDATE reading SET fill_level = 0.6")
        assert looking.exec_driver_sql("SELECT count(*) FROM reading").scalar() == 1
        impatient = open_store(StoreSettings(url=url, busy_timeout_s=0.5))
        assert impatient.record(Batch([reading("b", days=1)])).stored == 1
        impatient.close()


def test_a_late_reading_of_a_day_that_another_process_dropped_is_stored(url: str, town: Store) -> None:
    town.record(Batch([reading(days=200)]))
    with opened(url) as other, other._writes() as connection:
        drop_day(connection, to_milliseconds(NOON - timedelta(days=200)) // DAY_MS)
    assert town.record(Batch([reading("b", days=200), reading()])).stored == 2
    assert [one.bin_id for one in town.readings_of("b", NOON - timedelta(days=201), NOON, 9)] == ["b"]
    assert town.counts().readings == 3


def test_a_bin_is_still_needed_for_a_reading(url: str, town: Store) -> None:
    with town._reads() as connection:
        of_partition = "SELECT count(*) FROM pg_constraint WHERE contype = 'f' AND conrelid = 'reading_20261123'::regclass"
        town.record(Batch([reading()]))
        assert connection.exec_driver_sql(of_partition).scalar() == 1


def test_the_same_name_for_a_day_everywhere() -> None:
    assert partition_name(to_milliseconds(MIDNIGHT) // DAY_MS) == "reading_20261124"
    assert partition_name(to_milliseconds(MIDNIGHT) // DAY_MS - 1) == "reading_20261123"


def test_timescale_cuts_and_drops_by_day_where_it_is_installed(postgres: Postgres) -> None:
    offered = "SELECT 1 FROM pg_available_extensions WHERE name = 'timescaledb'"
    if not postgres.run(offered) or not postgres.run(
        "SELECT 1 FROM pg_settings WHERE name LIKE 'timescaledb.%'"
    ):
        pytest.skip("this PostgreSQL was not started with TimescaleDB (package timescaledb-2-postgresql)")
    with opened(postgres.new_database()) as store:
        stock(store).record(Batch([reading(), reading(days=200)]))
        with store._writes() as connection:
            assert not is_ours(connection)
            drop_day(connection, to_milliseconds(NOON - timedelta(days=200)) // DAY_MS)
        kept = store.readings_of("a", NOON - timedelta(days=300), MIDNIGHT, limit=9)
        assert kept == (reading(),)
