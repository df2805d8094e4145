"""How the tables came to be as they are, step by step (Alembic)."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

from alembic import command
from alembic.config import Config
from alembic.script import ScriptDirectory
from sqlalchemy import Engine, text
from sqlalchemy.exc import DBAPIError

from tournee.errors import StoreUnavailable

UPGRADE_LOCK = 7_262_033  # any number of our own; the same in every process
DAY_OF_READINGS = re.compile(r"reading_\d{8}")


def upgrade(engine: Engine, to: str = "head") -> None:
    """Bring a database to a revision, the newest unless told otherwise; what it holds is kept."""
    config = alembic_config()
    try:
        # Two processes may start at once: the second waits for the lock and finds nothing left to do.
        with engine.connect().execution_options(tournee_writes=True) as connection, connection.begin():
            if connection.dialect.name == "postgresql":
                connection.execute(text(f"SELECT pg_advisory_xact_lock({UPGRADE_LOCK})"))
            config.attributes["connection"] = connection
            command.upgrade(config, to)
    except DBAPIError as failure:
        message = f"The database did not answer: {failure.orig}."
        raise StoreUnavailable(message) from failure


def revisions() -> list[str]:
    """Return every revision, oldest first."""
    scripts = ScriptDirectory.from_config(alembic_config()).walk_revisions()
    return [script.revision for script in scripts][::-1]


def alembic_config() -> Config:
    """Return the settings of Alembic: our scripts live inside the package, so they ship with it."""
    config = Config()
    config.set_main_option("script_location", str(Path(__file__).parent))
    return config


def is_described(name: str | None, kind: str, _parents: Any) -> bool:
    """Tell whether the code should describe a table: a day of `reading` is a part of it, made as readings come."""
    return kind != "table" or name is None or DAY_OF_READINGS.fullmatch(name) is None
