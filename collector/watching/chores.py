"""Things that one process does again and again, each in a thread of its own: a slow one keeps no other waiting."""

from __future__ import annotations

import logging
from collections.abc import Callable, Sequence
from concurrent.futures import FIRST_COMPLETED, ThreadPoolExecutor, wait
from dataclasses import dataclass
from threading import Event

from tournee.errors import TourneeError

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Chore:
    """Something to do again and again.

    Parameters
    ----------
    every_s
        Pause between its end and its next start.
    run
        Does it once. What it can't do now (`TourneeError`) is said in the log, and tried again after the pause.
    """

    name: str
    every_s: float
    run: Callable[[], object]


def run_chores(chores: Sequence[Chore], stop: Event) -> None:
    """Do each chore at once and then again and again, until `stop`; a mistake in one ends all, and is raised."""
    with ThreadPoolExecutor(len(chores), thread_name_prefix="chore") as pool:
        running = [pool.submit(_repeat, chore, stop) for chore in chores]
        wait(running, return_when=FIRST_COMPLETED)
        stop.set()
    for chore in running:
        chore.result()


def _repeat(chore: Chore, stop: Event) -> None:
    said = ""
    while not stop.is_set():
        try:
            chore.run()
        except TourneeError as failure:
            # Once, and not every ten seconds of a night.
            if str(failure) != said:
                log.warning("%s: %s It is tried again every %g s.", chore.name, failure, chore.every_s)
            said = str(failure)
        else:
            if said:
                log.warning("%s: well again.", chore.name)
            said = ""
        stop.wait(chore.every_s)
