"""Independent pieces of work, side by side: on this machine's processes, or one after the other.

The answers come in the order of the jobs, so the number of processes changes how long it takes and nothing else.
"""

from __future__ import annotations

import multiprocessing
import os
import signal
from collections.abc import Callable, Sequence
from concurrent.futures import ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from threading import Thread
from types import TracebackType
from typing import Self

from tournee.errors import Unavailable


class Crew:
    """Processes that wait for work, to be used in a `with`; they end with it, and with this process.

    Parameters
    ----------
    processes
        At most so many at once; 1 works here, without any process.
    """

    def __init__(self, processes: int = 1) -> None:
        self.processes = max(processes, 1)
        self._pool: ProcessPoolExecutor | None = None

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._pool is not None:
            self._pool.shutdown(cancel_futures=True)

    def run_all[J, R](self, work: Callable[[J], R], jobs: Sequence[J]) -> list[R]:
        """Return what `work` makes of each job, in the order of the jobs.

        `work` is a function of a module, and jobs and answers can be pickled: they travel between processes.

        Raises
        ------
        Unavailable
            A process was killed, by the system for its memory as a rule; safe to try again.
        """
        if self.processes == 1 or len(jobs) <= 1:
            return [work(job) for job in jobs]
        try:
            return list(self._started().map(work, jobs))
        except BrokenProcessPool as error:
            raise Unavailable(
                "A process that routes bins was killed: give the worker more memory, or lower solver.processes."
            ) from error

    def _started(self) -> ProcessPoolExecutor:
        if self._pool is None:
            # Spawned, not forked: a fork of a process with threads can hang, and the worker has some.
            spawn = multiprocessing.get_context("spawn")
            self._pool = ProcessPoolExecutor(self.processes, spawn, initializer=_obey_the_parent)
        return self._pool


def _obey_the_parent() -> None:
    """Leave Ctrl-C to the parent, and end with it: a parent that is killed can't tell its children to stop."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # not SIGTERM too: that is how the pool ends us
    Thread(target=_end_with_parent, daemon=True).start()


def _end_with_parent() -> None:
    parent = multiprocessing.parent_process()
    if parent is not None:
        parent.join()
        os._exit(1)
