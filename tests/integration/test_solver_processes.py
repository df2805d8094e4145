"""Routes proposed, reworked and finished by real processes."""

from __future__ import annotations

import pytest

from optimizer.solver import solve
from tests.solver_fixtures import MANY, PATHS, QUICK, take_path


@pytest.mark.parametrize("path", PATHS)
def test_the_number_of_processes_changes_nothing(monkeypatch: pytest.MonkeyPatch, path: str) -> None:
    take_path(monkeypatch, path)
    budget = QUICK.model_copy(update={"max_iterations": 60, "proposals": 3})
    one, two = (solve(MANY, budget.model_copy(update={"processes": n}), seed=1) for n in (1, 2))
    assert one == two
