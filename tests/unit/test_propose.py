"""How PyVRP is asked to propose."""

from __future__ import annotations

import pytest

from optimizer.solver.propose import Quest
from optimizer.solver.work import Span
from tests.towns import Town


@pytest.mark.parametrize(
    ("iterations", "most", "looks_back"),
    [(100, 150, 7), (6_500, 150, 50), (10**9, 150, 150), (10**9, 50, 50)],
)
def test_a_short_search_looks_back_less_far(
    small_town: Town, iterations: int, most: int, looks_back: int
) -> None:
    quest = Quest(small_town.problem, 1, iterations, Span(1.0), looks_back_most=most)
    assert quest.looks_back == looks_back
