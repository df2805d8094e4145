"""Independent pieces of work, side by side: on this machine's processes, or one after the other.

The answers come in the order of the jobs, so the number of processes changes how long it takes and nothing else.
"""

from __future__ import annotations

import multiprocessing
import os
import signal
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import FIRST_EXCEPTION, Future, ProcessPoolExecutor, wait
from concurrent.futures.process import BrokenProcessPool
from contextlib import contextmanager
from functools import partial
from multiprocessing.queues import SimpleQueue
from multiprocessing.synchronize import Event
from threading import Thread
from types import TracebackType
from typing import NamedTuple, Self

from optimizer.watching import PAUSE_S, Asked, JobWatch, never
from tournee.errors import Unavailable

SPAWN = multiprocessing.get_context("spawn")
"""Not forked: a fork of a process with threads can hang, and the worker has some."""


class News(NamedTuple):
    """How far one of several jobs is, 0..1, and what its best tours cost, where that is known."""

    job: int
    share: float
    cost: int | None


class Wires(NamedTuple):
    """What joins a process to the one that waits for it."""

    news: SimpleQueue[News]
    ended: Event


def ignore(_: News) -> None:
    """Hear nothing."""


class Crew:
    """Processes that wait for work, to be used in a `with`; they end with it, and with this process.

    Parameters
    ----------
    processes
        At most so many at once; 1 works here, without any process.
    is_enough
        Asked several times a second while work is done; once true, watched work ends early.
    """

    def __init__(self, processes: int = 1, is_enough: Asked = never) -> None:
        self.processes = max(processes, 1)
        self._is_enough = is_enough
        self._started: tuple[ProcessPoolExecutor, Wires] | None = None

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._started:
            pool, wires = self._started
            wires.ended.set()  # an error, or Ctrl-C, waits for nobody's search
            pool.shutdown(cancel_futures=True)
            wires.news.close()

    def run_all[J, R](self, work: Callable[[J], R], jobs: Sequence[J]) -> list[R]:
        """Return what `work` makes of each job, in the order of the jobs; nobody watches.

        `work` is a function of a module, and jobs and answers can be pickled: they travel between processes.

        Raises
        ------
        Unavailable
            A process was killed, by the system for its memory as a rule; safe to try again.
        """
        return self.run_watched(partial(_unwatched, work), jobs)

    def run_watched[J, R](
        self, work: Callable[[J, JobWatch], R], jobs: Sequence[J], hear: Callable[[News], None] = ignore
    ) -> list[R]:
        """Return the same for work that tells how far it is, and ends early where that is enough."""
        if self.processes == 1 or len(jobs) <= 1:
            watches = [_job_watch(number, hear, self._is_enough) for number in range(len(jobs))]
            return [_done(work, job, watch) for job, watch in zip(jobs, watches, strict=True)]
        pool, wires = self._start()
        try:
            with _deaf_to_interrupts():
                waiting = [pool.submit(_work, work, number, job) for number, job in enumerate(jobs)]
            self._wait(waiting, wires, hear)
            return [one.result() for one in waiting]
        except BrokenProcessPool as error:
            raise Unavailable(
                "A process that routes bins was killed: give the worker more memory, or lower solver.processes."
            ) from error

    def _wait[R](self, waiting: Sequence[Future[R]], wires: Wires, hear: Callable[[News], None]) -> None:
        """Return when all is done, or something failed; meanwhile carry news here and the wish to end there."""
        is_open = True
        while is_open:
            done = wait(waiting, timeout=PAUSE_S, return_when=FIRST_EXCEPTION)
            is_open = bool(done.not_done)
            for one in done.done:
                one.result()  # what failed is raised, and the others are waited for no longer
            while not wires.news.empty():
                hear(wires.news.get())
            if not wires.ended.is_set() and self._is_enough():
                wires.ended.set()

    def _start(self) -> tuple[ProcessPoolExecutor, Wires]:
        if not self._started:
            wires = Wires(SPAWN.SimpleQueue(), SPAWN.Event())
            self._started = ProcessPoolExecutor(self.processes, SPAWN, _begin, (wires,)), wires
        return self._started


def _job_watch(number: int, hear: Callable[[News], None], is_enough: Asked) -> JobWatch:
    return JobWatch(lambda share, cost: hear(News(number, share, cost)), is_enough)


def _unwatched[J, R](work: Callable[[J], R], job: J, _: JobWatch) -> R:
    return work(job)


_wires: list[Wires] = []
"""Those of this process, where it works for another: they can be handed over at its start only."""


def _begin(wires: Wires) -> None:
    _wires[:] = [wires]
    _obey_the_parent()


def _work[J, R](work: Callable[[J, JobWatch], R], number: int, job: J) -> R:
    (wires,) = _wires
    return _done(work, job, _job_watch(number, wires.news.put, wires.ended.is_set))


def _done[J, R](work: Callable[[J, JobWatch], R], job: J, watch: JobWatch) -> R:
    made = work(job, watch)
    if not watch.is_enough():
        watch.tell(1.0)
    return made


@contextmanager
def _deaf_to_interrupts() -> Iterator[None]:
    """Let processes that start here hear no Ctrl-C until they have learned to leave it to us."""
    before = signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT})
    try:
        yield
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)


def _obey_the_parent() -> None:
    """Leave Ctrl-C to the parent, and end with it: a parent that is killed can't tell its children to stop."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # not SIGTERM too: that is how the pool ends us
    Thread(target=_end_with_parent, daemon=True).start()


def _end_with_parent() -> None:
    parent = multiprocessing.parent_process()
    if parent is not None:
        parent.join()
        os._exit(1)
