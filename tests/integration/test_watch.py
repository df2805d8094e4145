"""The watch from end to end: readings in the store, an alert, who is told of it, and its end."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from threading import Event, Thread

import pytest

from collector.watching.chores import Chore, run_chores
from collector.watching.watch import Watch, watch
from tests.alert_fixtures import DAY, DESK, HOUR, MINUTE, NOON, a_reading, heard, with_sensors
from tests.broker import Listener
from tests.collector_fixtures import PATIENCE_S, at_broker, opened, running, wait_for
from tests.integration.test_announcing import Hands, settings
from tests.receiver import SECRET, receiving
from tournee.cli.broker import Mosquitto
from tournee.clock import utc_now
from tournee.domain import Alert, AlertKind, AlertStatus, DeviceState, Sensor, ServiceEvent
from tournee.errors import StoreUnavailable
from tournee.settings import AlertSettings, BrokerSettings
from tournee.store import AlertFilter, Batch, Store

QUIET = settings(topic_prefix="")


@pytest.fixture
def clock() -> Hands:
    return Hands()


@pytest.fixture
def town(any_store: Store) -> Store:
    return with_sensors(any_store)


def kinds(store: Store) -> set[tuple[str, str]]:
    """Return what is open, as bin and kind."""
    return {(alert.bin_id, alert.kind.value) for alert in store.open_alerts()}


def history(store: Store, kind: AlertKind) -> list[Alert]:
    return list(store.alerts(AlertFilter(kind=kind), 100)[0])[::-1]


def nobody(_kind: AlertKind) -> tuple[str, ...]:
    return ()


# --- one look after another ---


def test_every_kind_opens_and_closes_by_itself(town: Store, clock: Hands) -> None:
    watching = Watch(town, QUIET, clock)
    heard(town, a_reading("b", NOON - 30 * MINUTE, temperature_c=20.0))
    heard(
        town,
        a_reading("a", NOON, 1.1),
        a_reading("b", NOON, temperature_c=45.0),
        a_reading("c", NOON, is_tilted=True),
        a_reading("d", NOON, battery_v=3.1),
    )
    town.note_devices([DeviceState("s-e", NOON - 37 * HOUR), DeviceState("s-f", NOON, battery_level=0.1)])
    watching.look()
    troubles = {
        ("a", "overflow"),
        ("b", "fire"),
        ("c", "tilted"),
        ("d", "battery"),
        ("e", "silent"),
        ("f", "battery"),
    }
    assert kinds(town) == troubles
    clock.turn(minutes=10)
    watching.look()
    assert kinds(town) == troubles, "what stands is not opened twice"
    assert town.num_open_alerts() == 6

    later = clock.now
    heard(
        town,
        a_reading("a", later, 0.1),
        a_reading("b", later, temperature_c=25.0),
        a_reading("c", later, is_tilted=False),
        a_reading("d", later, battery_v=3.6),
        a_reading("e", later),
    )
    town.note_devices([DeviceState("s-f", later, battery_level=0.9)])
    watching.look()
    assert kinds(town) == set()
    fires = history(town, AlertKind.FIRE)
    assert [(alert.status, alert.closed_at, alert.closed_by) for alert in fires] == [
        (AlertStatus.CLOSED, later, "")
    ]
    assert fires[0].evidence["rise_k"] == 25.0
    assert fires[0].sensor_id == "s-b"


def test_an_alert_does_not_flap(town: Store, clock: Hands) -> None:
    watching = Watch(town, QUIET, clock)
    for fill_level in (0.99, 1.01, 0.97, 1.02, 0.95):
        clock.turn(minutes=10)
        heard(town, a_reading("a", clock.now, fill_level))
        watching.look()
    assert len(history(town, AlertKind.OVERFLOW)) == town.num_open_alerts() == 1


def test_a_persons_closing_holds_until_the_cause_was_gone(town: Store, clock: Hands) -> None:
    watching = Watch(town, QUIET, clock)

    def overflow(fill_level: float) -> int:
        clock.turn(minutes=10)
        heard(town, a_reading("a", clock.now, fill_level))
        watching.look()
        return len(history(town, AlertKind.OVERFLOW))

    assert overflow(1.1) == 1
    town.close_alert(town.open_alerts()[0].alert_id, "Aino", clock.now, nobody)
    assert overflow(1.2) == 1, "it is known"
    assert overflow(0.2) == 1
    assert history(town, AlertKind.OVERFLOW)[0].cause_gone_at == clock.now
    assert overflow(1.1) == 2, "it is news again"


def test_what_a_person_closed_comes_back_after_the_snooze(town: Store, clock: Hands) -> None:
    watching = Watch(town, QUIET, clock)
    for hours in (0, 23, 2):
        clock.turn(hours=hours)
        heard(town, a_reading("a", clock.now, is_tilted=True))
        watching.look()
        assert len(history(town, AlertKind.TILTED)) == (1 if hours != 2 else 2)
        if hours == 0:
            town.close_alert(town.open_alerts()[0].alert_id, "Aino", clock.now, nobody)


def test_a_stuck_sensor_is_found_and_freed(town: Store, clock: Hands) -> None:
    for hours in reversed(range(0, 9 * 24, 8)):
        heard(town, a_reading("a", NOON - hours * HOUR, 0.42), a_reading("b", NOON - hours * HOUR, 0.0))
    watching = Watch(town, QUIET, clock)
    watching.sweep()
    assert kinds(town) == {("a", "stuck")}
    assert town.open_alerts()[0].evidence["num_readings"] == 27
    heard(town, a_reading("a", NOON + MINUTE, 0.44))
    watching.sweep()
    assert kinds(town) == set()


def test_crew_and_sensor_disagree_until_the_level_falls(town: Store, clock: Hands) -> None:
    watching = Watch(town, QUIET, clock)
    town.record(Batch(services=[ServiceEvent("a", NOON), ServiceEvent("b", NOON)]))
    for hours, level_a, level_b in ((-1, 0.8, 0.8), (1, 0.8, 0.1), (2, 0.81, 0.1)):
        heard(
            town, a_reading("a", NOON + hours * HOUR, level_a), a_reading("b", NOON + hours * HOUR, level_b)
        )
    clock.turn(hours=3)
    watching.sweep()
    assert kinds(town) == {("a", "disagreement")}
    clock.turn(hours=30)
    watching.sweep()
    assert kinds(town) == {("a", "disagreement")}, "time alone settles nothing"
    heard(town, a_reading("a", clock.now, 0.1))
    watching.sweep()
    assert kinds(town) == set()


def test_a_sensor_that_moves_is_looked_at_where_it_is(town: Store, clock: Hands) -> None:
    watching = Watch(town, QUIET, clock)
    town.note_devices([DeviceState("s-a", NOON - 40 * HOUR)])
    watching.look()
    assert kinds(town) == {("a", "silent")}
    heard(town, a_reading("a", NOON - 40 * HOUR))
    town.save_bins([], [replace(sensor_of(town, "s-a"), bin_id="b")], NOON - HOUR)
    watching.sweep()
    assert kinds(town) == set(), "it moved an hour ago, and nobody sits on a"


def sensor_of(store: Store, sensor_id: str) -> Sensor:
    return next(sensor for sensor in store.sensors() if sensor.sensor_id == sensor_id)


def test_each_look_is_a_sign_of_life(town: Store, clock: Hands) -> None:
    heard(town, a_reading("a", NOON, 1.1))
    Watch(town, QUIET, clock).look()
    beat = town.heartbeats()["watch"]
    assert (beat.at, beat.detail) == (NOON, "alerts not closed: 1")


# --- the loop ---


@contextmanager
def watching(
    store: Store,
    broker: BrokerSettings,
    alerts: AlertSettings,
    clock: Callable[..., object] = utc_now,
    *chores: Chore,
) -> Iterator[None]:
    """Run the watch in a thread for as long as the block lasts; it must end in good time."""
    stop = Event()
    more = {"clock": clock, "chores": chores}
    thread = Thread(target=watch, args=(broker, alerts, store, stop), kwargs=more)
    thread.start()
    try:
        yield
    finally:
        stop.set()
        thread.join(PATIENCE_S)
        assert not thread.is_alive()


@pytest.mark.needs_broker
def test_from_a_reading_to_a_person_and_back(store: Store, broker: Mosquitto, clock: Hands) -> None:
    town = with_sensors(store)
    done: list[str] = []
    with receiving(503) as receiver:
        hooks = [{"name": DESK, "url": receiver.url, "kinds": ["overflow"]}]
        alerts = settings(webhooks=hooks, look_s=0.05, sweep_s=0.05)
        listener = Listener(broker.port)
        chore = Chore("tidy", 60, lambda: done.append("tidy"))
        with watching(town, at_broker(broker), alerts, clock, chore):
            heard(town, a_reading("a", NOON, 1.1), a_reading("b", NOON, temperature_c=80.0))
            assert len(listener.wait_for(2)) == 2
            wait_for(lambda: was_refused(town), "the desk's first answer")
            clock.turn(minutes=5)
            assert receiver.wait_for(1) == ["alert.opened"], "told again after a failure"
            (overflow,) = (alert for alert in town.open_alerts() if alert.kind is AlertKind.OVERFLOW)
            town.acknowledge_alert(overflow.alert_id, "Aino", clock.now, alerts.channels)
            assert receiver.wait_for(2)[-1] == "alert.acknowledged"
            heard(
                town,
                a_reading("a", NOON + 5 * MINUTE, 0.1),
                a_reading("b", NOON + 5 * MINUTE, temperature_c=20.0),
            )
            assert receiver.wait_for(3)[-1] == "alert.closed"
            assert len(listener.wait_for(5)) == 5
        listener.close()
    assert town.num_open_alerts() == 0
    assert sorted({topic for topic, _ in listener.heard}) == [
        "tournee/alerts/a/overflow",
        "tournee/alerts/b/fire",
    ]
    assert done == ["tidy"], "the seam for other chores"


def was_refused(store: Store) -> bool:
    return any(told.error for alert in store.open_alerts() for told in store.announcements(alert.alert_id))


def test_a_store_that_is_away_is_looked_at_again(store: Store, caplog: pytest.LogCaptureFixture) -> None:
    stop, tries = Event(), []

    def run() -> None:
        tries.append(1)
        if len(tries) < 4:
            message = "The database did not answer."
            raise StoreUnavailable(message)
        stop.set()

    run_chores([Chore("look", 0.01, run)], stop)
    assert len(tries) == 4
    assert caplog.text.count("did not answer") == 1, "said once"
    assert "well again" in caplog.text


def test_a_mistake_in_one_chore_ends_all_and_is_raised() -> None:
    def wrong() -> None:
        raise ZeroDivisionError

    others: list[int] = []
    with pytest.raises(ZeroDivisionError):
        run_chores([Chore("wrong", 1, wrong), Chore("other", 0.01, lambda: others.append(1))], Event())


def test_a_slow_chore_keeps_no_other_waiting() -> None:
    stop, is_free = Event(), Event()
    counted: list[int] = []

    def count() -> None:
        counted.append(1)
        if len(counted) == 5:
            is_free.set()
            stop.set()

    run_chores([Chore("slow", 1, lambda: is_free.wait(PATIENCE_S)), Chore("quick", 0.01, count)], stop)
    assert len(counted) == 5


@pytest.mark.needs_broker
def test_the_command_watches_until_it_is_asked_to_end(tmp_path: Path, broker: Mosquitto) -> None:
    url = f"sqlite:///{tmp_path}/town.db"
    now = utc_now()
    with opened(url) as store:
        with_sensors(store, now - 3 * DAY)
        heard(store, a_reading("a", now - timedelta(minutes=1), 1.2))
        listener = Listener(broker.port)
        environ = {
            "TOURNEE_STORE__URL": url,
            "TOURNEE_BROKER__PORT": str(broker.port),
            "TOURNEE_ALERTS__SECRET": SECRET,
        }
        with running(tmp_path, "watch", **environ) as process:
            assert [topic for topic, _ in listener.wait_for(1)] == ["tournee/alerts/a/overflow"]
            listener.close()
            assert process.ask_to_end() == 0, process.words()
        assert kinds(store) == {("a", "overflow")}
