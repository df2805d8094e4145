"""A clock that goes on steadily while the machine's jumps."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from tournee.clock import TRUSTED_AFTER_S, SteadyClock

NOON = datetime(2026, 11, 23, 12, tzinfo=UTC)


class Machine:
    """A machine whose clock is set by hand."""

    def __init__(self) -> None:
        self.elapsed_s, self.set_by = 0.0, timedelta(0)

    def wall(self) -> datetime:
        return NOON + timedelta(seconds=self.elapsed_s) + self.set_by

    def ticks(self) -> float:
        return self.elapsed_s


@pytest.fixture
def machine() -> Machine:
    """A machine at noon."""
    return Machine()


def test_it_shows_what_the_machine_shows(machine: Machine) -> None:
    clock = SteadyClock(machine.wall, machine.ticks)
    for step_s in (0, 1, 3_600):
        machine.elapsed_s += step_s
        assert clock() == machine.wall()


@pytest.mark.parametrize("jump", [timedelta(hours=3), timedelta(hours=-3), timedelta(days=400)])
def test_a_jump_is_believed_only_when_it_stays(machine: Machine, jump: timedelta) -> None:
    clock = SteadyClock(machine.wall, machine.ticks)
    machine.set_by = jump
    for _ in range(11):
        assert clock() == machine.wall() - jump
        machine.elapsed_s += TRUSTED_AFTER_S / 10 - 0.01
    machine.elapsed_s += 1
    assert clock() == machine.wall()


def test_a_jump_that_is_taken_back_leaves_no_trace(machine: Machine) -> None:
    clock = SteadyClock(machine.wall, machine.ticks)
    for hours in (2, 0, 2, 0):
        machine.set_by = timedelta(hours=hours)
        machine.elapsed_s += TRUSTED_AFTER_S * 0.6
        assert clock() == NOON + timedelta(seconds=machine.elapsed_s)


def test_a_small_correction_is_followed_at_once(machine: Machine) -> None:
    clock = SteadyClock(machine.wall, machine.ticks)
    machine.set_by = timedelta(seconds=2)
    assert clock() == machine.wall()
