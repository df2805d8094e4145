"""Every database that ever existed can be brought to today's tables, with what it holds."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from sqlalchemy import Engine, insert

from tournee import migrations, tables
from tournee.store import Store
from tournee.store.database import open_engine


@pytest.fixture
def engine(tmp_path: Path) -> Iterator[Engine]:
    """A database file that does not exist yet."""
    opened = open_engine(f"sqlite:///{tmp_path}/old.db", busy_timeout_s=5)
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
