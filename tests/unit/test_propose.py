"""How PyVRP is asked to propose."""

from __future__ import annotations

from typing import Any

import pytest
import pyvrp

from optimizer.solver.propose import Quest, propose
from optimizer.solver.work import Span
from tests.towns import Town


@pytest.mark.parametrize(
    ("iterations", "most", "looks_back"),
    [(100, 150, 7), (2_000, 150, 50), (10**9, 150, 150), (10**9, 50, 50)],
)
def test_a_short_search_looks_back_less_far(
    small_town: Town, iterations: int, most: int, looks_back: int
) -> None:
    quest = Quest(small_town.problem, 1, iterations, Span(1.0), looks_back_most=most)
    assert quest.looks_back == looks_back


def test_pyvrp_looks_back_as_far_as_the_quest_says(small_town: Town, monkeypatch: pytest.MonkeyPatch) -> None:
    solve = pyvrp.solve
    asked: list[int] = []

    def listened_to(*args: Any, **options: Any) -> pyvrp.Result:
        asked.append(options["params"].ils.history_length)
        return solve(*args, **options)

    monkeypatch.setattr(pyvrp, "solve", listened_to)
    propose(Quest(small_town.problem, 1, 400, Span(60.0)))
    assert set(asked) == {10}
