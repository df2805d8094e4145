"""The steps themselves, as Alembic walks them."""

from __future__ import annotations

from pathlib import Path

from alembic import command
from alembic.config import Config
from alembic.script import ScriptDirectory
from sqlalchemy import Connection


def walk(connection: Connection, to: str) -> None:
    """Bring a database to a revision within the transaction that is open."""
    config = alembic_config()
    config.attributes["connection"] = connection
    command.upgrade(config, to)


def revisions() -> list[str]:
    """Return every revision, oldest first."""
    scripts = ScriptDirectory.from_config(alembic_config()).walk_revisions()
    return [script.revision for script in scripts][::-1]


def alembic_config() -> Config:
    """Return the settings of Alembic: our scripts live inside the package, so they ship with it."""
    config = Config()
    config.set_main_option("script_location", str(Path(__file__).parent))
    return config
