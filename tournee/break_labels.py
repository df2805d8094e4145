"""What is remembered of a way to have come so far with breaks by rule, and the times that the best way means."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import NamedTuple

from tournee.domain import StopKind
from tournee.duty import Moment, Visit, Windows

FOREVER = 10**12
"""Later than any time: a rule that is broken counts no more until its next break."""


class Limit(NamedTuple):
    """A rule as it is counted. How long the truck is out is one as well, which no break interrupts or ends."""

    is_driving: bool
    limit_s: int
    break_s: int = FOREVER
    parts: tuple[int, ...] = ()


class Count(NamedTuple):
    """What a rule has counted; more is better in each field.

    Parameters
    ----------
    since
        When its work began, as late as what followed allows; of driving, the seconds driven, negative.
    room
        How much later still it could have begun, if something were waited for.
    part
        How many parts of a split break are taken.
    """

    since: int
    room: int
    part: int


class Label(NamedTuple):
    """One way to have come so far; what it did last took `lasted_s` and could have begun at `latest_s` at the latest."""

    broken: int
    ready_s: int
    pauses: int
    taken: int
    counts: tuple[Count, ...]
    did: str
    lasted_s: int
    latest_s: int
    back: Label | None


def moments_of(best: Label, visits: Sequence[Visit]) -> Iterator[Moment]:
    """Yield the visits and breaks of a way with their times, loads left out.

    It leaves and rests as late as its end allows, and goes on at once otherwise.
    """
    chain = [best]
    while chain[-1].did != "start" and chain[-1].back:
        chain.append(chain[-1].back)
    begins = list(_as_late_as_possible(chain))[::-1]
    clock, leg = begins[0], (0, 0)
    coming = iter(visits)
    visit = next(coming)
    yield Moment(StopKind.START, visit.ref, clock, clock, clock)
    for label, begin_s in zip(chain[-2::-1], begins[1:], strict=True):
        if label.did == "drive":
            visit = next(coming)
            leg = visit.travel_time_s, visit.distance_m
            clock += visit.travel_time_s
            continue
        is_break = label.did == "break"
        start_s = begin_s if is_break else opening(visit.windows, clock)
        kind, ref = (StopKind.BREAK, "") if is_break else (visit.kind, visit.ref)
        yield Moment(kind, ref, clock, start_s, start_s + label.lasted_s, 0, 0, *leg)
        clock, leg = start_s + label.lasted_s, (0, 0)


def _as_late_as_possible(chain: Sequence[Label]) -> Iterator[int]:
    """Yield when each thing begins, the last one first."""
    clock = chain[0].ready_s
    for label in chain:
        clock -= label.lasted_s
        if label.did != "drive":
            clock = min(clock, label.latest_s)
        yield clock


def opening(windows: Windows, at_s: int) -> int:
    """Return when service may begin for a truck that is there; at once where it is too late for any window."""
    return next((max(at_s, opens) for opens, closes in windows if at_s <= closes), at_s)
