"""Looking on while a plan is made: it is told how far it is, and may be ended, and is sound even so."""

from __future__ import annotations

import pytest

from optimizer.insertion import Insertions
from optimizer.solver import solve
from optimizer.solver.recombine import recombine
from optimizer.touring import solution_of, tour_of
from optimizer.verify import verify
from optimizer.watching import JobWatch, Watch
from tests.hand_made import hand_made
from tests.solver_fixtures import ENDLESS, MANY, PATHS, QUICK, take_path
from tournee.domain import PlanPhase, Progress

ORDER = [PlanPhase.PROPOSING, PlanPhase.REWORKING, PlanPhase.RECOMBINING, PlanPhase.FINISHING]


class Onlooker:
    """Remembers what it is told, and has enough once it is told of a phase."""

    def __init__(self, enough_at: PlanPhase | None = None) -> None:
        self.told: list[Progress] = []
        self.enough_at = enough_at
        self.watch = Watch(self.told.append, self.is_enough)

    def is_enough(self) -> bool:
        return self.enough_at in self.phases()

    def phases(self) -> list[PlanPhase]:
        return list(dict.fromkeys(one.phase for one in self.told))


@pytest.mark.parametrize("path", PATHS)
def test_same_seed_same_plan_though_somebody_looks_on_and_is_told_of_every_phase(
    monkeypatch: pytest.MonkeyPatch, path: str
) -> None:
    take_path(monkeypatch, path)
    onlooker = Onlooker()
    solution = solve(MANY, QUICK, seed=1, watch=onlooker.watch)
    assert solution == solve(MANY, QUICK, seed=1)
    assert verify(MANY, solution) == ()
    assert solution.unserved == ()
    assert onlooker.phases() == [phase for phase in ORDER if phase != "reworking" or path != "whole"]
    shares = [one.share or 0.0 for one in onlooker.told]
    assert shares == sorted(shares)
    assert shares[-1] == 1.0
    costs = [one.best_cost_eur for one in onlooker.told if one.best_cost_eur is not None]
    assert costs == sorted(costs, reverse=True)
    assert costs[-1] >= solution.cost / 10_000


@pytest.mark.parametrize("phase", ORDER)
def test_what_is_ended_keeps_every_rule_and_what_comes_next_is_left_out(
    monkeypatch: pytest.MonkeyPatch, phase: PlanPhase
) -> None:
    take_path(monkeypatch, "parts")
    onlooker = Onlooker(enough_at=phase)
    budget = ENDLESS if phase in {"proposing", "finishing"} else QUICK
    if phase == "finishing":
        budget = budget.model_copy(update={"max_iterations": QUICK.max_iterations})
    solution = solve(MANY, budget, seed=1, watch=onlooker.watch)
    assert verify(MANY, solution) == ()
    assert solution.unserved == ()
    assert onlooker.phases() == ORDER[: ORDER.index(phase) + 1]
    assert solution.notes["ended"].startswith("by a person, after ")


def test_a_combination_that_nobody_waits_for_is_the_known_one_or_none() -> None:
    known = hand_made(Insertions(MANY), 0)
    combined = recombine(MANY, [], [tour.steps for tour in known], is_enough=lambda: True)
    if combined is not None:
        made = [tour_of(MANY, truck, steps) for truck, steps in enumerate(combined)]
        assert solution_of(MANY, made).cost == solution_of(MANY, known).cost


def test_a_job_is_asked_and_tells_only_now_and_then(monkeypatch: pytest.MonkeyPatch) -> None:
    clock = [0.0]
    monkeypatch.setattr("optimizer.watching.monotonic", lambda: clock[0])
    asked: list[float] = []
    heard: list[tuple[float, int | None]] = []

    def is_enough() -> bool:
        asked.append(clock[0])
        return clock[0] > 0.3

    watch = JobWatch(lambda *news: heard.append(news), is_enough)
    for step in range(100):
        clock[0] = step / 100
        if watch.is_enough():
            break
        if watch.is_due():
            watch.tell(step / 50)
    assert len(asked) <= 5, "every tenth of a second, not at every step"
    assert clock[0] < 0.45
    assert heard == []
    clock[0] = 2.0
    assert watch.is_due()
    watch.tell(1.2, 7)
    assert heard == [(1.0, 7)]
    assert watch.is_enough(), "what was enough stays enough"
