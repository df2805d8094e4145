"""Breaks that are due by what was done: where in a sequence they delay it least.

A label is one way to have come so far. It is dropped where another is no worse in anything that what follows could
feel: rules broken, time, breaks taken, and what each rule has counted since its last break. When work began to count
is moved later as long as nothing that followed moves, so waiting is worked as little as can be.

Where no way keeps every rule, one is followed that has broken the fewest so far.

A break is tried where it may help: where going on without it breaks a rule, or where the truck waits anyway. Elsewhere
it could be taken at the next chance as well, and what lies between would only be earlier.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from functools import partial

from tournee.break_labels import FOREVER, Count, Label, Limit
from tournee.domain import BreakRule, Counted
from tournee.duty import Duty, Visit, Windows


def may_bind(visits: Sequence[Visit], duty: Duty, out_s: int) -> bool:
    """Tell whether a rule could ask for a break in a sequence that takes so long without."""
    driven_s = sum(visit.travel_time_s for visit in visits)
    return any(
        (driven_s if rule.counts is Counted.DRIVING else out_s) > rule.limit_s for rule in duty.break_rules
    )


def wind_with_rules(visits: Sequence[Visit], duty: Duty, *, only_sound: bool = False) -> Label | None:
    """Return the best way to the end: the fewest broken rules, the earliest end, the fewest breaks, the latest start.

    None where `only_sound` and every way breaks a rule, which is quicker to know.
    """
    return _Winder(duty, only_sound=only_sound).wind(visits)


class _Winder:
    """Winds the sequences of one duty."""

    def __init__(self, duty: Duty, *, only_sound: bool) -> None:
        self.duty, self.only_sound = duty, only_sound
        out = Limit(is_driving=False, limit_s=FOREVER if duty.max_duration_s is None else duty.max_duration_s)
        self.limits = (out, *map(_limit, duty.break_rules))
        self.lengths = sorted({length for rule in duty.break_rules for length in (rule.break_s, *rule.parts)})

    def wind(self, visits: Sequence[Visit]) -> Label | None:
        labels = self._front(self._starts(visits[0]))
        for visit in visits[1:]:
            labels = self._front(new for label in labels for new in self._gap(label, visit))
        ends = self._front(self._end(label) for label in labels)
        return min(ends, key=_preferred, default=None)

    def _starts(self, visit: Visit) -> Iterator[Label]:
        """Yield each way to leave: in each window of the depot, after each of the breaks that were over by then."""
        for taken in range(len(self.duty.rests) + 1):
            over = [rest.earliest_s + rest.duration_s for rest in self.duty.rests[:taken]]
            first = max([self.duty.start_s, *over])
            counts = tuple(
                Count(0, 0, 0) if one.is_driving else Count(first, FOREVER, 0) for one in self.limits
            )
            nowhere = Label(0, first, 0, taken, counts, "", 0, first, None)
            yield from self._begun(nowhere, visit.windows, "start", 0)

    def _gap(self, label: Label, visit: Visit) -> Iterator[Label]:
        """Yield every way from one visit to the end of the next, with breaks before and after the leg."""

        def drive(one: Label) -> Iterable[Label]:
            return (self._driven(one, visit.travel_time_s),)

        def serve(one: Label) -> Iterable[Label]:
            return self._begun(one, visit.windows, "serve", visit.service_time_s)

        for leaving in self._rested(label, drive):
            for there in self._tried(leaving, drive):
                for ready in self._rested(there, serve):
                    yield from self._tried(ready, serve)

    def _tried(self, label: Label, do: Callable[[Label], Iterable[Label]]) -> Iterator[Label]:
        """Yield what a step leads to, and where a break before it may help what it leads to then."""
        straight = list(do(label))
        yield from straight
        begins_s = max((one.ready_s - one.lasted_s for one in straight), default=label.ready_s)
        if begins_s > label.ready_s or any(one.broken > label.broken for one in straight):
            for length_s in filter(partial(self._helps, label), self.lengths):
                paused = self._paused(label, length_s, (-FOREVER, FOREVER), label.taken)
                # A wait so long that a break must begin in its midst may need another at its end.
                again = paused.latest_s + length_s < begins_s
                yield from self._tried(paused, do) if again else do(paused)

    def _helps(self, label: Label, length_s: int) -> bool:
        """Tell whether a break of some length ends a stretch of any rule, or is a part of one that does."""
        return any(
            length_s >= limit.break_s
            or (count.part < len(limit.parts) and length_s >= limit.parts[count.part])
            for limit, count in zip(self.limits, label.counts, strict=True)
        )

    def _rested(self, label: Label, do: Callable[[Label], Iterable[Label]]) -> Iterator[Label]:
        """Yield the label, and what the next breaks of the clock lead to, each of them as long as a rule may need it.

        One that the truck would wait for, and might as well wait for at the next chance, is left until then.
        """
        yield label
        if label.taken < len(self.duty.rests):
            earliest_s = self.duty.rests[label.taken].earliest_s
            if any(one.broken > label.broken or one.ready_s > earliest_s for one in do(label)):
                for rested in self._tried(label, self._rest):
                    yield from self._rested(rested, do)

    def _rest(self, label: Label) -> Iterator[Label]:
        rest = self.duty.rests[label.taken]
        for length in (rest.duration_s, *(longer for longer in self.lengths if longer > rest.duration_s)):
            yield self._paused(label, length, (rest.earliest_s, rest.latest_s), label.taken + 1)

    def _driven(self, label: Label, travel_s: int) -> Label:
        counts = tuple(
            count._replace(since=count.since - travel_s) if limit.is_driving else count
            for limit, count in zip(self.limits, label.counts, strict=True)
        )
        ready_s = label.ready_s + travel_s
        done = Label(label.broken, ready_s, label.pauses, label.taken, counts, "drive", travel_s, 0, label)
        return self._judged(done, ready_s)

    def _begun(self, label: Label, windows: Windows, did: str, lasts_s: int) -> Iterator[Label]:
        """Yield the beginning of a service in each window that is still to come; late where none is."""
        open_still = [window for window in windows if label.ready_s <= window[1]]
        for window in open_still or [(label.ready_s, label.ready_s)]:
            begun = self._waited(label, *window)
            done = begun._replace(
                broken=begun.broken + (not open_still),
                ready_s=begun.ready_s + lasts_s,
                did=did,
                lasted_s=lasts_s,
                latest_s=window[1],
                back=label,
            )
            yield self._judged(done, done.ready_s)

    def _waited(self, label: Label, opens_s: int, closes_s: int) -> Label:
        """Return the label at a beginning between two times: what was worked before it begins later by what is waited."""
        begin_s = max(label.ready_s, opens_s)
        waited_s, left_s = begin_s - label.ready_s, closes_s - begin_s
        counts = []
        for limit, count in zip(self.limits, label.counts, strict=True):
            if limit.is_driving or count.since >= FOREVER:
                counts.append(count)
            else:
                shift_s = min(waited_s, count.room)
                room_s = min(count.room - shift_s, left_s)
                counts.append(Count(count.since + shift_s, room_s, count.part))
        return label._replace(ready_s=begin_s, counts=tuple(counts))

    def _paused(self, label: Label, length_s: int, window: tuple[int, int], taken: int) -> Label:
        """Return the label after a break that begins between two times, or now if it is too late for it."""
        begin_s = max(label.ready_s, window[0])
        is_late = label.ready_s > window[1]
        latest_s = begin_s if is_late else min(window[1], *self._latest(label, begin_s))
        there = self._judged(self._waited(label, begin_s, latest_s), begin_s)
        counts = [
            _after_break(limit, count, length_s, (begin_s, latest_s))
            for limit, count in zip(self.limits, there.counts, strict=True)
        ]
        pauses = label.pauses + (taken == label.taken)
        broken = there.broken + is_late
        return Label(
            broken, begin_s + length_s, pauses, taken, tuple(counts), "break", length_s, latest_s, label
        )

    def _latest(self, label: Label, begin_s: int) -> Iterator[int]:
        """Yield until when a break may be put off for each rule that counts work and is still kept."""
        yield FOREVER
        for limit, count in zip(self.limits[1:], label.counts[1:], strict=True):
            last_s = count.since + count.room + limit.limit_s
            if not limit.is_driving and begin_s <= last_s:
                yield last_s

    def _judged(self, label: Label, at_s: int) -> Label:
        """Return the label with what is over its limit counted as broken, once until the next break."""
        counts, broken = list(label.counts), label.broken
        for number, (limit, count) in enumerate(zip(self.limits, label.counts, strict=True)):
            done_s = -count.since if limit.is_driving else at_s - count.since
            if done_s > limit.limit_s:
                counts[number] = Count(FOREVER, 0, count.part)
                broken += 1
        return label if broken == label.broken else label._replace(broken=broken, counts=tuple(counts))

    def _end(self, label: Label) -> Label:
        missed = sum(label.ready_s > rest.latest_s for rest in self.duty.rests[label.taken :])
        return label._replace(broken=label.broken + missed + (label.ready_s > self.duty.latest_s))

    def _front(self, labels: Iterable[Label]) -> list[Label]:
        """Return the labels that no other makes useless, and of those that rest alike the least broken only."""
        able = [label for label in labels if not (self.only_sound and label.broken)]
        least: dict[int, int] = {}
        for label in able:
            least[label.taken] = min(label.broken, least.get(label.taken, label.broken))
        first = 0 if self.duty.max_duration_s is not None else 1
        kept: list[Label] = []
        for label in sorted(able, key=lambda one: (one.ready_s, one.pauses, -one.counts[0].since)):
            if label.broken == least[label.taken] and not any(_covers(other, label, first) for other in kept):
                kept.append(label)
        return kept


def _limit(rule: BreakRule) -> Limit:
    return Limit(rule.counts is Counted.DRIVING, rule.limit_s, rule.break_s, rule.parts)


def _after_break(limit: Limit, count: Count, length_s: int, begun: tuple[int, int]) -> Count:
    """Return what a rule has counted after a break: nothing where it ends the stretch; a short one is no work."""
    if limit.break_s == FOREVER:
        return count
    is_part = count.part < len(limit.parts) and length_s >= limit.parts[count.part]
    if length_s >= limit.break_s or (is_part and count.part + 1 == len(limit.parts)):
        begin_s, latest_s = begun
        return Count(0, 0, 0) if limit.is_driving else Count(begin_s + length_s, latest_s - begin_s, 0)
    since = count.since + (0 if limit.is_driving else length_s)
    return Count(since, count.room, count.part + is_part)


def _covers(one: Label, other: Label, first: int) -> bool:
    """Tell whether a label that is ready no later could do whatever another can, waiting for its time if it must.

    The first count, how long the truck is out, is passed over where that does not matter.
    """
    if one.pauses > other.pauses or one.taken != other.taken:
        return False
    spare_s = other.ready_s - one.ready_s
    return all(
        mine.since + min(mine.room, spare_s) >= its.since
        and mine.since + mine.room >= its.since + its.room
        and mine.part >= its.part
        for mine, its in zip(one.counts[first:], other.counts[first:], strict=True)
    )


def _preferred(label: Label) -> tuple[int, ...]:
    return label.broken, label.ready_s, label.pauses, -label.counts[0].since
