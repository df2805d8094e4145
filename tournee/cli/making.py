"""A plan in the making at the command line: a line that says how far it is, and Ctrl-C that takes the best so far."""

from __future__ import annotations

import signal
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from threading import Event
from time import monotonic
from types import FrameType

from rich.console import Console
from rich.markup import escape

from optimizer.watching import Watch
from tournee.domain import PlanPhase, Progress

LINE_EVERY_S = 10.0
"""Where a line can't be rewritten, one comes with each phase, and this often in a long one."""

WORDS = {
    PlanPhase.HISTORY: "reading history",
    PlanPhase.FORECAST: "forecasting",
    PlanPhase.ROADS: "measuring the ways",
    PlanPhase.PROPOSING: "routing",
    PlanPhase.REWORKING: "routing, neighboring rounds together",
    PlanPhase.RECOMBINING: "routing, the best rounds of all together",
    PlanPhase.FINISHING: "routing with every rule",
    PlanPhase.USUAL: "keeping near to known rounds",
    PlanPhase.CHANGING: "routing what is left of the day",
    PlanPhase.CHECKING: "checking and explaining",
}


def line_of(progress: Progress) -> str:
    """Return how far a plan is: `routing: best 412.30 EUR, 40%`."""
    figures = []
    if progress.best_cost_eur is not None:
        figures.append(f"best {progress.best_cost_eur:,.2f} EUR")
    if progress.share is not None:
        figures.append(f"{progress.share:.0%}")
    return ": ".join(filter(None, [WORDS.get(progress.phase, progress.phase), ", ".join(figures)]))


@contextmanager
def telling(console: Console, clock: Callable[[], float] = monotonic) -> Iterator[Callable[[Progress], None]]:
    """Yield what shows progress: one line on a terminal, rewritten; elsewhere a line now and then."""
    if console.is_terminal:
        with console.status("") as status:
            yield lambda progress: status.update(escape(line_of(progress)))
        return
    last: tuple[PlanPhase | None, float] = None, 0.0

    def tell(progress: Progress) -> None:
        nonlocal last
        phase, said_s = last
        if progress.phase is not phase or clock() >= said_s + LINE_EVERY_S:
            console.print(line_of(progress), markup=False, highlight=False)
            last = progress.phase, clock()

    yield tell


@contextmanager
def taking_best_on_interrupt(console: Console) -> Iterator[Event]:
    """Yield an event that the first Ctrl-C sets; a second one ends as ever."""
    enough = Event()

    def ask(_number: int, _frame: FrameType | None) -> None:
        signal.signal(signal.SIGINT, before)
        enough.set()
        console.print("Taking the best plan so far. Ctrl-C again ends without one.", highlight=False)

    before = signal.signal(signal.SIGINT, ask)
    try:
        yield enough
    finally:
        signal.signal(signal.SIGINT, before)


@contextmanager
def watching(console: Console) -> Iterator[Watch]:
    """Yield the watch of a person who sees how far it is, and may take the best so far."""
    with taking_best_on_interrupt(console) as enough, telling(console) as tell:
        yield Watch(tell, enough.is_set)
