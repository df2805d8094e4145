"""What PostgreSQL does its own way: it must come to the same as SQLite, with many writers at once."""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, date, datetime, timedelta
from threading import Barrier

import pytest
from hypothesis import Phase, given, settings
from hypothesis import strategies as st
from sqlalchemy import make_url

from tests.collector_fixtures import BINS, opened, stock
from tests.postgres import EMPTY, Postgres
from tournee import tables
from tournee.domain import PlanRequest, Quality, Reading, Refusal, ServiceEvent
from tournee.errors import ConfigError, Conflict, NotFound, StoreUnavailable
from tournee.settings import StoreSettings
from tournee.store import Batch, Recorded, Store, open_store
from tournee.store.postgres import TYPES, connect_arguments
from tournee.store.reading_rows import COLUMNS

NOON = datetime(2026, 11, 23, 12, tzinfo=UTC)


@pytest.fixture
def url(postgres: Postgres) -> str:
    return postgres.new_database(EMPTY)


@pytest.fixture
def town(url: str) -> Iterator[Store]:
    """A store on PostgreSQL that knows the bins a to h."""
    with opened(url) as store:
        yield stock(store)


moments = st.integers(0, 5_000).map(lambda step: NOON + timedelta(microseconds=250 * step))
texts = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"), max_size=5)
numbers = st.none() | st.floats(-1e300, 1e300)
readings = st.builds(
    Reading,
    st.sampled_from(BINS),
    moments,
    moments,
    st.floats(-0.1, 2) | st.integers(0, 2),
    texts,
    numbers,
    numbers,
    numbers,
    st.sampled_from(Quality),
    texts,
)
services = st.builds(ServiceEvent, st.sampled_from(BINS), moments)
refusals = st.builds(
    Refusal,
    st.sampled_from(["t", "t\0"]),
    st.binary(max_size=2),
    st.sampled_from(["unreadable", "too_old"]),
    st.text(max_size=5),
    moments,
)
batches = st.builds(
    Batch, st.lists(readings, max_size=12), st.lists(services, max_size=4), st.lists(refusals, max_size=4)
)


def everything(store: Store) -> tuple[object, ...]:
    """Return all that batches can change."""
    span = NOON - timedelta(1), NOON + timedelta(1)
    return (
        [store.readings_of(bin_id, *span, limit=1_000) for bin_id in BINS],
        store.latest_readings(),
        store.services(list(BINS), *span),
        sorted(map(repr, store.refusals(1_000))),
        store.refusals_by_reason(),
        store.counts(),
    )


@settings(max_examples=20, deadline=None, phases=[Phase.explicit, Phase.reuse, Phase.generate])
@given(history=st.lists(batches, max_size=4))
def test_both_databases_make_the_same_of_any_batches(postgres: Postgres, history: list[Batch]) -> None:
    # Not shrunk: each try is a new database.
    with opened("sqlite://") as lite, opened(postgres.new_database(EMPTY)) as big:
        stock(big), stock(lite)
        for batch in history:
            assert big.record(batch) == lite.record(batch)
        assert everything(big) == everything(lite)


def test_a_batch_that_repeats_itself_keeps_the_first_and_the_newest_state(town: Store) -> None:
    late, first, again = (
        Reading("a", NOON - timedelta(1), NOON, 0.1),
        Reading("a", NOON, NOON, 0.5),
        Reading("a", NOON + timedelta(microseconds=3), NOON, 0.9),
    )
    assert town.record(Batch([late, first, again])) == Recorded(2, 1, 0)
    assert town.latest_readings() == {"a": first}


def test_columns_are_copied_as_what_they_are() -> None:
    kinds = {"INTEGER": "int4", "BIGINT": "int8", "FLOAT": "float8", "VARCHAR": "text", "BOOLEAN": "bool"}
    assert tuple(kinds[str(tables.reading.c[name].type)] for name in COLUMNS) == TYPES
    assert tuple(tables.bin_state.columns.keys())[:-1] == COLUMNS, "the state is a reading, column by column"
    assert COLUMNS[:3] == ("bin_key", "measured_at", "received_at")


def test_an_unknown_bin_keeps_the_whole_batch_out(town: Store) -> None:
    with pytest.raises(NotFound, match="nowhere"):
        town.record(Batch([Reading("a", NOON, NOON, 0.5), Reading("nowhere", NOON, NOON, 0.5)]))
    assert town.counts().readings == 0


def test_a_text_that_no_text_column_takes_is_refused_in_a_sentence(town: Store) -> None:
    with pytest.raises(Conflict, match="refused"):
        town.ask_plan(PlanRequest("r\0", "D", date(2026, 11, 23), NOON))
    for name in ("s\0", "s\ud800"):
        with pytest.raises(Conflict, match="refused"):
            town.record(Batch([Reading("a", NOON, NOON, 0.5, name)]))
    town.record(Batch([Reading("a", NOON, NOON, 0.5)]))
    assert town.counts().readings == 1


def test_many_workers_take_each_request_once(url: str, town: Store) -> None:
    asked = [f"r{number}" for number in range(40)]
    for request_id in asked:
        town.ask_plan(PlanRequest(request_id, town.depots()[0].depot_id, date(2026, 11, 23), NOON))
    together = Barrier(4)

    def work(_: int) -> list[str]:
        with opened(url) as own:
            together.wait()
            taken = iter(own.take_plan_request, None)
            return [request.request_id for request in taken]

    with ThreadPoolExecutor(4) as pool:
        taken = [one for some in pool.map(work, range(4)) for one in some]
    assert sorted(taken) == sorted(asked)


def test_collectors_that_hear_the_same_store_it_once(url: str, town: Store) -> None:
    """In opposite order, which would lock the two up in one another."""
    heard = [Reading(BINS[n % 8], NOON + timedelta(seconds=n // 8), NOON, 0.5) for n in range(400)]
    together = Barrier(2)

    def record(order: int) -> int:
        with opened(url) as own:
            together.wait()
            return sum(
                own.record(Batch(heard[k : k + 50][::order])).stored for k in range(0, 400, 50)[::order]
            )

    with ThreadPoolExecutor(2) as pool:
        assert sum(pool.map(record, (1, -1))) == 400
    assert (town.counts().readings, town.counts().duplicates) == (400, 400)
    assert {each.measured_at for each in town.latest_readings().values()} == {heard[-1].measured_at}


def test_a_connection_that_the_server_cut_is_replaced(postgres: Postgres, url: str, town: Store) -> None:
    town.record(Batch([Reading("a", NOON, NOON, 0.5)]))
    name = make_url(url).database
    postgres.run(f"SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = '{name}'")  # noqa: S608 - our own words
    assert town.record(Batch([Reading("b", NOON, NOON, 0.5)])).stored == 1


def test_a_writer_waits_for_a_lock_no_longer_than_it_is_told(url: str, town: Store) -> None:
    impatient = open_store(StoreSettings(url=url, busy_timeout_s=0.05))
    with town._writes() as connection:
        connection.exec_driver_sql("LOCK TABLE reading IN ACCESS EXCLUSIVE MODE")
        with pytest.raises(StoreUnavailable, match="lock timeout"):
            impatient.record(Batch([Reading("a", NOON, NOON, 0.5)]))
    assert impatient.record(Batch([Reading("a", NOON, NOON, 0.5)])).stored == 1
    impatient.close()


def test_a_server_that_is_not_there_says_so_without_the_password() -> None:
    with pytest.raises(StoreUnavailable, match="did not answer") as told:
        open_store(StoreSettings(url="postgresql://tournee:s3cret@127.0.0.1:1/town"))
    assert "s3cret" not in str(told.value)


def test_what_the_address_says_outranks_what_we_would_say() -> None:
    plain = connect_arguments(make_url("postgresql://host/town"), 1.5)
    assert plain["options"] == "-c lock_timeout=1500"
    assert plain.keys() == {"connect_timeout", "tcp_user_timeout", "options"}
    own = connect_arguments(make_url("postgresql://host/town?connect_timeout=3&options=-c%20x"), 1.5)
    assert own.keys() == {"tcp_user_timeout"}


def test_another_driver_is_no_secret(town: Store) -> None:
    with pytest.raises(ConfigError, match="driver is installed"):
        open_store(StoreSettings(url="oracle+nothing://host/town"))
