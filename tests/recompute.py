"""Reasons, worked out again from a plan alone: every place of every truck tried by brute force."""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

from optimizer.insertion import is_sound
from optimizer.problem import EUR, Problem
from optimizer.solution import Step, Steps, Tour
from optimizer.touring import tour_of
from tournee.domain import StopKind
from tournee.timeline import Moment


class Tried(NamedTuple):
    """A bin put somewhere: what it costs more, and whether every rule is kept."""

    tour: Tour
    extra: int
    is_sound: bool


def steps_of_moments(problem: Problem, moments: tuple[Moment, ...]) -> Steps:
    """Return what a schedule does, read from its ids."""
    tasks = {task.bin_id: number for number, task in enumerate(problem.tasks)}
    sites = {site.facility_id: number for number, site in enumerate(problem.sites)}
    return tuple(
        Step(tasks[m.ref]) if m.kind is StopKind.SERVICE else Step(sites[m.ref], is_unloading=True)
        for m in moments
        if m.kind in {StopKind.SERVICE, StopKind.UNLOADING}
    )


def every_place(problem: Problem, tour: Tour, task: int) -> Iterator[Tried]:
    """Yield a bin at every position of a tour, and as a trip of its own before and after each trip."""
    steps = tour.steps
    for at in range(len(steps) + 1):
        ways: list[Steps] = [(Step(task),)]
        for site in range(len(problem.sites)):
            unload = Step(site, is_unloading=True)
            if at == 0 or at == len(steps) or steps[at - 1].is_unloading:
                ways += [(Step(task), unload)]
            if at == len(steps):
                ways += [(unload, Step(task))]
        for way in ways:
            tried = tour_of(problem, tour.truck, (*steps[:at], *way, *steps[at:]))
            fits = is_sound(problem, tour.truck, tried.steps)
            ends = problem.must_end_empty and not tried.steps[-1].is_unloading
            yield Tried(tried, tried.cost - tour.cost, fits and not ends)


def figures(less: Tour, more: Tour) -> tuple[float, float]:
    """Return euros and kilometres between two tours, added up moment by moment."""
    metres = sum(m.distance_m for m in more.moments) - sum(m.distance_m for m in less.moments)
    return (more.cost - less.cost) / EUR, metres / 1_000
