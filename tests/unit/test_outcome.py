"""What the command line says of a plan's bins."""

from __future__ import annotations

from dataclasses import replace

from tests.api_fixtures import small_plan
from tournee.cli.outcome import left
from tournee.domain import Wish


def test_bins_that_must_be_emptied_are_told_from_those_that_may_wait() -> None:
    plan = small_plan()
    (waits,) = plan.unassigned
    missed = replace(waits, bin_id="b9", wish=Wish.MUST)
    assert left(plan) == "Every bin that must be emptied is served, 1 more may wait"
    assert (
        left(replace(plan, unassigned=(waits, missed))) == "1 bin that must be emptied left, 1 more may wait"
    )
