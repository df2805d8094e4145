"""Routes proposed, reworked and finished by real processes."""

from __future__ import annotations

import pytest

from optimizer.solver import solve
from optimizer.verify import verify
from optimizer.watching import Watch
from tests.solver_fixtures import ENDLESS, MANY, PATHS, QUICK, take_path
from tournee.domain import Progress


@pytest.mark.parametrize("path", PATHS)
def test_the_number_of_processes_changes_nothing(monkeypatch: pytest.MonkeyPatch, path: str) -> None:
    take_path(monkeypatch, path)
    budget = QUICK.model_copy(update={"max_iterations": 60, "proposals": 3})
    one, two = (solve(MANY, budget.model_copy(update={"processes": n}), seed=1) for n in (1, 2))
    assert one == two


@pytest.mark.parametrize("path", PATHS)
def test_processes_tell_how_far_they_are_and_end_when_that_is_enough(
    monkeypatch: pytest.MonkeyPatch, path: str
) -> None:
    take_path(monkeypatch, path)
    told: list[Progress] = []
    watch = Watch(told.append, lambda: bool(told) and (told[-1].share or 0.0) > 0.0)
    budget = ENDLESS.model_copy(update={"processes": 2, "proposals": 2})
    solution = solve(MANY, budget, seed=1, watch=watch)
    assert verify(MANY, solution) == ()
    assert "ended" in solution.notes, "what a process told ended it"
    assert {one.phase for one in told} == {"proposing"}
