"""What the routing model answers -> steps per truck."""

from __future__ import annotations

from typing import Any

from optimizer.solution import Steps
from optimizer.solver.nodes import Model


def steps_of(model: Model, assignment: Any) -> list[Steps]:
    """Return the steps of each truck; one that only "unloads" stays home."""
    return [_tour(model, assignment, number) for number in range(len(model.problem.trucks))]


def _tour(model: Model, assignment: Any, number: int) -> Steps:
    steps = []
    index = assignment.Value(model.routing.NextVar(model.routing.Start(number)))
    while not model.routing.IsEnd(index):
        steps.append(model.step(model.manager.IndexToNode(index)))
        index = assignment.Value(model.routing.NextVar(index))
    return tuple(steps) if any(not step.is_unloading for step in steps) else ()
