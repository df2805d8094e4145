"""The solver in tests: as little effort as still finds what the smallest towns have to show, and each of its paths."""

from __future__ import annotations

import pytest

from tests.towns import town
from tournee.settings import SolverSettings

QUICK = SolverSettings(max_iterations=200, max_solutions=50, max_seconds=60, proposals=1, processes=1)
"""One short proposal and a short finish, in this process; the seconds are never what ends them."""

ENDLESS = QUICK.model_copy(update={"max_iterations": 10**9, "max_solutions": 10**9})
"""Nothing but its 60 seconds ends it: for what must be ended from outside."""

MANY = town("D-a-b-c-d-e\n-f-g-h-i-j\n---F-k-l-m", truck="2 bins", trucks=4).problem
"""Thirteen bins, which `take_path` makes the recipe take for a city."""

PATHS = {
    "whole": {"UNDIVIDED": 100, "WHOLE": 100},
    "parts": {"UNDIVIDED": 4, "WHOLE": 100},
    "slices": {"UNDIVIDED": 4, "WHOLE": 6},
}


def take_path(monkeypatch: pytest.MonkeyPatch, path: str) -> None:
    """Let the recipe solve a few bins whole, by parts, or beginning with slices, as it does hundreds and thousands."""
    for name, value in {"SMALL": 4, "SLICE": 7, "PART": 5, **PATHS[path]}.items():
        monkeypatch.setattr(f"optimizer.solver.{name}", value)
