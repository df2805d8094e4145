"""How PyVRP is asked to propose."""

from __future__ import annotations

from datetime import time
from typing import Any

import pytest
import pyvrp

from optimizer.solver import solve
from optimizer.solver.propose import Quest, propose
from optimizer.solver.work import Span
from tests.towns import Town, town
from tournee.domain import Break, Shift
from tournee.settings import SolverSettings


@pytest.mark.parametrize(
    ("iterations", "most", "looks_back"),
    [(100, 150, 7), (2_000, 150, 50), (10**9, 150, 150), (10**9, 50, 50)],
)
def test_a_short_search_looks_back_less_far(
    small_town: Town, iterations: int, most: int, looks_back: int
) -> None:
    quest = Quest(small_town.problem, 1, iterations, Span(1.0), looks_back_most=most)
    assert quest.looks_back == looks_back


@pytest.fixture
def asked(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """How far each search of PyVRP is asked to look back."""
    solve_for_real = pyvrp.solve
    asked: list[int] = []

    def listened_to(*args: Any, **options: Any) -> pyvrp.Result:
        asked.append(options["params"].ils.history_length)
        return solve_for_real(*args, **options)

    monkeypatch.setattr(pyvrp, "solve", listened_to)
    return asked


def test_pyvrp_looks_back_as_far_as_the_quest_says(small_town: Town, asked: list[int]) -> None:
    propose(Quest(small_town.problem, 1, 400, Span(60.0)))
    assert set(asked) == {10}


@pytest.mark.parametrize(
    ("breaks", "looks_back"),
    [((), 150), ((Break(time(6, 10), time(6, 40), 600),), 300)],
    ids=["told", "untold"],
)
def test_a_search_that_is_not_told_of_breaks_looks_about_more(
    breaks: tuple[Break, ...], looks_back: int, asked: list[int]
) -> None:
    somewhere = town("D--a--b--c--F", shift=Shift(time(6), time(14), breaks))
    budget = SolverSettings(max_iterations=10**6, max_solutions=10, max_seconds=60, proposals=1, processes=1)
    assert not solve(somewhere.problem, budget).unserved
    assert set(asked) == {looks_back}
