"""The databases of the fault tests: each can be made to stand still, and its disk can be full."""

from __future__ import annotations

import os
import signal
import sqlite3
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager, suppress
from pathlib import Path
from typing import Protocol

import pytest

from tests.collector_fixtures import opened, stock
from tests.postgres import Postgres, a_postgres
from tournee.store import Store

DISK_MB = {"sqlite": 16, "postgresql": 160}


class Base(Protocol):
    """A database that knows the bins a to h."""

    url: str
    town: Store

    def away(self, how: signal.Signals = signal.SIGINT) -> None:
        """Make it stand still: locked, or gone."""
        ...

    def back(self) -> None:
        """Let it work again; nothing where it does."""
        ...


class Lite:
    """SQLite; away is locked by another program."""

    def __init__(self, folder: Path, town: Store) -> None:
        self.url, self.town = f"sqlite:///{folder}/town.db", town
        self._file = folder / "town.db"
        self._other: sqlite3.Connection | None = None

    def away(self, how: signal.Signals = signal.SIGINT) -> None:  # noqa: ARG002 - a lock is a lock
        """Hold the lock."""
        self._other = sqlite3.connect(self._file, isolation_level=None, check_same_thread=False)
        self._other.execute("BEGIN IMMEDIATE")

    def back(self) -> None:
        """Let go of the lock."""
        if self._other is not None:
            self._other.close()
            self._other = None


class Big:
    """PostgreSQL with commits that reach the disk; away is stopped, or crashed."""

    def __init__(self, server: Postgres, url: str, town: Store) -> None:
        self.url, self.town, self._server = url, town, server

    def away(self, how: signal.Signals = signal.SIGINT) -> None:
        """End the server."""
        self._server.stop(how)

    def back(self) -> None:
        """Start the server, where it has ended."""
        self._server.ensure_running()


@contextmanager
def a_base(kind: str, folder: Path, disk: Path | None = None) -> Iterator[Base]:
    """Make a database, on a disk where one is given; skip, or on CI fail, where the machine has none of this kind."""
    with ExitStack() as stack:
        if kind == "sqlite":
            place = disk or folder
            yield Lite(place, stock(stack.enter_context(opened(f"sqlite:///{place}/town.db"))))
        else:
            server = stack.enter_context(a_postgres(durable=True, on=disk))
            url = server.new_database()
            yield Big(server, url, stock(stack.enter_context(opened(url))))


@contextmanager
def a_small_disk(megabytes: int) -> Iterator[Path]:
    """Mount a disk of its own that is soon full; only root may."""
    # Not in pytest's own folder: that is for its owner's eyes only, and PostgreSQL may run as another user.
    with tempfile.TemporaryDirectory(prefix="tournee-disk-") as name:
        Path(name).chmod(0o755)
        mounting = ["mount", "-t", "tmpfs", "-o", f"size={megabytes}m,mode=777", "tmpfs", name]
        if os.geteuid() or subprocess.run(mounting, check=False, capture_output=True).returncode:
            pytest.skip("a disk of a few megabytes can only be mounted by root")
        try:
            yield Path(name)
        finally:
            subprocess.run(["umount", "--lazy", name], check=True)


@contextmanager
def filled(disk: Path) -> Iterator[None]:
    """Fill a disk to the brim, for as long as the block lasts."""
    ballast = disk / "ballast"
    try:
        with (
            suppress(OSError),
            ballast.open("wb", buffering=0) as file,
        ):  # "No space left on device" is the aim
            while True:
                file.write(bytes(65_536))
        yield
    finally:
        ballast.unlink()
