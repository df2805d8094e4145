"""Work side by side: the same answers in the same order, however many processes."""

from __future__ import annotations

import os
import signal

import pytest

from optimizer.executor import Crew
from tournee.errors import Unavailable


def squared(number: int) -> int:
    return number * number


def where(_: int) -> int:
    return os.getpid()


def killed(number: int) -> int:
    """Return a number, unless the system needs the memory."""
    if number == 1:
        os.kill(os.getpid(), signal.SIGKILL)
    return number


@pytest.mark.parametrize("processes", [0, 1, 2])
def test_answers_come_in_the_order_of_the_jobs(processes: int) -> None:
    with Crew(processes) as crew:
        assert crew.run_all(squared, range(7)) == [0, 1, 4, 9, 16, 25, 36]
        assert crew.run_all(squared, []) == []


def test_one_job_needs_no_process_and_several_have_their_own() -> None:
    with Crew(2) as crew:
        assert crew.run_all(where, [1]) == [os.getpid()]
        assert os.getpid() not in crew.run_all(where, [1, 2])


def test_a_killed_process_is_no_traceback_but_something_to_try_again() -> None:
    with Crew(2) as crew, pytest.raises(Unavailable, match=r"solver\.processes"):
        crew.run_all(killed, [0, 1, 2])
