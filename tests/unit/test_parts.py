"""How large the parts are that a problem is cut into."""

from __future__ import annotations

import pytest

from optimizer.solution import Step, Steps
from optimizer.solver.parts import part_size


def rounds(num_rounds: int, num_bins: int) -> list[Steps]:
    """Return as many rounds, each with as many bins and an unloading; one truck stays at home."""
    bins = tuple(Step(task) for task in range(num_bins))
    return [(*bins, Step(0, is_unloading=True))] * num_rounds + [()]


@pytest.mark.parametrize(
    ("num_rounds", "num_bins", "size"),
    [
        (100, 10, 250),  # twelve rounds would be too few bins
        (50, 30, 360),
        (13, 75, 487),  # twelve rounds would be nearly all: two halves
        (5, 60, 250),  # not enough for two
        (0, 0, 250),
    ],
)
def test_a_part_has_bins_enough_and_leaves_enough_for_another(
    num_rounds: int, num_bins: int, size: int
) -> None:
    assert part_size(rounds(num_rounds, num_bins)) == size
