"""Breaks by rule: the clockwork against a search that tries every second, and what the checker says of it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import NamedTuple

from hypothesis import given, settings
from hypothesis import strategies as st

from tests.examples import examples
from tournee.domain import BreakRule, Counted, StopKind
from tournee.timeline import ALWAYS, Duty, Rest, Visit, Windows, keeps, outcome, schedule
from tournee.timeline_check import check

END_S = 20
MORE = settings(examples(0.25), derandomize=True)


@st.composite
def rules(draw: st.DrawFn) -> tuple[BreakRule, ...]:
    """Return one or two rules, small enough for every second to be tried."""
    work = BreakRule(Counted.WORK, draw(st.integers(4, 10)), draw(st.integers(1, 3)))
    parts = draw(st.sampled_from([(), (1, 3)]))
    driving = BreakRule(Counted.DRIVING, draw(st.integers(2, 6)), 4, parts)
    return draw(st.sampled_from([(work,), (driving,), (work, driving)]))


@st.composite
def windows(draw: st.DrawFn) -> Windows:
    """Return no window to speak of, one, or two with a gap."""
    opens = draw(st.integers(0, 15))
    one = (opens, opens + draw(st.integers(0, 4)))
    later = one[1] + draw(st.integers(2, 6))
    return draw(st.sampled_from([ALWAYS, ALWAYS, (one,), (one, (later, later + 2))]))


@st.composite
def sequences(draw: st.DrawFn) -> tuple[list[Visit], Duty]:
    """Return one to four stops between two depots, and a duty with rules."""
    small = st.integers(0, 4)
    stops = [
        Visit(StopKind.SERVICE, str(n), draw(small), 0, draw(small), draw(windows()))
        for n in range(draw(st.integers(1, 4)))
    ]
    first = Visit(StopKind.START, "D", windows=draw(st.sampled_from([ALWAYS, ((0, 1), (6, 8))])))
    visits = [first, *stops, Visit(StopKind.END, "D", draw(small))]
    early, length = draw(st.integers(0, 10)), draw(st.integers(1, 3))
    lunch = Rest(early, early + draw(st.integers(0, 4)), length)
    duty = Duty(0, END_S, draw(st.sampled_from([(), (), (lunch,)])), break_rules=draw(rules()))
    return visits, replace(duty, max_duration_s=draw(st.sampled_from([None, None, 12, 18])))


@MORE
@given(sequences())
def test_the_clockwork_ends_as_early_as_trying_every_second(drawn: tuple[list[Visit], Duty]) -> None:
    visits, duty = drawn
    best = min(every_end(visits, duty), default=None)
    moments = schedule(visits, duty)
    broken = check(moments, visits, duty)
    assert keeps(visits, duty) == (best is not None)
    assert (not broken) == (best is not None)
    if best is not None:
        assert moments[-1].start_s == best
        assert outcome(visits, duty) == (0, best)


@MORE
@given(sequences())
def test_what_can_not_be_kept_is_counted_and_the_times_go_on(drawn: tuple[list[Visit], Duty]) -> None:
    visits, duty = drawn
    moments = schedule(visits, duty)
    kinds = [(m.kind, m.ref) for m in moments if m.kind is not StopKind.BREAK]
    assert kinds == [(visit.kind, visit.ref) for visit in visits]
    broken = check(moments, visits, duty)
    assert {one.kind for one in broken} <= {"window", "shift", "break", "break_rule", "duration"}
    assert len(broken) <= outcome(visits, duty)[0]


class State(NamedTuple):
    """Where a truck is in its sequence, when, and what it has done since its last breaks."""

    at: int
    is_there: bool
    clock: int
    rests: int
    counted: tuple[tuple[int, int], ...]


def every_end(visits: list[Visit], duty: Duty) -> Iterator[int]:
    """Yield the end of every way that breaks nothing, second by second."""
    for leaves in range(END_S + 1):
        if not any(opens <= leaves <= closes for opens, closes in visits[0].windows):
            continue
        over = sum(leaves >= rest.earliest_s + rest.duration_s for rest in duty.rests)
        latest = min(END_S, leaves + (duty.max_duration_s if duty.max_duration_s is not None else END_S))
        for taken in range(over + 1):
            begin = State(0, True, leaves, taken, tuple((0, 0) for _ in duty.break_rules))
            yield from (
                state.clock
                for state in _reached(begin, visits, duty, latest)
                if _is_over(state, visits, duty)
            )


def _is_over(state: State, visits: list[Visit], duty: Duty) -> bool:
    done = state.at == len(visits) - 1 and state.is_there
    return done and all(state.clock <= rest.latest_s for rest in duty.rests[state.rests :])


def _reached(begin: State, visits: list[Visit], duty: Duty, latest: int) -> set[State]:
    """Return every state that can be come to; `is_there` after service, or on arrival before it."""
    seen: set[State] = set()
    waiting = [begin]
    while waiting:
        state = waiting.pop()
        if state in seen or state.clock > latest:
            continue
        counts = zip(duty.break_rules, state.counted, strict=True)
        if any(counted > rule.limit_s for rule, (counted, _) in counts):
            continue
        seen.add(state)
        waiting.extend(_next(state, visits, duty))
    return seen


def _next(state: State, visits: list[Visit], duty: Duty) -> Iterator[State]:
    yield _worked(state, duty, 1, driven=0)
    yield from _breaks(state, duty)
    if state.is_there and state.at < len(visits) - 1:
        leg = visits[state.at + 1].travel_time_s
        yield _worked(state, duty, leg, driven=leg)._replace(at=state.at + 1, is_there=False)
    if not state.is_there:
        visit = visits[state.at]
        if any(opens <= state.clock <= closes for opens, closes in visit.windows):
            yield _worked(state, duty, visit.service_time_s, driven=0)._replace(is_there=True)


def _worked(state: State, duty: Duty, seconds: int, *, driven: int) -> State:
    counted = tuple(
        (done + (driven if rule.counts is Counted.DRIVING else seconds), part)
        for rule, (done, part) in zip(duty.break_rules, state.counted, strict=True)
    )
    return state._replace(clock=state.clock + seconds, counted=counted)


def _breaks(state: State, duty: Duty) -> Iterator[State]:
    lengths = [length for rule in duty.break_rules for length in (rule.break_s, *rule.parts)]
    for length in range(1, 5):
        counted = tuple(
            _rested(rule, done, part, length)
            for rule, (done, part) in zip(duty.break_rules, state.counted, strict=True)
        )
        after = state._replace(clock=state.clock + length, counted=counted)
        if length >= min(lengths):
            yield after
        if state.rests < len(duty.rests):
            rest = duty.rests[state.rests]
            if length >= rest.duration_s and rest.earliest_s <= state.clock <= rest.latest_s:
                yield after._replace(rests=state.rests + 1)


def _rested(rule: BreakRule, done: int, part: int, length: int) -> tuple[int, int]:
    part += part < len(rule.parts) and length >= rule.parts[part]
    is_full = length >= rule.break_s or (len(rule.parts) > 0 and part == len(rule.parts))
    return (0, 0) if is_full else (done, part)
