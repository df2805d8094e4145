"""Problem -> Solution. The door: `solve` reads as the recipe, each ingredient is one file.

A time limit makes no plan repeatable, so the budget is a number of iterations and of solutions; the seconds are only
a ceiling.
"""

from __future__ import annotations

from collections.abc import Sequence
from importlib.metadata import version
from itertools import accumulate, pairwise

from optimizer.executor import Crew
from optimizer.insertion import Insertions
from optimizer.problem import Problem
from optimizer.solution import Solution, Steps
from optimizer.solver.finish import Draft, finish
from optimizer.solver.moving import bring_forward
from optimizer.solver.parts import PART, Part, neighborhoods, part_of, part_size, slices
from optimizer.solver.plain import Telling
from optimizer.solver.polish import polish
from optimizer.solver.propose import LOOKS_BACK, PENALTY_LEGS, Quest, propose
from optimizer.solver.recombine import recombine
from optimizer.solver.start import STRATEGIES, Opening, first_tours
from optimizer.solver.work import Made, Work
from optimizer.touring import solution_of
from optimizer.watching import UNWATCHED, Watch
from tournee.domain import PlanPhase
from tournee.settings import SolverSettings

__all__ = ["solve"]

SMALL = 40
"""So few bins are routed sooner than a process starts: they are proposed for in this one."""

UNDIVIDED = 400
"""Bins up to which a problem is worked on whole to the end; beyond, its parts are routed again and again."""

WHOLE = 2_000
"""Bins up to which PyVRP is given a problem whole; beyond, it begins with slices of the town."""

SLICE = 500
"""Bins of a slice."""

ROUNDS = 6
"""How often the borders of the parts move."""

TURNS, TURNS_RULES, TURN_BEGIN = (0.3, 0.7), (0.5, 0.5), (0.5,)
"""How often a problem that is given whole is proposed for, each time from the best combination of the routes met before: the share of
the steps that each turn has, where PyVRP was told whole, where there are rules of which it was told nothing, and where parts come next.

A first turn of three tenths in place of a half ends a mixed fleet of 200 (HFVRP X200-HD) 0.08 points nearer to the best known, the mean
of six seeds; with breaks it would be over soon after the routing model's first solutions."""

START = 0.1
"""Of the seconds, at most so much for the routing model's own first solutions."""

BEGIN, BEGIN_SLICES = 0.15, 0.25
"""Of the seconds, so much for a beginning that parts can work on, whole and by slices."""

LOOKS_BACK_BEGIN = 50
"""Iterations that a beginning looks back, at most: parts are to work on something that has come down."""

LOOKS_BACK_UNTOLD = 300
"""And where there are rules of which PyVRP was told nothing: what has come down far by its own rules has no room left for a break.

Of 1,000 bins with every rule, beginnings of 9 s end 0.8 % cheaper for PyVRP with 50 back, and 3.5 % dearer once their breaks are held."""

CAREFUL = 1
"""The manner, of those in `PENALTY_LEGS`, in which a seed is cautious too."""

COMBINE = 0.05
"""Of the seconds, so much for putting the routes of many proposals together."""

FINISH = 0.05
"""Of the seconds, so much for the finish of what PyVRP was told whole."""

FINISH_RULES = 0.3
"""Of the seconds, so much for the finish where there are rules of which PyVRP was told nothing."""


def solve(problem: Problem, budget: SolverSettings, seed: int = 0, watch: Watch = UNWATCHED) -> Solution:
    """Return the best solution found within a budget; a bin that can't be served is unserved, never an error.

    Same problem, same seed, same `budget.max_iterations`, `proposals` and `max_solutions`: same solution, whatever the
    number of processes, as long as `budget.max_seconds` is not reached. Breaks are nothing to PyVRP, and waiting is not
    priced in the OR-Tools search: the clockwork decides between what they bring, and what a truck can do.

    `watch` is told how far it is, and may take the best tours so far: they break no rule, and what comes next is left out.

    Raises
    ------
    Unavailable
        A process that proposed routes was killed; safe to try again.
    """
    if not problem.tasks:
        return solution_of(problem, (), {"solver": "nothing to serve"})
    with Crew(budget.processes if len(problem.tasks) > SMALL else 1, watch.is_enough) as crew:
        work = Work(problem, budget, seed, crew, watch)
        best = propose_slices(work) if len(problem.tasks) > WHOLE else propose_whole(work)
        best = rework_parts(work, best)
        best = combine(work, best, 1 - _finish_share(problem))
        best = finish_all(work, best)
    notes = {
        "best": best.name,
        "solver": f"PyVRP {version('pyvrp')} proposing, OR-Tools {version('ortools')} finishing",
        "seed": str(seed),
    }
    if work.is_enough and work.share < 1:
        notes["ended"] = f"by a person, after {work.share:.0%} of the budget"
    return solution_of(problem, bring_forward(problem, polish(Insertions(problem), best.tours)), notes)


def propose_whole(work: Work) -> Made:
    """Return the best that turns of proposals find, each from the best combination of the routes that were met before."""
    turns = _turns(work.problem)
    last = 1 - COMBINE - _finish_share(work.problem) if len(turns) > 1 else BEGIN
    ends = [last * done / sum(turns) for done in accumulate(turns)]
    work.enter(PlanPhase.PROPOSING, 0.0, last)
    made = _starts(work) if len(turns) > 1 and _has_untold_rules(work.problem) else []
    manners = [number % len(PENALTY_LEGS) for number in range(work.budget.proposals)]
    for turn, (begin, end) in enumerate(pairwise([0.0, *ends])):
        if made and work.is_enough:
            break
        if turn:
            made = [combine(work, min(made, key=_cost), begin)]
        pause = COMBINE if turn < len(turns) - 1 else 0.0
        work.enter(PlanPhase.PROPOSING, begin, end - pause)
        proposed = _proposals(work, turn, made if turn else [], manners)
        made += proposed
        better = min(zip(proposed, manners, strict=True), key=lambda one: one[0].cost)[1]
        manners = [better] * len(manners)
    return min(made, key=_cost)


def _starts(work: Work) -> list[Made]:
    """Return the first solutions of the routing model, which knows what PyVRP can't be told, the best of them polished."""
    openings = [
        Opening(work.problem, strategy, span)
        for strategy, span in zip(STRATEGIES, work.spans(START, [1] * len(STRATEGIES)), strict=True)
    ]
    found = work.do_all(first_tours, openings, whole=True)
    made = [
        _remembered(work, work.made(f"start, {opening.strategy}", tours))
        for opening, tours in zip(openings, found, strict=True)
    ]
    best = polish(Insertions(work.problem), min(made, key=_cost).tours)
    return [*made, _remembered(work, work.made("start, polished", [tour.steps for tour in best]))]


def _proposals(work: Work, turn: int, start: Sequence[Made], manners: Sequence[int]) -> list[Made]:
    """Return what several seeds propose, each in its manner: bold or careful, and cautious or not where that differs."""
    problem, budget = work.problem, work.budget
    spans = work.spans(work.phase.end, [1] * budget.proposals)
    iterations = max(int(budget.max_iterations * _turns(problem)[turn]), 1)
    begun = tuple(tour.steps for one in start for tour in one.tours)
    quests = [
        Quest(
            problem,
            (work.seed * len(TURNS) + turn) * budget.proposals + number,
            iterations,
            span,
            Telling(is_cautious=manner == CAREFUL and _has_untold_rules(problem)),
            begun,
            PENALTY_LEGS[manner],
            _looks_back(problem, LOOKS_BACK if _is_undivided(problem) else LOOKS_BACK_BEGIN),
        )
        for number, (span, manner) in enumerate(zip(spans, manners, strict=True))
    ]
    made = []
    for number, proposal in enumerate(work.do_all(propose, quests, whole=True)):
        made.append(_remembered(work, work.made(f"proposal {number}, turn {turn + 1}", proposal.tours)))
        work.routes.update(dict.fromkeys(proposal.routes))
    return made


def _remembered(work: Work, made: Made) -> Made:
    """Remember the routes of tours for the combination, and return them."""
    work.routes.update(dict.fromkeys((tour.truck, tour.steps) for tour in made.tours if tour.steps))
    return made


def _cost(made: Made) -> int:
    return made.cost


def propose_slices(work: Work) -> Made:
    """Return what is proposed for slices of a town, each as if there were no others."""
    parts = slices(work.problem, SLICE)
    work.enter(PlanPhase.PROPOSING, 0.0, BEGIN_SLICES)
    spans, iterations = work.spans(BEGIN_SLICES, _sizes(parts)), work.budget.max_iterations // ROUNDS + 1
    quests = [
        Quest(part.problem, work.seed, iterations, span, looks_back_most=LOOKS_BACK_BEGIN)
        for part, span in zip(parts, spans, strict=True)
    ]
    steps: list[Steps] = [() for _ in work.problem.trucks]
    for part, proposal in zip(parts, work.do_all(propose, quests), strict=True):
        for truck, route in zip(part.trucks, proposal.tours, strict=True):
            steps[truck] = part.outside(route)
    return work.made("slices", steps)


def rework_parts(work: Work, best: Made) -> Made:
    """Return better tours: neighboring routes are routed again together, and the borders move between rounds."""
    if _is_undivided(work.problem):
        return best
    end = 1 - COMBINE - _finish_share(work.problem)
    begin = min(max(work.phase.end, work.spent), end)
    for number in range(ROUNDS):
        if work.is_enough:
            break
        share = begin + (end - begin) * (number + 1) / ROUNDS
        work.enter(PlanPhase.REWORKING, share - (end - begin) / ROUNDS, share)
        steps = [tour.steps for tour in best.tours]
        parts = neighborhoods(work.problem, steps, part_size(steps), work.seed * ROUNDS + number)
        quests = [
            Quest(
                part.problem,
                work.seed * ROUNDS + number,
                max(work.budget.max_iterations // ROUNDS, 1),
                span,
                start=tuple(part.inside(steps[truck]) for truck in part.trucks),
                penalty_legs=PENALTY_LEGS[number % len(PENALTY_LEGS)],
                looks_back_most=_looks_back(part.problem, LOOKS_BACK),
            )
            for part, span in zip(parts, work.spans(share, _sizes(parts)), strict=True)
        ]
        for part, proposal in zip(parts, work.do_all(propose, quests), strict=True):
            for at, route in proposal.routes:
                work.routes[part.trucks[at], part.outside(route)] = None
            proposed = [part.outside(route) for route in proposal.tours]
            best = _with_part(work, best, part, (f"parts, round {number + 1}", proposed))
    return best


def combine(work: Work, best: Made, end: float) -> Made:
    """Return the best combination of all routes met, found before a share of the time is over."""
    if work.is_enough:
        return best
    work.enter(PlanPhase.RECOMBINING, end - COMBINE, end)
    known, is_enough = [tour.steps for tour in best.tours], work.watch.is_enough
    if combined := recombine(work.problem, work.routes, known, work.span(end).left_s(), is_enough=is_enough):
        return min(best, work.made("recombined", combined), key=_cost)
    return best


def finish_all(work: Work, best: Made) -> Made:
    """Return what the routing model with every rule makes of tours, by parts where they are many."""
    if work.is_enough:
        return best
    problem, steps = work.problem, [tour.steps for tour in best.tours]
    work.enter(PlanPhase.FINISHING, 1 - _finish_share(problem), 1.0)
    if _is_undivided(problem):
        whole = part_of(problem, range(len(problem.tasks)), range(len(problem.trucks)))
        parts = [whole] * (work.budget.proposals if _has_untold_rules(problem) else 1)
    else:
        parts = neighborhoods(problem, steps, PART, work.seed)
    spans = work.spans(1.0, _sizes(parts))
    drafts = [
        Draft(
            part.problem,
            tuple(part.inside(steps[truck]) for truck in part.trucks),
            work.seed + number,  # another seed leads the same search along another path
            work.budget.max_solutions,
            span,
        )
        for number, (part, span) in enumerate(zip(parts, spans, strict=True))
    ]
    for part, finished in zip(parts, work.do_all(finish, drafts), strict=True):
        best = _with_part(work, best, part, ("finish", [part.outside(route) for route in finished]))
    return best


def _with_part(work: Work, best: Made, part: Part, new: tuple[str, list[Steps]]) -> Made:
    """Return the tours with those of a part instead, if that is cheaper."""
    name, routes = new
    steps = [tour.steps for tour in best.tours]
    for truck, route in zip(part.trucks, routes, strict=True):
        steps[truck] = route
    return min(best, work.made(name, steps), key=_cost)


def _sizes(parts: Sequence[Part]) -> list[int]:
    return [len(part.tasks) for part in parts]


def _is_undivided(problem: Problem) -> bool:
    return len(problem.tasks) <= UNDIVIDED


def _turns(problem: Problem) -> tuple[float, ...]:
    """Return the share of the steps that each turn of proposals has."""
    if not _is_undivided(problem):
        return TURN_BEGIN
    return TURNS_RULES if _has_untold_rules(problem) else TURNS


def _has_untold_rules(problem: Problem) -> bool:
    """Tell whether there is something that PyVRP is told nothing of."""
    duties = [truck.duty for truck in problem.trucks]
    return bool(problem.apart or problem.together or problem.balance_price) or any(
        duty.rests or duty.break_rules or duty.max_stops or duty.max_kg or duty.max_l for duty in duties
    )


def _looks_back(problem: Problem, most: int) -> int:
    """Return how many iterations a search looks back at most, if it were `most` with every rule told."""
    return LOOKS_BACK_UNTOLD if _has_untold_rules(problem) else most


def _finish_share(problem: Problem) -> float:
    return FINISH_RULES if _has_untold_rules(problem) else FINISH
