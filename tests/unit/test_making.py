"""How far a plan is, at the command line, and what Ctrl-C does."""

from __future__ import annotations

import signal
from collections.abc import Iterator
from io import StringIO

import pytest
from rich.console import Console

from tournee.cli.making import WORDS, line_of, taking_best_on_interrupt, telling
from tournee.domain import PlanPhase, Progress

FORTY = Progress(PlanPhase.PROPOSING, 0.4, 1_412.3)


def test_a_line_says_what_is_done_how_far_and_what_the_best_costs() -> None:
    assert line_of(FORTY) == "routing: best 1,412.30 EUR, 40%"
    assert line_of(Progress(PlanPhase.HISTORY)) == "reading history"
    assert line_of(Progress(PlanPhase.ROADS, 0.05)) == "measuring the ways: 5%"


def test_every_phase_of_a_plan_has_its_words() -> None:
    assert set(WORDS) == set(PlanPhase) - {PlanPhase.TAKEN, PlanPhase.REQUEUED}


def test_where_no_line_can_be_rewritten_one_comes_now_and_then() -> None:
    said, now = StringIO(), [0.0]
    with telling(Console(file=said), clock=lambda: now[0]) as tell:
        for second in range(21):
            now[0] = second
            tell(Progress(PlanPhase.PROPOSING, second / 100))
        tell(Progress(PlanPhase.CHECKING))
    lines = ["routing: 0%", "routing: 10%", "routing: 20%", "checking and explaining"]
    assert said.getvalue().splitlines() == lines


def test_a_terminal_has_one_line_for_all(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TERM", "xterm")
    said = StringIO()
    with telling(Console(file=said, force_terminal=True, width=60)) as tell:
        tell(Progress(PlanPhase.HISTORY))
        tell(FORTY)
    assert "\x1b[2K" in said.getvalue(), "the line is wiped"
    assert said.getvalue().count("\n") <= 2


@pytest.fixture
def at_a_keyboard() -> Iterator[None]:
    """Ctrl-C that interrupts: for what a shell runs in the background it is switched off."""
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    yield
    signal.signal(signal.SIGINT, before)


def test_the_first_interrupt_asks_for_the_best_and_the_second_ends(at_a_keyboard: None) -> None:
    said = StringIO()
    with taking_best_on_interrupt(Console(file=said)) as enough:
        signal.raise_signal(signal.SIGINT)  # in this thread: another would let it wait
        assert enough.is_set()
        assert "Taking the best plan so far" in said.getvalue()
        with pytest.raises(KeyboardInterrupt):
            signal.raise_signal(signal.SIGINT)
    assert signal.getsignal(signal.SIGINT) is signal.default_int_handler
