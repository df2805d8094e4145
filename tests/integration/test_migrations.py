"""Every database that ever existed can be brought to today's tables, with what it holds."""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor

import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from sqlalchemy import Engine, insert

from tournee import migrations, tables
from tournee.settings import StoreSettings
from tournee.store import Store, open_store
from tournee.store.database import open_engine


@pytest.fixture
def engine(any_url: str) -> Iterator[Engine]:
    """A database with nothing in it."""
    opened = open_engine(any_url, busy_timeout_s=5)
    yield opened
    opened.dispose()


def test_migrations_lead_to_the_tables_of_the_code(engine: Engine) -> None:
    migrations.upgrade(engine)
    with engine.connect() as connection:
        assert compare_metadata(MigrationContext.configure(connection), tables.metadata) == []


@pytest.mark.parametrize("revision", migrations.revisions())
def test_a_populated_database_keeps_what_it_holds(engine: Engine, revision: str) -> None:
    migrations.upgrade(engine, revision)
    with engine.begin() as connection:
        connection.execute(
            insert(tables.depot),
            [{"depot_id": "d", "name": "D", "lat": 60.0, "lon": 24.0, "opening_hours": ""}],
        )
    migrations.upgrade(engine)
    assert [depot.name for depot in Store(engine).depots()] == ["D"]


def test_upgrading_twice_changes_nothing(engine: Engine) -> None:
    migrations.upgrade(engine)
    migrations.upgrade(engine)
    assert Store(engine).depots() == ()


def test_processes_that_start_at_once_take_turns(any_url: str) -> None:
    with ThreadPoolExecutor(4) as pool:
        stores = list(pool.map(lambda _: open_store(StoreSettings(url=any_url)), range(4)))
    for store in stores:
        assert store.depots() == ()
        store.close()
