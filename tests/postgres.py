"""A real PostgreSQL of the tests' own: on a loopback port, in a folder that goes away with it."""

from __future__ import annotations

import itertools
import os
import pwd
import shutil
import signal
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from threading import Event
from time import monotonic
from typing import Any

import psycopg
import pytest

from tournee.cli.broker import LOOPBACK, free_port
from tournee.settings import StoreSettings
from tournee.store import Store, open_store

DEBIAN = Path("/usr/lib/postgresql")
USER = "tournee"
EMPTY = "empty"  # a database with our tables and nothing in them, copied for each test
START_S = 30.0


def find_postgres() -> Path | None:
    """Return the folder with PostgreSQL's programs, the newest where there are several."""
    on_path = shutil.which("initdb")
    found = sorted(DEBIAN.glob("*/bin/initdb"), key=lambda path: int(path.parts[-3]))
    return Path(on_path).parent if on_path else found[-1].parent if found else None


class Postgres:
    """A server that can be stopped and started again.

    Parameters
    ----------
    durable
        Whether a commit waits for the disk, as in real life. Without it tests are quicker.
    """

    def __init__(self, folder: Path, programs: Path, *, durable: bool = False) -> None:
        self.port = free_port()
        self._data, self._programs, self._durable = folder / "data", programs, durable
        self._process: subprocess.Popen[bytes] | None = None
        self._numbers = itertools.count()
        self._identity: dict[str, Any] = {}
        if os.geteuid() == 0:  # which PostgreSQL refuses to run as
            postgres = pwd.getpwnam("postgres")
            os.chown(folder, postgres.pw_uid, postgres.pw_gid)
            self._identity = {"user": "postgres", "group": postgres.pw_gid, "extra_groups": []}
        making: list[str | Path] = [
            programs / "initdb",
            "-D",
            self._data,
            "-U",
            USER,
            "-A",
            "trust",
            "-N",
            "-E",
            "UTF8",
            "--locale=C",
        ]
        subprocess.run(making, check=True, stdout=subprocess.DEVNULL, cwd=folder, **self._identity)

    def start(self) -> None:
        """Start the server, and return when it answers."""
        said = {
            "listen_addresses": LOOPBACK,
            "port": self.port,
            "unix_socket_directories": "",
            "fsync": "on" if self._durable else "off",
        }
        options = [word for name, value in said.items() for word in ("-c", f"{name}={value}")]
        self._process = subprocess.Popen(
            [self._programs / "postgres", "-D", self._data, *options],
            cwd=self._data,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            **self._identity,
        )
        deadline, pause = monotonic() + START_S, Event()
        while not self._answers():
            assert monotonic() < deadline, "PostgreSQL did not start"
            pause.wait(0.05)

    def stop(self, how: signal.Signals = signal.SIGINT) -> None:
        """End the server and every connection; SIGQUIT is as good as a crash."""
        if self._process is not None:
            self._process.send_signal(how)
            self._process.wait(START_S)
            self._process = None

    def ensure_running(self) -> None:
        """Start the server where it has ended, by us or by itself."""
        if self._process is None or self._process.poll() is not None:
            self.start()

    def url(self, database: str) -> str:
        """Return the address of a database, as `store.url` wants it."""
        return f"postgresql://{USER}@{LOOPBACK}:{self.port}/{database}"

    def new_database(self, like: str = "template0") -> str:
        """Return the address of a new database."""
        name = f"town_{next(self._numbers)}"
        self.run(f"CREATE DATABASE {name} TEMPLATE {like}")
        return self.url(name)

    def run(self, statement: str, database: str = "postgres") -> list[Any]:
        """Run a statement of a test's own; return its rows."""
        with psycopg.connect(self.url(database), autocommit=True) as connection:
            cursor = connection.execute(statement.encode())
            return cursor.fetchall() if cursor.description else []

    def _answers(self) -> bool:
        try:
            self.run("SELECT 1")
        except psycopg.OperationalError:
            return False
        return True


@contextmanager
def a_postgres(*, durable: bool = False, on: Path | None = None) -> Iterator[Postgres]:
    """Run a server for as long as the block lasts, `on` a disk; skip where there is none, which on CI is a failure."""
    programs = find_postgres()
    if programs is None:
        leave = pytest.fail if os.environ.get("CI") == "true" else pytest.skip
        leave("PostgreSQL is not installed on this machine (Debian's package `postgresql`)")
    # Not in pytest's own folder: that is for its owner's eyes only, and the server may run as another user.
    with tempfile.TemporaryDirectory(prefix="tournee-postgres-", dir=on) as folder:
        server = Postgres(Path(folder), programs, durable=durable)
        try:
            server.start()
            yield server
        finally:
            server.stop()


@pytest.fixture(scope="session")
def postgres() -> Iterator[Postgres]:
    """One server for all tests of this process, with an empty store in it to copy."""
    with a_postgres() as server:
        server.run(f"CREATE DATABASE {EMPTY} TEMPLATE template0")
        open_store(StoreSettings(url=server.url(EMPTY))).close()
        yield server


@pytest.fixture(params=["sqlite", "postgresql"])
def any_url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """The address of a database with nothing in it, not even tables: on each kind there is."""
    if request.param == "sqlite":
        return f"sqlite:///{tmp_path}/town.db"
    server: Postgres = request.getfixturevalue("postgres")
    return server.new_database()


@pytest.fixture(params=["sqlite", "postgresql"])
def any_store(request: pytest.FixtureRequest) -> Iterator[Store]:
    """An empty store, on each kind of database there is."""
    if request.param == "sqlite":
        yield request.getfixturevalue("store")
        return
    server: Postgres = request.getfixturevalue("postgres")
    opened = open_store(StoreSettings(url=server.new_database(EMPTY)))
    yield opened
    opened.close()
