"""Is a given schedule sound? Every broken rule of one vehicle's timeline, named; trusts nothing that wound it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from itertools import pairwise
from typing import NamedTuple

from tournee.domain import BreakRule, Counted, StopKind, WasteStream
from tournee.duty import NO_WAY, Duty, Moment, Rest, Visit


class Broken(NamedTuple):
    """A rule that a sequence breaks, at which visit, in a plain sentence."""

    kind: str
    ref: str
    detail: str


def check(moments: Sequence[Moment], visits: Sequence[Visit], duty: Duty) -> tuple[Broken, ...]:
    """Return every rule that a given schedule of `visits` breaks; empty where it is sound."""
    stops = [moment for moment in moments if moment.kind is not StopKind.BREAK]
    if [(s.kind, s.ref) for s in stops] != [(v.kind, v.ref) for v in visits]:
        return (Broken("sequence", visits[0].ref, "The schedule does not follow the sequence of visits."),)
    return (
        *_broken_times(moments, visits),
        *_broken_legs(moments, visits),
        *_broken_rests(moments, duty),
        *(broken for rule in duty.break_rules for broken in _broken_rule(moments, rule)),
        *_broken_shift(moments, duty),
        *broken_loads(visits, duty),
        *broken_caps(visits, duty),
        *_wrong_loads(moments, visits),
    )


def broken_loads(visits: Sequence[Visit], duty: Duty) -> Iterator[Broken]:
    """Yield what a sequence breaks whatever its times: capacities, mixed or refused streams, a load brought home."""
    kg = litres = 0
    inside: WasteStream | None = None
    for visit in visits:
        if visit.kind is StopKind.SERVICE:
            kg, litres = kg + visit.demand_kg, litres + visit.demand_l
            yield from _broken_service(visit, duty, inside)
            inside = visit.stream
            if kg > duty.payload_kg:
                yield Broken(
                    "capacity_kg", visit.ref, f"{kg} kg on a truck that carries {duty.payload_kg} kg."
                )
            if litres > duty.body_l:
                yield Broken("capacity_l", visit.ref, f"{litres} l in a body of {duty.body_l} l.")
        elif visit.kind is StopKind.UNLOADING:
            if inside and visit.accepts is not None and inside not in visit.accepts:
                yield Broken("facility_stream", visit.ref, f"{visit.ref} does not take {inside}.")
            kg, litres, inside = 0, 0, None
        elif visit.kind is StopKind.END and inside and not visit.may_be_loaded:
            yield Broken("not_unloaded", visit.ref, f"{kg} kg of {inside} are still on the truck.")


def broken_caps(visits: Sequence[Visit], duty: Duty) -> Iterator[Broken]:
    """Yield each cap of the shift at the service that goes over it: stops, kilograms, litres, unloadings or not."""
    services = [visit for visit in visits if visit.kind is StopKind.SERVICE]
    yield from _over("daily_stops", "stops", duty.max_stops, ((visit.ref, 1) for visit in services))
    yield from _over("daily_kg", "kg", duty.max_kg, ((visit.ref, visit.demand_kg) for visit in services))
    yield from _over("daily_l", "l", duty.max_l, ((visit.ref, visit.demand_l) for visit in services))


def _over(kind: str, unit: str, cap: int | None, amounts: Iterable[tuple[str, int]]) -> Iterator[Broken]:
    total = 0
    for ref, amount in amounts:
        total += amount
        if cap is not None and total > cap:
            yield Broken(kind, ref, f"{total} {unit} on a truck that takes {cap} {unit} a day.")
            return


def _broken_times(moments: Sequence[Moment], visits: Sequence[Visit]) -> Iterator[Broken]:
    if moments[0].kind is not StopKind.START:
        yield Broken("sequence", moments[0].ref, "The schedule does not begin at its start.")
    for last, moment in pairwise(moments):
        if moment.arrival_s != last.departure_s + moment.travel_time_s:
            yield Broken("clock", moment.ref, "Arrival is not the departure before plus the travel time.")
        if moment.start_s < moment.arrival_s:
            yield Broken("clock", moment.ref, "Service begins before the truck is there.")
    stops = [moment for moment in moments if moment.kind is not StopKind.BREAK]
    for moment, visit in zip(stops, visits, strict=True):
        if moment.departure_s != moment.start_s + visit.service_time_s:
            yield Broken("clock", visit.ref, f"Service does not take {visit.service_time_s} s.")
        if not any(opens <= moment.start_s <= closes for opens, closes in visit.windows):
            yield Broken(
                "window", visit.ref, f"Service begins at {_clock(moment.start_s)}, when it is closed."
            )


def _broken_legs(moments: Sequence[Moment], visits: Sequence[Visit]) -> Iterator[Broken]:
    time = distance = 0
    legs = iter(visits)
    for moment in moments:
        time, distance = time + moment.travel_time_s, distance + moment.distance_m
        if moment.kind is StopKind.BREAK:
            continue
        visit = next(legs)
        if visit.travel_time_s >= NO_WAY or visit.distance_m >= NO_WAY:
            yield Broken("unreachable", visit.ref, "There is no way for this truck from the stop before.")
        if (time, distance) != (visit.travel_time_s, visit.distance_m):
            yield Broken(
                "travel", visit.ref, "The leg disagrees with the matrix of travel times and distances."
            )
        time = distance = 0


def _broken_rests(moments: Sequence[Moment], duty: Duty) -> Iterator[Broken]:
    leaves, back = moments[0].departure_s, moments[-1].arrival_s
    shortest = min((s for rule in duty.break_rules for s in (rule.break_s, *rule.parts)), default=None)
    due = [rest for rest in duty.rests if leaves < rest.earliest_s + rest.duration_s and back > rest.latest_s]
    optional = [rest for rest in duty.rests if rest not in due]
    breaks = [moment for moment in moments if moment.kind is StopKind.BREAK]
    # Those too short for any rule first: a longer one may stand anywhere.
    for moment in sorted(breaks, key=lambda m: _is_long(m, shortest)):
        rest = next((r for r in (*due, *optional) if _fits(moment, r)), None)
        if rest is not None:
            (due if rest in due else optional).remove(rest)
        elif not _is_long(moment, shortest):
            text = f"The break at {_clock(moment.start_s)} is too early, late or short."
            yield Broken("break", moment.ref, text)
    for rest in due:
        yield Broken(
            "break", "", f"No break begins from {_clock(rest.earliest_s)} to {_clock(rest.latest_s)}."
        )


def _is_long(moment: Moment, shortest_s: int | None) -> bool:
    return shortest_s is not None and moment.departure_s - moment.start_s >= shortest_s


def _broken_rule(moments: Sequence[Moment], rule: BreakRule) -> Iterator[Broken]:
    """Yield each stretch between two sufficient breaks in which a rule counts more than it allows."""
    counted_s, part, is_told = 0, 0, False
    for before, moment in pairwise(moments):
        is_break = moment.kind is StopKind.BREAK
        done = moment.start_s if is_break else moment.departure_s
        worked_s = done - before.departure_s
        counted_s += moment.travel_time_s if rule.counts is Counted.DRIVING else worked_s
        if counted_s > rule.limit_s and not is_told:
            is_told = True
            text = (
                f"More than {rule.limit_s // 60} min of {rule.counts} until {_clock(done)} without a break."
            )
            yield Broken("break_rule", moment.ref, text)
        if is_break:
            lasted_s = moment.departure_s - moment.start_s
            part += part < len(rule.parts) and lasted_s >= rule.parts[part]
            if lasted_s >= rule.break_s or (rule.parts and part == len(rule.parts)):
                counted_s, part, is_told = 0, 0, False


def _fits(moment: Moment, rest: Rest) -> bool:
    long_enough = moment.departure_s - moment.start_s >= rest.duration_s
    return long_enough and rest.earliest_s <= moment.start_s <= rest.latest_s


def _broken_shift(moments: Sequence[Moment], duty: Duty) -> Iterator[Broken]:
    if moments[0].departure_s < duty.start_s:
        yield Broken(
            "shift", moments[0].ref, f"It leaves at {_clock(moments[0].departure_s)}, before the shift."
        )
    if moments[-1].arrival_s > duty.latest_s:
        back, end = _clock(moments[-1].arrival_s), _clock(duty.end_s)
        kind = "overtime" if duty.overtime_max_s else "shift"
        more = f" and {duty.overtime_max_s // 60} min of overtime" if duty.overtime_max_s else ""
        yield Broken(kind, moments[-1].ref, f"It is back at {back}, after the shift ends at {end}{more}.")
    out_s = moments[-1].arrival_s - moments[0].departure_s
    if duty.max_duration_s is not None and out_s > duty.max_duration_s:
        text = f"It is out for {out_s} s, and may be for {duty.max_duration_s} s."
        yield Broken("duration", moments[-1].ref, text)


def _broken_service(visit: Visit, duty: Duty, inside: WasteStream | None) -> Iterator[Broken]:
    if duty.streams is not None and visit.stream not in duty.streams:
        yield Broken("truck_stream", visit.ref, f"This truck does not take {visit.stream}.")
    if inside and visit.stream is not inside:
        yield Broken("stream_mix", visit.ref, f"{visit.stream} is put on top of {inside}.")


def _wrong_loads(moments: Sequence[Moment], visits: Sequence[Visit]) -> Iterator[Broken]:
    stops = [moment for moment in moments if moment.kind is not StopKind.BREAK]
    for moment, (kg, litres) in zip(stops, _carried(visits), strict=True):
        if (moment.load_kg, moment.load_l) != (kg, litres):
            yield Broken(
                "load",
                moment.ref,
                f"It says {moment.load_kg} kg, {moment.load_l} l; it is {kg} kg, {litres} l.",
            )


def _clock(seconds: int) -> str:
    return f"{seconds // 3600:02d}:{seconds % 3600 // 60:02d}"


def _carried(visits: Sequence[Visit]) -> Iterator[tuple[int, int]]:
    kg = litres = 0
    for visit in visits:
        emptied = visit.kind is StopKind.UNLOADING
        kg = 0 if emptied else kg + visit.demand_kg
        litres = 0 if emptied else litres + visit.demand_l
        yield kg, litres
