"""The town in motion: readings and services in time order, plans served, the calendar before them."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from itertools import groupby, pairwise
from threading import Event

import pytest

from simulator.city import City
from simulator.driver import CalendarCrew, planned_services
from simulator.live import replay, run_live
from simulator.placing import place_town
from simulator.town import Message, SimulatedTown
from tests.town_fixtures import HELSINKI, MONDAY
from tests.unit.test_placing import SURVEY
from tournee.domain import Location, Plan, Reading, Route, ServiceEvent, Stop, StopKind, Trip, WasteStream
from tournee.settings import SimulatorSettings

SETTINGS = SimulatorSettings(num_bins=30, mean_fill_days=4)


class ListOutbox:
    """An outbox that keeps everything."""

    def __init__(self) -> None:
        self.messages: list[Message] = []
        self.flushes = 0

    def publish(self, message: Message) -> None:
        self.messages.append(message)

    def flush(self) -> None:
        self.flushes += 1


def city() -> City:
    placed = place_town(SURVEY, SETTINGS)
    return City(placed.depot, placed.bins, placed.sensors, placed.vehicles, placed.facilities)


def town(settings: SimulatorSettings = SETTINGS, start_at: datetime = MONDAY) -> SimulatedTown:
    return SimulatedTown(city(), settings, start_at, HELSINKI)


def days(number: float) -> datetime:
    return MONDAY + timedelta(days=number)


def moment(message: Message) -> datetime:
    return message.measured_at if isinstance(message, Reading) else message.served_at


def services(messages: list[Message]) -> list[ServiceEvent]:
    return [message for message in messages if isinstance(message, ServiceEvent)]


def stop_at(kind: StopKind, place_ref: str, at: datetime) -> Stop:
    return Stop(kind, place_ref, place_ref, Location(60, 24), at, at, at + timedelta(minutes=3), 0, 0)


def plan(day: date, *stops: tuple[str, datetime], plan_id: str = "plan-1") -> Plan:
    visits = tuple(stop_at(StopKind.SERVICE, bin_id, at) for bin_id, at in stops)
    unloading = stop_at(StopKind.UNLOADING, "facility-north", stops[-1][1] + timedelta(hours=1))
    trip = Trip(WasteStream.RESIDUAL, (*visits, unloading))
    start, end = (
        stop_at(StopKind.START, "depot-1", stops[0][1]),
        stop_at(StopKind.END, "depot-1", stops[-1][1]),
    )
    return Plan(plan_id, "depot-1", day, MONDAY, (Route("truck-1", "Truck 1", start, (trip,), end),), ())


def test_everything_comes_in_time_order_and_within_the_time_asked_for() -> None:
    messages = list(town().advance(days(5)))
    times = [moment(message) for message in messages]
    assert times == sorted(times)
    assert times[0] > MONDAY
    assert times[-1] <= days(5)
    assert all(time.tzinfo is UTC for time in times)


def test_the_same_seed_lives_the_same_life_in_one_stride_or_in_many() -> None:
    whole, steps, walker = list(town().advance(days(3))), [], town()
    for quarter in range(1, 13):
        steps += list(walker.advance(days(quarter / 4)))
    assert steps == whole
    assert walker.now == days(3)
    assert walker.num_sent == len(whole)
    assert town(SETTINGS.model_copy(update={"seed": 8})).advance(days(1)).__next__() != whole[0]


def test_going_back_in_time_sends_nothing() -> None:
    simulated = town()
    list(simulated.advance(days(1)))
    assert list(simulated.advance(days(0.5))) == []
    assert simulated.now == days(1)


def test_everything_sent_is_counted_by_kind() -> None:
    simulated = town()
    messages = list(simulated.advance(days(4)))
    assert simulated.num_services == len(services(messages)) > 0
    assert simulated.num_readings == len(messages) - simulated.num_services > 0


def test_the_calendar_empties_each_bin_regularly_in_working_hours() -> None:
    events = services(list(town().advance(days(28))))
    assert {event.bin_id for event in events} == {b.bin_id for b in city().bins}
    assert all(6 <= event.served_at.astimezone(HELSINKI).hour < 14 for event in events)
    assert all(event.vehicle_id for event in events)
    for _, visits in groupby(sorted(events, key=lambda e: (e.bin_id, e.served_at)), key=lambda e: e.bin_id):
        at = [visit.served_at.astimezone(HELSINKI).date() for visit in visits]
        assert len({(b - a).days for a, b in pairwise(at)}) <= 1, "the same interval each time"
    assert 0.4 < sum(event.fill_level_seen or 0 for event in events) / len(events) < 0.95


def test_the_crew_sees_what_it_empties_and_the_sensor_sees_it_gone() -> None:
    exact = SETTINGS.model_copy(
        update={"noise": 0, "dropout": 0, "duplicates": 0, "phantom_sensors": 0, "silent_sensors": 0}
    )
    messages = list(town(exact).advance(days(10)))
    event = next(e for e in services(messages) if (e.fill_level_seen or 0) > 0.6)
    after = next(
        m
        for m in messages
        if isinstance(m, Reading) and m.bin_id == event.bin_id and m.measured_at > event.served_at
    )
    assert after.fill_level < 0.4


def test_a_served_plan_empties_its_bins_at_their_times_and_ends_the_calendar() -> None:
    simulated = town()
    list(simulated.advance(days(2)))
    made = plan(date(2026, 11, 11), ("bin-0002", days(2.3)), ("bin-0005", days(2.4)))
    assert simulated.serve(made) == 2
    events = services(list(simulated.advance(days(6))))
    assert [(e.bin_id, e.served_at, e.vehicle_id, e.plan_id) for e in events] == [
        ("bin-0002", days(2.3), "truck-1", "plan-1"),
        ("bin-0005", days(2.4), "truck-1", "plan-1"),
    ]
    assert all(e.fill_level_seen is not None for e in events)


def test_serving_a_plan_twice_or_a_newer_one_for_the_day_replaces_it() -> None:
    simulated, day = town(), date(2026, 11, 9)
    first = plan(day, ("bin-0001", days(0.3)), ("bin-0002", days(0.5)))
    simulated.serve(first)
    simulated.serve(first)
    list(simulated.advance(days(0.4)))
    simulated.serve(plan(day, ("bin-0003", days(0.35)), ("bin-0004", days(0.6)), plan_id="plan-2"))
    rest = services(list(simulated.advance(days(1))))
    assert [(e.bin_id, e.plan_id) for e in rest] == [("bin-0004", "plan-2")], (
        "what is past is not made up for"
    )
    assert simulated.num_services == 2


def test_a_plan_for_another_town_serves_nothing() -> None:
    simulated = town()
    assert simulated.serve(plan(date(2026, 11, 9), ("bin-of-elsewhere", days(0.5)))) == 0
    assert services(list(simulated.advance(days(1)))) == []


def test_planned_services_are_the_stops_that_empty_a_bin() -> None:
    made = plan(date(2026, 11, 9), ("b", days(0.5)), ("a", days(0.4)))
    assert [event.bin_id for event in planned_services(made)] == ["a", "b"]


def test_without_any_service_bins_overflow_and_are_counted() -> None:
    alone, served = town(), town()
    alone.stop_calendar(date(2026, 11, 9))
    list(alone.advance(days(20)))
    list(served.advance(days(20)))
    assert alone.num_services == 0
    assert alone.overflow_bin_hours > 3 * served.overflow_bin_hours
    assert alone.overflow_bin_hours > 30 * 24 * 5


def test_a_stream_without_a_truck_is_still_emptied_by_someone() -> None:
    simulated, bare = town(), city()
    crew = CalendarCrew(bare.bins, (), simulated.filling, seed=7, zone=HELSINKI)
    event = next(crew.services(days(0).timestamp(), days(9).timestamp()))
    assert event.vehicle_id == ""


def test_replay_sends_history_day_by_day_and_waits_for_the_last() -> None:
    simulated, outbox, seen = town(), ListOutbox(), []
    sent = replay(
        simulated, outbox, days(3), zone=HELSINKI, progress=lambda day, count: seen.append((day, count))
    )
    assert sent == len(outbox.messages) == simulated.num_sent == seen[-1][1]
    assert [day for day, _ in seen] == [date(2026, 11, 9), date(2026, 11, 10), date(2026, 11, 11)]
    assert outbox.flushes == 1
    assert replay(simulated, outbox, days(3.5), zone=HELSINKI) == len(outbox.messages) - sent


@pytest.mark.parametrize("speed", [1.0, 3_600.0])
def test_live_follows_its_clock_at_any_speed(speed: float) -> None:
    simulated, outbox, stop = town(), ListOutbox(), Event()
    ticks = iter(range(100))
    steps: list[datetime] = []

    def clock() -> datetime:
        return datetime(2026, 1, 1, tzinfo=UTC) + timedelta(seconds=10 * next(ticks))

    def on_step(living: SimulatedTown) -> None:
        steps.append(living.now)
        if len(steps) == 5:
            stop.set()

    run_live(simulated, outbox, stop, clock=clock, speed=speed, step_s=0.001, on_step=on_step)
    assert steps == [MONDAY + timedelta(seconds=10 * n * speed) for n in range(1, 6)]
    assert len(outbox.messages) == simulated.num_sent
    assert outbox.flushes == 1
    assert (len(outbox.messages) > 100) is (speed > 1)


def test_live_without_a_listener_ends_at_once_when_told_to() -> None:
    stop, simulated = Event(), town()
    stop.set()
    run_live(simulated, ListOutbox(), stop, clock=lambda: MONDAY)
    assert simulated.now == MONDAY


def test_readings_say_which_bin_and_sensor_they_are_of() -> None:
    by_bin = {sensor.bin_id: sensor.sensor_id for sensor in city().sensors}
    readings = [m for m in town().advance(days(1)) if isinstance(m, Reading)]
    assert {(r.bin_id, r.sensor_id) for r in readings} <= set(by_bin.items())
    assert all(r.received_at == r.measured_at for r in readings)
