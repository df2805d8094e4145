"""The parts as an operator runs them: one process each, stopped by SIGTERM, their words in a log file."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from threading import Event
from types import FrameType
from typing import Self

from tournee.errors import TourneeError, Unavailable

STOP_S = 20.0
LOG_TAIL = 12


@contextmanager
def stopping_on_signals() -> Iterator[Event]:
    """Yield an event that SIGINT and SIGTERM set: whoever waits for it ends in order."""
    stop = Event()

    def ask(_number: int, _frame: FrameType | None) -> None:
        stop.set()

    before = {number: signal.signal(number, ask) for number in (signal.SIGINT, signal.SIGTERM)}
    try:
        yield stop
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


class Part:
    """One part of Tournée in its own process."""

    def __init__(self, command: str, environ: Mapping[str, str], log_dir: Path) -> None:
        self.command = command
        self.log_path = log_dir / f"{command}.log"
        log_dir.mkdir(parents=True, exist_ok=True)
        with self.log_path.open("wb") as log:
            # Its own session: a Ctrl-C at the terminal reaches us alone, and we stop the parts in order.
            self._process = subprocess.Popen(  # noqa: S603 - this very program
                [sys.executable, "-m", "tournee", command],
                env={**os.environ, **environ},
                stdout=log,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )

    def check(self) -> None:
        """Raise a sentence with the last words of a part that has ended by itself."""
        if (code := self._process.poll()) is None:
            return
        words = self.log_path.read_text(encoding="utf-8", errors="replace").splitlines()[-LOG_TAIL:]
        message = f"`tournee {self.command}` ended with code {code}:\n" + "\n".join(words)
        raise Unavailable(message)

    def stop(self) -> None:
        """Ask it to end, and see that it does."""
        self._process.terminate()
        try:
            self._process.wait(STOP_S)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()


class Parts:
    """The parts of a demo, started together and stopped in the opposite order."""

    def __init__(self, commands: tuple[str, ...], environ: Mapping[str, str], log_dir: Path) -> None:
        self._commands, self._environ, self._log_dir = commands, environ, log_dir
        self._running: list[Part] = []

    def __enter__(self) -> Self:
        for command in self._commands:
            self._running.append(Part(command, self._environ, self._log_dir))
        return self

    def __exit__(self, *_: object) -> None:
        for part in reversed(self._running):
            part.stop()

    def check(self) -> None:
        """Raise `Unavailable` where a part has ended by itself."""
        for part in self._running:
            part.check()


class Interrupted(TourneeError):
    """A person asked us to stop while we waited."""

    def __init__(self) -> None:
        super().__init__("stopped.")
