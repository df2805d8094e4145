"""The one clockwork: a sequence of visits of one vehicle -> times, waiting, breaks, load, and broken rules.

Pure integers and dataclasses of its own: the verifier, manual edits and the closed-loop evaluation all wind it.
Seconds count from any fixed instant (the optimizer takes local midnight); a window is (opens, closes), both included.

A break begins between its two times while the truck stands: before it drives on, or after it has arrived and before
service begins. A break that falls outside the route (the truck left after it, or was back by its latest start) is
taken at the depot and is no stop.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from typing import NamedTuple

from tournee.break_labels import moments_of
from tournee.break_rules import may_bind, wind_with_rules
from tournee.domain import StopKind
from tournee.duty import ALWAYS, NO_WAY, Duty, Moment, Rest, Visit, Windows
from tournee.passes import NEVER, earliest_leaves, latest_start

__all__ = [
    "ALWAYS",
    "NO_WAY",
    "Duty",
    "Moment",
    "Rest",
    "Visit",
    "Windows",
    "keeps",
    "loads",
    "outcome",
    "schedule",
]


class _Label(NamedTuple):
    """The best way to have finished the visits so far with some of the breaks taken."""

    broken: int
    ready_s: int
    waited: bool
    before: tuple[int, ...]
    after: tuple[int, ...]
    back: _Label | None


def schedule(visits: Sequence[Visit], duty: Duty) -> tuple[Moment, ...]:
    """Return the earliest schedule of a sequence, breaks inserted where they delay it least.

    Where a rule can't be kept the fewest rules are broken and the times go on, so that a person sees how late it
    gets; `timeline_check.check` names what is broken. The truck leaves as late as that end allows: waiting is not paid for.
    """
    if _asks_for_breaks(visits, duty):
        ruled = wind_with_rules(visits, duty, only_sound=True) or wind_with_rules(visits, duty)
        if ruled:
            return tuple(_with_loads(moments_of(ruled, visits), visits))
    return tuple(_with_loads(_moments(visits, duty, _best(visits, duty)), visits))


def outcome(visits: Sequence[Visit], duty: Duty) -> tuple[int, int]:
    """Return how many time rules the best schedule breaks and when it ends: `schedule` without its details."""
    if _asks_for_breaks(visits, duty):
        ruled = wind_with_rules(visits, duty, only_sound=True) or wind_with_rules(visits, duty)
        if ruled:
            return ruled.broken, ruled.ready_s
    if duty.max_duration_s is None:  # when it leaves does not matter then
        ends_s = min(earliest_leaves(visits, duty)[-1])
        if ends_s < NEVER:
            return 0, ends_s
        best = _wind(visits, duty, _earliest(visits, duty))
        return best.broken, best.ready_s
    best = _best(visits, duty)
    is_long = best.ready_s - _leaves(best) > duty.max_duration_s
    return best.broken + is_long, best.ready_s


def keeps(visits: Sequence[Visit], duty: Duty) -> bool:
    """Tell whether some schedule of a sequence breaks no time rule: `outcome` where no more need be known."""
    ends_s = min(earliest_leaves(visits, duty)[-1])
    if ends_s >= NEVER:
        return False
    out_s = ends_s - _earliest(visits, duty)
    if not duty.break_rules:
        is_short = duty.max_duration_s is None or out_s <= duty.max_duration_s
        return is_short or outcome(visits, duty)[0] == 0
    if not may_bind(visits, duty, out_s):
        return outcome(visits, replace(duty, break_rules=()))[0] == 0
    return wind_with_rules(visits, duty, only_sound=True) is not None


def _asks_for_breaks(visits: Sequence[Visit], duty: Duty) -> bool:
    if not duty.break_rules:
        return False
    first = _earliest(visits, duty)
    return may_bind(visits, duty, _wind(visits, duty, first).ready_s - first)


# --- winding: the fewest broken rules, then the earliest end, exactly ------------------------------------------


def _earliest(visits: Sequence[Visit], duty: Duty) -> int:
    return max(duty.start_s, _opens(visits[0].windows, duty.start_s) or duty.start_s)


def _best(visits: Sequence[Visit], duty: Duty) -> _Label:
    """Return the earliest end, leaving as late as it allows: with one window a place no other way takes less time."""
    first = _earliest(visits, duty)
    best = _wind(visits, duty, first)
    return _leave_later(visits, duty, best, first) if best.waited else best


def _leaves(label: _Label) -> int:
    while label.back:
        label = label.back
    return label.ready_s


def _wind(visits: Sequence[Visit], duty: Duty, leaves_s: int) -> _Label:
    """Return the best label at the end, over every way to place the breaks.

    An earlier end of a visit is never worse for what follows, so one label per number of breaks taken is enough.
    """
    rests = duty.rests
    labels: list[_Label | None] = [
        _start(visits[0], duty, leaves_s, taken) for taken in range(len(rests) + 1)
    ]
    for visit in visits[1:]:
        reached: list[_Label | None] = [None] * len(labels)
        for taken, label in reversed(list(enumerate(labels))):  # of equals, the earlier break
            if label is None:
                continue
            for now in range(taken, len(labels)):
                for split in range(taken, now + 1):
                    new = _step(label, visit, rests, (taken, split, now))
                    old = reached[now]
                    if old is None or new[:2] < old[:2]:
                        reached[now] = new
        labels = reached
    ends = [_end(label, duty, taken) for taken, label in enumerate(labels) if label]
    return min(ends, key=lambda label: (label.broken, label.ready_s))


def _start(visit: Visit, duty: Duty, leaves_s: int, taken: int) -> _Label:
    over = tuple(rest.earliest_s for rest in duty.rests[:taken])
    leaves_s = max([leaves_s, *(rest.earliest_s + rest.duration_s for rest in duty.rests[:taken])])
    start = _opens(visit.windows, leaves_s)
    return _Label(int(start is None), leaves_s if start is None else start, False, over, (), None)


def _step(label: _Label, visit: Visit, rests: tuple[Rest, ...], cut: tuple[int, int, int]) -> _Label:
    taken, split, now = cut
    broken, clock, waited = label.broken, label.ready_s, label.waited
    before: tuple[int, ...] = ()
    after: tuple[int, ...] = ()
    if now > taken:
        broken, clock, before = _take(rests[taken:split], broken, clock)
    clock += visit.travel_time_s
    if now > split:
        broken, clock, after = _take(rests[split:now], broken, clock)
    start = _opens(visit.windows, clock)
    if start is None:
        broken, start = broken + 1, clock
    rested_s = sum(rest.duration_s for rest in rests[taken:now])
    waited = waited or start > label.ready_s + visit.travel_time_s + rested_s  # for the visit, or for a break
    return _Label(broken, start + visit.service_time_s, waited, before, after, label)


def _take(rests: tuple[Rest, ...], broken: int, clock: int) -> tuple[int, int, tuple[int, ...]]:
    begins = []
    for rest in rests:
        begin = max(clock, rest.earliest_s)
        broken += begin > rest.latest_s
        begins.append(begin)
        clock = begin + rest.duration_s
    return broken, clock, tuple(begins)


def _end(label: _Label, duty: Duty, taken: int) -> _Label:
    missed = sum(label.ready_s > rest.latest_s for rest in duty.rests[taken:])
    return label._replace(broken=label.broken + missed + (label.ready_s > duty.latest_s))


def _opens(windows: Windows, at_s: int) -> int | None:
    for opens, closes in windows:
        if at_s <= closes:
            return max(at_s, opens)
    return None


def _leave_later(visits: Sequence[Visit], duty: Duty, best: _Label, first: int) -> _Label:
    """Return the way that leaves as late as that end allows: known at once where it breaks no rule.

    Elsewhere by halving between the earliest start and the end, for an earlier start never ends later.
    """
    if not best.broken:
        return _wind(visits, duty, max(first, latest_start(visits, duty, best.ready_s)))
    low, high = first, best.ready_s
    while low < high:
        middle = (low + high + 1) // 2
        later = _wind(visits, duty, middle)
        if later[:2] <= best[:2]:
            low, best = middle, later
        else:
            high = middle - 1
    return best


def _moments(visits: Sequence[Visit], duty: Duty, best: _Label) -> Iterator[Moment]:
    chain = [best]
    while chain[-1].back:
        chain.append(chain[-1].back)
    chain.reverse()
    # Breaks go in order: first those that were over before the truck left, which are no stops.
    durations = iter([rest.duration_s for rest in duty.rests][len(chain[0].before) :])
    leaves = chain[0].ready_s
    yield Moment(StopKind.START, visits[0].ref, leaves, leaves, leaves)
    for label, visit in zip(chain[1:], visits[1:], strict=True):
        yield from _gap(label, visit, durations)


def _gap(label: _Label, visit: Visit, durations: Iterator[int]) -> Iterator[Moment]:
    """Yield the breaks before the leg, those after it, and the visit."""
    clock, travel, distance = (label.back or label).ready_s, visit.travel_time_s, visit.distance_m
    for begin in label.before:
        end = begin + next(durations)
        yield Moment(StopKind.BREAK, "", clock, begin, end)
        clock = end
    for begin in label.after:
        end = begin + next(durations)
        yield Moment(StopKind.BREAK, "", clock + travel, begin, end, 0, 0, travel, distance)
        clock, travel, distance = end, 0, 0
    start = label.ready_s - visit.service_time_s
    yield Moment(visit.kind, visit.ref, clock + travel, start, label.ready_s, 0, 0, travel, distance)


def _with_loads(moments: Iterator[Moment], visits: Sequence[Visit]) -> Iterator[Moment]:
    carried = iter(loads(visits))
    kg = litres = 0
    for m in moments:
        if m.kind is not StopKind.BREAK:
            kg, litres = next(carried)
        yield Moment(
            m.kind, m.ref, m.arrival_s, m.start_s, m.departure_s, kg, litres, m.travel_time_s, m.distance_m
        )


def loads(visits: Sequence[Visit]) -> Iterator[tuple[int, int]]:
    """Yield kilograms and litres on the truck as it leaves each visit."""
    kg = litres = 0
    for visit in visits:
        if visit.kind is StopKind.UNLOADING:
            kg = litres = 0
        kg, litres = kg + visit.demand_kg, litres + visit.demand_l
        yield kg, litres
