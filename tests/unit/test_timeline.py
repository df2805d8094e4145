"""The clockwork, checked by hand on short sequences."""

from __future__ import annotations

from dataclasses import replace

import pytest

from tournee.domain import StopKind, WasteStream
from tournee.timeline import NO_WAY, Duty, Moment, Rest, Visit, outcome, schedule
from tournee.timeline_check import check

HOUR = 3_600
DUTY = Duty(6 * HOUR, 14 * HOUR, payload_kg=1_000, body_l=2_000)


def start() -> Visit:
    return Visit(StopKind.START, "D")


def service(ref: str, travel_s: int = 600, **changes: object) -> Visit:
    visit = Visit(
        StopKind.SERVICE,
        ref,
        travel_s,
        travel_s * 10,
        180,
        demand_kg=100,
        demand_l=500,
        stream=WasteStream.GLASS,
    )
    return replace(visit, **changes)  # type: ignore[arg-type]


def unloading(travel_s: int = 600) -> Visit:
    return Visit(
        StopKind.UNLOADING, "F", travel_s, travel_s * 10, 900, accepts=frozenset({WasteStream.GLASS})
    )


def end(travel_s: int = 600) -> Visit:
    return Visit(StopKind.END, "D", travel_s, travel_s * 10)


def kinds(visits: list[Visit], duty: Duty = DUTY) -> set[str]:
    return {broken.kind for broken in check(schedule(visits, duty), visits, duty)}


def test_times_add_up() -> None:
    visits = [start(), service("a"), unloading(), end()]
    moments = schedule(visits, DUTY)
    assert [m.arrival_s - 6 * HOUR for m in moments] == [0, 600, 1_380, 2_880]
    assert [m.departure_s - 6 * HOUR for m in moments] == [0, 780, 2_280, 2_880]
    assert [m.load_kg for m in moments] == [0, 100, 0, 0]
    assert [m.load_l for m in moments] == [0, 500, 0, 0]
    assert check(moments, visits, DUTY) == ()


def test_a_truck_waits_for_a_window_by_leaving_later() -> None:
    visits = [start(), service("a", windows=((8 * HOUR, 9 * HOUR),)), unloading(), end()]
    moments = schedule(visits, DUTY)
    assert moments[0].departure_s == 8 * HOUR - 600
    assert moments[1].waiting_s == 0


def test_a_window_between_two_others_is_waited_for_on_the_road() -> None:
    late = service("b", windows=((8 * HOUR, 9 * HOUR),))
    visits = [start(), service("a", windows=((6 * HOUR, 6 * HOUR + 700),)), late, unloading(), end()]
    moments = schedule(visits, DUTY)
    assert moments[2].start_s == 8 * HOUR
    assert moments[2].waiting_s > HOUR
    assert moments[1].start_s <= 6 * HOUR + 700


def test_the_second_window_is_used_when_the_first_is_over() -> None:
    visits = [start(), service("a", windows=((0, HOUR), (7 * HOUR, 8 * HOUR))), unloading(), end()]
    assert schedule(visits, DUTY)[1].start_s == 7 * HOUR


def test_a_break_uses_waiting_time() -> None:
    duty = replace(DUTY, rests=(Rest(6 * HOUR + 780, 8 * HOUR, 1_800),))
    visits = [
        start(),
        service("a", windows=((0, 6 * HOUR + 600),)),
        service("b", windows=((8 * HOUR, 9 * HOUR),)),
        unloading(),
        end(),
    ]
    without, with_rest = outcome(visits, DUTY), outcome(visits, duty)
    assert with_rest == without  # half an hour of rest fits into the wait
    assert check(schedule(visits, duty), visits, duty) == ()


def test_a_break_is_taken_before_or_after_a_leg_never_inside() -> None:
    duty = replace(DUTY, rests=(Rest(7 * HOUR, 8 * HOUR, 1_800),))
    visits = [start(), service("a"), service("b", 2 * HOUR), unloading(), end()]
    moments = schedule(visits, duty)
    position = [m.kind for m in moments].index(StopKind.BREAK)
    rest = moments[position]
    assert rest.start_s == 7 * HOUR
    assert rest.travel_time_s == 0  # at a, waiting until seven: the leg would end after eight
    assert check(moments, visits, duty) == ()


def test_a_break_after_the_leg_carries_the_leg() -> None:
    duty = replace(DUTY, rests=(Rest(7 * HOUR, 8 * HOUR, 1_800),))
    visits = [start(), service("a"), service("b", HOUR), unloading(), end(HOUR)]
    moments = schedule(visits, duty)
    rest = next(m for m in moments if m.kind is StopKind.BREAK)
    assert rest.travel_time_s == HOUR
    assert rest.departure_s - rest.start_s == 1_800
    assert check(moments, visits, duty) == ()


def test_no_break_is_due_for_a_truck_that_is_back_in_time() -> None:
    duty = replace(DUTY, rests=(Rest(11 * HOUR, 13 * HOUR, 1_800),))
    moments = schedule([start(), service("a"), unloading(), end()], duty)
    assert StopKind.BREAK not in {m.kind for m in moments}


def test_two_breaks_are_both_taken_in_order() -> None:
    rests = (Rest(7 * HOUR, 8 * HOUR, 900), Rest(10 * HOUR, 11 * HOUR, 1_800))
    duty = replace(DUTY, rests=rests)
    visits = [
        start(),
        *(service(f"b{n}", 1_800, demand_kg=1, demand_l=1) for n in range(10)),
        unloading(),
        end(),
    ]
    moments = schedule(visits, duty)
    assert [m.departure_s - m.start_s for m in moments if m.kind is StopKind.BREAK] == [900, 1_800]
    assert check(moments, visits, duty) == ()


def test_a_break_that_was_over_before_leaving_is_no_stop() -> None:
    duty = replace(DUTY, rests=(Rest(6 * HOUR, 7 * HOUR, 1_800),))
    late = service("a", windows=((9 * HOUR, 10 * HOUR),))
    moments = schedule([start(), late, unloading(), end()], duty)
    assert StopKind.BREAK not in {m.kind for m in moments}
    assert moments[0].departure_s == 9 * HOUR - 600


@pytest.mark.parametrize(
    ("visits", "kind"),
    [
        ([start(), service("a", windows=((0, HOUR),)), unloading(), end()], "window"),
        ([start(), service("a", windows=()), unloading(), end()], "window"),
        ([start(), service("a", 9 * HOUR), unloading(), end()], "shift"),
        ([start(), service("a", NO_WAY), unloading(), end()], "unreachable"),
        ([start(), service("a", demand_kg=1_001), unloading(), end()], "capacity_kg"),
        ([start(), service("a", demand_l=2_001), unloading(), end()], "capacity_l"),
        ([start(), service("a"), end()], "not_unloaded"),
        ([start(), service("a"), service("b", stream=WasteStream.PAPER), unloading(), end()], "stream_mix"),
        ([start(), service("a", stream=WasteStream.PAPER), unloading(), end()], "facility_stream"),
    ],
)
def test_a_broken_rule_is_named(visits: list[Visit], kind: str) -> None:
    assert kind in kinds(visits)


def test_a_stream_that_the_truck_does_not_take_is_named() -> None:
    duty = replace(DUTY, streams=frozenset({WasteStream.PAPER}))
    assert "truck_stream" in kinds([start(), service("a"), unloading(), end()], duty)


def test_an_impossible_break_is_named_and_the_clock_goes_on() -> None:
    duty = replace(DUTY, rests=(Rest(6 * HOUR + 60, 6 * HOUR + 120, 1_800),))
    visits = [start(), service("a", windows=((6 * HOUR, 6 * HOUR + 600),)), unloading(), end()]
    assert outcome(visits, duty)[0] == 1
    assert len(schedule(visits, duty)) >= 4


def test_a_truck_waits_for_a_break_by_leaving_later() -> None:
    duty = replace(DUTY, rests=(Rest(6 * HOUR + 1_000, 6 * HOUR + 1_000, 900),))
    visits = [start(), service("a", windows=((6 * HOUR, 7 * HOUR),)), unloading(), end()]
    moments = schedule(visits, duty)
    assert moments[0].departure_s == 6 * HOUR + 220
    assert check(moments, visits, duty) == ()


def test_how_long_a_truck_may_be_out_is_counted_from_when_it_leaves() -> None:
    late = service("a", windows=((10 * HOUR, 11 * HOUR),))
    visits = [start(), late, unloading(), end()]  # 600 + 180 + 600 + 900 + 600 s
    exact = replace(DUTY, max_duration_s=2_880)
    assert kinds(visits, exact) == set()
    assert outcome(visits, exact) == (0, 10 * HOUR + 2_280)
    short = replace(DUTY, max_duration_s=2_879)
    assert kinds(visits, short) == {"duration"}
    assert outcome(visits, short)[0] == 1


def test_waiting_on_the_road_counts_towards_how_long_a_truck_is_out() -> None:
    early = service("a", windows=((6 * HOUR, 6 * HOUR + 700),))
    late = service("b", windows=((8 * HOUR, 9 * HOUR),))
    visits = [start(), early, late, unloading(), end()]
    # it leaves at 6:01:40 to be at a at the last moment, and begins b at eight, 180 + 600 + 900 + 600 s before the end
    assert kinds(visits, replace(DUTY, max_duration_s=2 * HOUR - 100 + 2_280)) == set()
    assert kinds(visits, replace(DUTY, max_duration_s=2 * HOUR - 100 + 2_279)) == {"duration"}


SOUND = [start(), service("a"), service("b"), unloading(), end()]


@pytest.mark.parametrize(
    ("position", "change", "kind"),
    [
        (1, {"arrival_s": 6 * HOUR + 1}, "clock"),
        (1, {"start_s": 6 * HOUR}, "clock"),
        (1, {"departure_s": 6 * HOUR + 700}, "clock"),
        (1, {"distance_m": 1}, "travel"),
        (2, {"travel_time_s": 1}, "travel"),
        (2, {"load_kg": 100}, "load"),
        (2, {"load_l": 0}, "load"),
        (0, {"departure_s": 6 * HOUR - 1}, "shift"),
        (4, {"arrival_s": 15 * HOUR}, "shift"),
        (1, {"ref": "c"}, "sequence"),
    ],
)
def test_a_schedule_that_was_tampered_with_is_caught(
    position: int, change: dict[str, object], kind: str
) -> None:
    moments: list[Moment] = list(schedule(SOUND, DUTY))
    moments[position] = replace(moments[position], **change)  # type: ignore[arg-type]
    assert kind in {broken.kind for broken in check(moments, SOUND, DUTY)}


def test_a_break_that_is_missing_or_short_is_caught() -> None:
    duty = replace(DUTY, rests=(Rest(6 * HOUR + 600, 6 * HOUR + 1_200, 1_800),))
    moments = schedule(SOUND, duty)
    assert check(moments, SOUND, duty) == ()
    assert "break" in {b.kind for b in check(schedule(SOUND, DUTY), SOUND, duty)}
    longer = replace(duty, rests=(Rest(6 * HOUR + 600, 6 * HOUR + 1_200, 1_801),))
    assert "break" in {b.kind for b in check(moments, SOUND, longer)}


def test_a_schedule_must_begin_at_its_start() -> None:
    moments = schedule(SOUND, DUTY)
    rest = Moment(StopKind.BREAK, "", 6 * HOUR, 6 * HOUR, 6 * HOUR)
    assert "sequence" in {b.kind for b in check((rest, *moments), SOUND, DUTY)}
