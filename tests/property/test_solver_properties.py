"""What must hold for any town that Hypothesis can draw."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from datetime import time
from itertools import permutations, product

from hypothesis import given
from hypothesis import strategies as st

from optimizer.explain import explain_served, explain_unserved
from optimizer.insertion import is_sound
from optimizer.problem import Problem
from optimizer.solution import Step, Steps
from optimizer.solver import solve
from optimizer.touring import tour_of
from optimizer.verify import verify
from tests.examples import examples
from tests.solver_fixtures import QUICK
from tests.towns import GLASS, RESIDUAL, Town, town
from tournee.domain import Break, ReasonCode, Shift

SLOW = examples(0.4)


@st.composite
def towns(draw: st.DrawFn, max_bins: int = 8) -> Town:
    """Return a town of a few bins on three lines, with some of everything that a rule is about."""
    letters = "abcdefgh"[: draw(st.integers(1, max_bins))]
    cells = draw(
        st.lists(st.integers(0, 89), min_size=len(letters) + 2, max_size=len(letters) + 2, unique=True)
    )
    grid = ["-"] * 90
    for letter, cell in zip("DF" + letters, cells, strict=True):
        grid[cell] = letter
    lunch = draw(st.sampled_from([(), (Break(time(6, 10), time(6, 40), 900),)]))
    return town(
        "\n".join("".join(grid[row : row + 30]) for row in (0, 30, 60)),
        truck=draw(st.sampled_from(["2 bins", "3 bins", "10 bins"])),
        trucks=draw(st.integers(1, 2)),
        streams=draw(st.dictionaries(st.sampled_from(letters), st.sampled_from([GLASS, RESIDUAL]))),
        must=draw(st.sampled_from(["", "abc", letters])),
        price_eur=draw(st.floats(0.0, 40.0)),
        hours=draw(
            st.dictionaries(
                st.sampled_from(letters), st.sampled_from(["06:00-06:30", "07:00-08:00,09:00-10:00"])
            )
        ),
        shift=Shift(time(6), draw(st.sampled_from([time(6, 30), time(8), time(14)])), lunch),
        places=draw(st.sampled_from([{}, {"b": "a"}])),
    )


@SLOW
@given(towns(), st.integers(0, 3))
def test_every_bin_is_served_once_or_has_a_reason_and_nothing_is_broken(drawn: Town, seed: int) -> None:
    problem = drawn.problem
    solution = solve(problem, QUICK, seed)
    assert verify(problem, solution) == ()
    served = Counter(m.ref for tour in solution.tours for m in tour.moments if m.kind == "service")
    left = {one.bin_id: one.reason for one in explain_unserved(problem, solution, drawn.wanted)}
    assert set(served) | set(left) == {wish.bin.bin_id for wish in drawn.wanted}
    assert not set(served) & set(left)
    assert max(served.values(), default=1) == 1
    assert set(explain_served(problem, solution, drawn.wanted)) == set(served)


@SLOW
@given(towns())
def test_every_reason_recomputes(drawn: Town) -> None:
    problem = drawn.problem
    solution = solve(problem, QUICK)
    for one in explain_unserved(problem, solution, drawn.wanted):
        if one.reason.code is ReasonCode.DETOUR_TOO_LONG:
            assert float(one.reason.facts["detour_eur"]) >= float(one.reason.facts["penalty_eur"]) - 0.01
        else:
            assert "budget ended" not in str(one.reason.facts)
    for reason in explain_served(problem, solution, drawn.wanted).values():
        if reason.code is ReasonCode.WORTH_IT:
            assert float(reason.facts["detour_eur"]) <= float(reason.facts["penalty_eur"]) + 0.01


@examples(0.15)
@given(
    st.lists(st.integers(0, 59), min_size=6, max_size=6, unique=True),
    st.sampled_from(["2 bins", "3 bins"]),
    st.sampled_from([1.0, 8.0]),
)
def test_small_towns_are_solved_as_well_as_by_brute_force(
    cells: list[int], truck: str, price_eur: float
) -> None:
    grid = ["-"] * 60
    for letter, cell in zip("DFabcd", cells, strict=True):
        grid[cell] = letter
    drawn = town("".join(grid[:30]) + "\n" + "".join(grid[30:]), truck=truck, must="ab", price_eur=price_eur)
    best = min(brute_force(drawn.problem))
    assert solve(drawn.problem, QUICK).cost <= best + 5


def brute_force(problem: Problem) -> Iterator[int]:
    """Yield the cost of every sequence of one truck and one facility: every subset, order and way to cut it into trips."""
    every = range(len(problem.tasks))
    for size in range(len(problem.tasks) + 1):
        for order in permutations(every, size):
            left = sum(problem.tasks[task].price for task in every if task not in order)
            for cuts in product([False, True], repeat=max(size - 1, 0)):
                steps = _cut(order, cuts)
                if not steps or is_sound(problem, 0, steps):
                    yield left + tour_of(problem, 0, steps).cost


def _cut(order: tuple[int, ...], cuts: tuple[bool, ...]) -> Steps:
    steps: list[Step] = []
    for at, task in enumerate(order):
        steps.append(Step(task))
        if at == len(order) - 1 or cuts[at]:
            steps.append(Step(0, is_unloading=True))
    return tuple(steps)
