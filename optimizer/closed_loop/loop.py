"""The simulated days: choose, route, drive, measure. Every policy is routed by the recipe of real plans."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from time import process_time

import numpy as np

from optimizer.building import build_problem
from optimizer.closed_loop.contents import Contents, Spill
from optimizer.closed_loop.driving import DrivenTour, Service, drive_tour
from optimizer.closed_loop.known import Known, Sensing, Sensors
from optimizer.closed_loop.policy import Morning, Policy
from optimizer.closed_loop.scenario import Floats, Scenario
from optimizer.matrix import Matrix
from optimizer.problem import Problem
from optimizer.selection import Wanted
from optimizer.solution import Solution
from optimizer.solver import solve
from optimizer.verify import verify
from tournee.domain import Wish
from tournee.errors import InfeasibleProblem, NoPlanFound
from tournee.settings import SolverSettings


@dataclass(frozen=True, slots=True)
class Terms:
    """What every policy gets alike: the sensors and their errors, the seed, the solver's budget."""

    sensing: Sensing
    seed: int
    budget: SolverSettings


@dataclass(frozen=True, slots=True)
class Driven:
    """One day's rounds."""

    day: date
    metres: int
    seconds: int
    tours: int
    musts_left: int
    solver_s: float


@dataclass
class Diary:
    """What happened in a run, the days of warming up included."""

    driven: list[Driven] = field(default_factory=list)
    services: list[Service] = field(default_factory=list)
    spills: list[Spill] = field(default_factory=list)
    levels_at_start: Floats = field(default_factory=lambda: np.zeros(0))
    levels_at_end: Floats = field(default_factory=lambda: np.zeros(0))


type Report = Callable[[int, int], None]
"""Is told how many days have passed, and of how many."""


def quiet(done: int, total: int) -> None:
    """Report nothing."""


def live_through(scenario: Scenario, policy: Policy, terms: Terms, report: Report = quiet) -> Diary:
    """Return what happens if a policy chooses the bins every day; same scenario and terms, same diary.

    Raises
    ------
    NoPlanFound
        A day's rounds break a rule: the solver's fault, and no figure would be worth anything.
    """
    run = _Run(scenario, terms)
    for number, day in enumerate(scenario.days):
        run.measure_until(run.plan_s(day))
        if day == scenario.measured_from_at.date():
            run.diary.levels_at_start = run.contents.fill_levels(run.clock_s)
        if day.weekday() in scenario.weekdays:
            morning = Morning(scenario, day, run.clock_s, run.known, run.contents)
            run.drive(day, policy.choose(morning))
        report(number + 1, len(scenario.days))
    return run.ended()


class _Run:
    """The town in the middle of a run."""

    def __init__(self, scenario: Scenario, terms: Terms) -> None:
        self.scenario, self.terms = scenario, terms
        self.contents, self.known = Contents(scenario), Known(scenario)
        self.sensors = Sensors(scenario, terms.sensing, terms.seed)
        self.diary = Diary()
        self.clock_s = 0.0
        self._pending: dict[int, Service] = {}

    def plan_s(self, day: date) -> float:
        """Return when a day's rounds are planned: as its first shift begins."""
        first = min(vehicle.shift.start for vehicle in self.scenario.network.vehicles)
        return self.scenario.seconds(datetime.combine(day, first, tzinfo=self.scenario.start_at.tzinfo))

    def measure_until(self, moment_s: float) -> None:
        """Let time pass: people throw in, sensors speak, and crews empty what the last rounds led to."""
        for at in range(len(self.scenario.bins)):
            since_s = self.clock_s
            if service := self._pending.get(at):
                self.known.hear(at, self.sensors.read(self.contents, at, (since_s, service.at_s)))
                self._empty(service)
                since_s = service.at_s
            self.known.hear(at, self.sensors.read(self.contents, at, (since_s, moment_s)))
        self._pending.clear()
        self.clock_s = moment_s

    def drive(self, day: date, chosen: Sequence[Wanted]) -> None:
        """Route the bins that a policy wants, and set out."""
        began_s = process_time()
        problem = _problem(self.scenario, day, chosen)
        if problem is None:
            self.diary.driven.append(_driven(day, (), sum(one.is_must for one in chosen), 0.0))
            return
        solution = solve(problem, self.terms.budget, self.terms.seed)
        if violations := verify(problem, solution):
            raise NoPlanFound(f"{day}: {violations[0].detail}")
        solver_s = process_time() - began_s
        tours = [drive_tour(problem, tour, self.scenario, self.contents) for tour in solution.tours]
        self._pending = {service.bin: service for tour in tours for service in tour.services}
        self.diary.driven.append(_driven(day, tours, _musts_left(problem, solution), solver_s))

    def ended(self) -> Diary:
        """Return the diary, with the bins that are still over at the end."""
        end_s = self.scenario.seconds(self.scenario.end_at)
        self.measure_until(end_s)
        spills = [self.contents.spill(at, end_s) for at in range(len(self.scenario.bins))]
        self.diary.spills += [spill for spill in spills if spill]
        self.diary.levels_at_end = self.contents.fill_levels(end_s)
        return self.diary

    def _empty(self, service: Service) -> None:
        spill = self.contents.spill(service.bin, service.at_s)
        if spill:
            self.diary.spills.append(spill)
        self.contents.empty(service.bin, service.at_s)
        self.known.report(
            service.bin, service.at_s, service.litres / float(self.contents.capacity_l[service.bin])
        )
        self.diary.services.append(service)


def _problem(scenario: Scenario, day: date, chosen: Sequence[Wanted]) -> Problem | None:
    """Return the day's problem; None where there is nothing to do, or nothing can be done."""
    if not chosen:
        return None
    network, first_site = scenario.network, 1 + len(scenario.bins)
    order = [0, *(1 + scenario.index_of[one.bin.bin_id] for one in chosen)]
    order += range(first_site, first_site + len(network.facilities))
    grid = np.ix_(order, order)
    travel = scenario.matrix
    matrix = Matrix(travel.travel_time_s[grid], travel.distance_m[grid], travel.source, travel.is_estimate)
    try:
        return build_problem(chosen, network, [matrix], day, zone=scenario.zone)
    except InfeasibleProblem:
        return None


def _driven(day: date, tours: Sequence[DrivenTour], musts_left: int, solver_s: float) -> Driven:
    return Driven(
        day=day,
        metres=sum(tour.metres for tour in tours),
        seconds=sum(tour.seconds for tour in tours),
        tours=len(tours),
        musts_left=musts_left,
        solver_s=solver_s,
    )


def _musts_left(problem: Problem, solution: Solution) -> int:
    unserved = sum(problem.tasks[index].must for index in solution.unserved)
    return unserved + sum(one.wish is Wish.MUST for one in problem.aside)
