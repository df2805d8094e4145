"""Work side by side: the same answers in the same order, however many processes."""

from __future__ import annotations

import os
import signal
from collections.abc import Iterator

import pytest

from optimizer.executor import Crew, News
from optimizer.watching import JobWatch
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


def endless(number: int, watch: JobWatch) -> int:
    """Return a number, once that is enough."""
    watch.tell(0.5, number)
    while not watch.is_enough():
        pass
    return number


@pytest.fixture(scope="module")
def pair() -> Iterator[Crew]:
    """Two processes, once they are needed."""
    with Crew(2) as crew:
        yield crew


def test_answers_come_in_the_order_of_the_jobs(pair: Crew) -> None:
    for crew in (Crew(0), Crew(1), pair):
        assert crew.run_all(squared, range(7)) == [0, 1, 4, 9, 16, 25, 36]
        assert crew.run_all(squared, []) == []


def test_one_job_needs_no_process_and_several_have_their_own(pair: Crew) -> None:
    assert pair.run_all(where, [1]) == [os.getpid()]
    assert os.getpid() not in pair.run_all(where, [1, 2])


def test_a_killed_process_is_no_traceback_but_something_to_try_again() -> None:
    with Crew(2) as crew, pytest.raises(Unavailable, match=r"solver\.processes"):
        crew.run_all(killed, [0, 1, 2])


@pytest.mark.parametrize("processes", [1, 2])
def test_work_is_heard_of_and_ends_where_that_is_enough(processes: int) -> None:
    heard: list[News] = []
    with Crew(processes, is_enough=lambda: bool(heard)) as crew:
        assert crew.run_watched(endless, [4, 5], heard.append) == [4, 5]
    assert sorted(heard) == [(0, 0.5, 4), (1, 0.5, 5)]


def test_an_error_does_not_wait_for_the_others() -> None:
    with Crew(2) as crew, pytest.raises(ZeroDivisionError):
        crew.run_watched(one_fails, [1, 0])


def one_fails(number: int, watch: JobWatch) -> float:
    return 1 / number if not number else endless(number, watch)
