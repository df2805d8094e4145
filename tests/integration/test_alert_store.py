"""Alerts and their announcements in the store, and the queries of the watch; on SQLite and on PostgreSQL."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import timedelta
from threading import Barrier

import pytest

from tests.alert_fixtures import (
    DAY,
    DESK,
    HOUR,
    MINUTE,
    NOON,
    a_reading,
    an_alert,
    heard,
    opening,
    with_sensors,
)
from tournee.announcements import MQTT, closed
from tournee.domain import (
    Alert,
    AlertChange,
    AlertEvent,
    AlertKind,
    AlertStatus,
    Announcement,
    DeviceState,
    Quality,
    ServiceEvent,
    ServiceOutcome,
    ServiceSource,
)
from tournee.errors import Conflict, NotFound
from tournee.store import AlertFilter, Batch, Store


@pytest.fixture
def town(any_store: Store) -> Store:
    """Eight bins with sensors, on each kind of database there is."""
    return with_sensors(any_store)


def nobody(_kind: AlertKind) -> tuple[str, ...]:
    return ()


def desk(_kind: AlertKind) -> tuple[str, ...]:
    return (DESK,)


def open_one(store: Store, alert: Alert | None = None, *channels: str) -> Alert:
    (made,) = store.change_alerts([opening(alert or an_alert(), *channels)], NOON)
    return made.alert


def closing(alert: Alert) -> AlertChange:
    return AlertChange(AlertEvent.CLOSED, closed(alert, NOON + HOUR), (MQTT, DESK))


def take(store: Store, channel: str = MQTT, minutes: float = 0) -> tuple[Announcement, ...]:
    now = NOON + minutes * MINUTE
    return store.take_announcements(channel, now, now + MINUTE, 10)


# --- alerts ---


def test_an_alert_is_kept_as_it_was_opened(town: Store) -> None:
    alert = open_one(town)
    assert town.alert("1") == alert == an_alert()
    assert town.open_alerts() == (alert,)
    assert town.num_open_alerts() == 1


def test_no_second_alert_of_a_kind_opens_at_a_bin(town: Store) -> None:
    others = [an_alert("2"), an_alert("3", "b"), an_alert("4", kind=AlertKind.TILTED)]
    open_one(town)
    made = town.change_alerts([opening(one) for one in others], NOON)
    assert [change.alert.alert_id for change in made] == ["3", "4"]
    assert town.announcements("2") == ()


def test_two_watchers_at_once_open_one_alert_and_announce_it_once(town: Store) -> None:
    start = Barrier(2)

    def watch(number: int) -> int:
        start.wait()
        wanted = [opening(an_alert(f"{number}-{bin_id}", bin_id), MQTT) for bin_id in "abcdefgh"]
        return len(town.change_alerts(wanted if number else wanted[::-1], NOON))

    with ThreadPoolExecutor(2) as pool:
        opened = list(pool.map(watch, (0, 1)))
    assert sum(opened) == town.num_open_alerts() == len(take(town)) == 8


def test_an_alert_closes_once_and_may_open_anew(town: Store) -> None:
    alert = open_one(town)
    (made,) = town.change_alerts([closing(alert)], NOON + HOUR)
    assert town.alert("1") == made.alert
    assert (made.alert.status, made.alert.closed_at, made.alert.closed_by) == (
        AlertStatus.CLOSED,
        NOON + HOUR,
        "",
    )
    assert made.alert.cause_gone_at == NOON + HOUR
    assert town.change_alerts([closing(alert)], NOON + HOUR) == ()
    assert open_one(town, an_alert("2")).alert_id == "2"


def test_a_closing_keeps_what_a_person_did_meanwhile(town: Store) -> None:
    alert = open_one(town)
    town.acknowledge_alert("1", "Aino", NOON + MINUTE, nobody)
    town.change_alerts([closing(alert)], NOON + HOUR)
    kept = town.alert("1")
    assert (kept.acknowledged_by, kept.acknowledged_at, kept.closed_by) == ("Aino", NOON + MINUTE, "")
    told = town.announcements("1")[-1].body["data"]
    assert told["acknowledged_at"] == "2026-11-23T12:01:00Z"
    assert not told["closed_by_person"]


def test_the_first_who_acknowledges_counts(town: Store) -> None:
    open_one(town)
    assert town.acknowledge_alert("1", "Aino", NOON, desk).status is AlertStatus.ACKNOWLEDGED
    assert town.acknowledge_alert("1", "Väinö", NOON + HOUR, desk).acknowledged_by == "Aino"
    assert [told.event for told in town.announcements("1") if told.channel == DESK] == [
        AlertEvent.OPENED,
        AlertEvent.ACKNOWLEDGED,
    ]


def test_what_a_person_closed_stands_until_its_cause_is_gone(town: Store) -> None:
    open_one(town)
    assert town.close_alert("1", "Aino", NOON, desk).closed_by == "Aino"
    assert [alert.alert_id for alert in town.standing_alerts(NOON)] == ["1"]
    assert town.standing_alerts(NOON + MINUTE) == (), "closed too long ago"
    town.note_causes_gone(["1"], NOON + HOUR)
    assert town.standing_alerts(NOON) == ()
    assert town.alert("1").cause_gone_at == NOON + HOUR
    assert town.announcements("1")[-1].body["data"]["closed_by_person"]
    assert "Aino" not in str(town.announcements("1")), "names of staff stay in the house"


def test_a_closed_alert_can_t_be_acknowledged_or_closed(town: Store) -> None:
    open_one(town)
    town.close_alert("1", "Aino", NOON, desk)
    with pytest.raises(Conflict, match="closed already"):
        town.acknowledge_alert("1", "Aino", NOON, desk)
    with pytest.raises(Conflict, match="closed already"):
        town.close_alert("1", "Aino", NOON, desk)


@pytest.mark.parametrize("alert_id", ["nix", "nu\0l"])
def test_an_unknown_alert_is_not_found(town: Store, alert_id: str) -> None:
    with pytest.raises(NotFound):
        town.alert(alert_id)
    with pytest.raises(NotFound):
        town.acknowledge_alert(alert_id, "Aino", NOON, nobody)


def test_alerts_are_listed_newest_first_by_what_is_asked(town: Store) -> None:
    for number, bin_id in enumerate("abc"):
        open_one(town, an_alert(str(number), bin_id, at=NOON + number * MINUTE), MQTT)
    open_one(town, an_alert("3", "a", AlertKind.SILENT, NOON + 3 * MINUTE), MQTT)
    town.close_alert("1", "Aino", NOON + HOUR, nobody)

    def listed(wanted: AlertFilter, limit: int = 10, offset: int = 0) -> tuple[str, int]:
        found, total = town.alerts(wanted, limit, offset)
        return "".join(alert.alert_id for alert in found), total

    assert listed(AlertFilter()) == ("3210", 4)
    assert listed(AlertFilter(), 2, 1) == ("21", 4)
    assert listed(AlertFilter(statuses=(AlertStatus.CLOSED,))) == ("1", 1)
    assert listed(AlertFilter((AlertStatus.OPEN, AlertStatus.ACKNOWLEDGED), bin_id="a")) == ("30", 2)
    assert listed(AlertFilter(kind=AlertKind.SILENT)) == ("3", 1)
    assert listed(AlertFilter(bin_id="x")) == ("", 0)


def test_a_whole_town_changes_in_parts(town: Store) -> None:
    one = town.bin("a")
    town.save_bins(replace(one, bin_id=f"n{number}") for number in range(1_200))
    changes = [opening(an_alert(f"x{number}", f"n{number}"), MQTT) for number in range(1_200)]
    assert len(town.change_alerts(changes, NOON)) == town.num_open_alerts() == 1_200


# --- announcements ---


def test_every_step_is_announced_to_everyone_in_turn(town: Store) -> None:
    alert = open_one(town)
    town.change_alerts([closing(alert)], NOON)
    (opened,) = take(town)
    assert (opened.event, opened.channel, opened.num_tries) == (AlertEvent.OPENED, MQTT, 1)
    assert opened.body["data"]["evidence"] == {"temperature_c": 71.5, "threshold_c": 60.0}
    assert take(town) == (), "it is taken, and the closing waits for it"
    town.settle_announcements([replace(opened, next_try_at=None, delivered_at=NOON)])
    assert [told.event for told in take(town)] == [AlertEvent.CLOSED]
    assert [told.event for told in take(town, DESK)] == [AlertEvent.OPENED], (
        "one channel does not wait for another"
    )


def test_what_was_taken_and_never_settled_comes_again(town: Store) -> None:
    open_one(town)
    (first,) = take(town)
    (second,) = take(town, minutes=2)
    assert second == replace(first, num_tries=2, next_try_at=NOON + 3 * MINUTE)


def test_a_failure_is_kept_with_its_reason_until_the_next_try(town: Store) -> None:
    open_one(town)
    (told,) = take(town)
    town.settle_announcements([replace(told, next_try_at=NOON + HOUR, error="no route to host")])
    assert take(town, minutes=59) == ()
    assert [again.error for again in take(town, minutes=60)] == ["no route to host"]


def test_two_watchers_never_take_the_same(town: Store) -> None:
    for bin_id in "abcdefgh":
        open_one(town, an_alert(bin_id, bin_id), MQTT)
    start = Barrier(4)

    def watch(_number: int) -> list[str]:
        start.wait()
        return [told.announcement_id for told in take(town)]

    with ThreadPoolExecutor(4) as pool:
        taken = [told for part in pool.map(watch, range(4)) for told in part]
    assert sorted(taken) == sorted(set(taken))
    assert len(taken) == 8


# --- what the watch looks at ---


def test_the_newest_reading_of_each_bin_as_alerts_see_it(town: Store) -> None:
    doubtful = a_reading("b", NOON, 1.4, quality=Quality.SUSPICIOUS, is_tilted=True, battery_level=0.2)
    heard(town, a_reading("a", NOON - HOUR))
    heard(town, a_reading("a", NOON, temperature_c=21.5, battery_v=3.6), doubtful)
    a, b = sorted(town.bin_states(), key=lambda state: state.bin_id)
    assert (a.bin_id, a.sensor_id, a.measured_at, a.received_at, a.fill_level) == (
        "a",
        "s-a",
        NOON,
        NOON,
        0.5,
    )
    assert (a.is_trusted, a.temperature_c, a.battery_v, a.is_tilted) == (True, 21.5, 3.6, None)
    assert a.unchanged_since_at == NOON - HOUR
    assert (b.is_trusted, b.is_tilted, b.battery_level, b.unchanged_since_at) == (False, True, 0.2, NOON)


def test_only_what_has_come_in_since(town: Store) -> None:
    heard(town, a_reading("a", NOON - HOUR), a_reading("b", NOON))
    town.note_devices(
        [DeviceState("s-a", NOON - HOUR), DeviceState("s-b", NOON, battery_v=3.1, battery_level=0.4)]
    )
    assert [state.bin_id for state in town.bin_states(NOON)] == ["b"]
    assert town.device_signs(NOON) == {"s-b": DeviceState("s-b", NOON, battery_v=3.1, battery_level=0.4)}
    assert set(town.device_signs()) == {"s-a", "s-b"}


def test_the_lowest_temperature_within_the_hour(town: Store) -> None:
    for minutes, temperature_c in ((70, 5.0), (50, 20.0), (10, None), (0, 45.0)):
        heard(
            town,
            *(a_reading(bin_id, NOON - minutes * MINUTE, temperature_c=temperature_c) for bin_id in "ab"),
        )
    heard(town, a_reading("c", NOON, temperature_c=39.0), a_reading("d", NOON - 3 * HOUR, temperature_c=50.0))
    assert town.lowest_temperatures(40.0, NOON) == {"a": 20.0, "b": 20.0}


def test_how_many_readings_say_the_same(town: Store) -> None:
    heard(town, a_reading("a", NOON - 60 * HOUR, 0.4), a_reading("b", NOON, 0.42))
    for hours in reversed(range(50)):
        heard(town, a_reading("a", NOON - hours * HOUR, 0.42))
    assert town.num_unchanged(2 * DAY) == {"a": 50}
    assert town.num_unchanged(3 * DAY) == {}


def test_a_service_is_seen_with_the_trusted_levels_around_it(town: Store) -> None:
    heard(
        town,
        a_reading("a", NOON - 13 * HOUR, 0.7),
        a_reading("a", NOON - 2 * HOUR, 0.8),
        a_reading("a", NOON - HOUR, 0.1, quality=Quality.SUSPICIOUS),
        a_reading("a", NOON + HOUR, 0.05),
        a_reading("a", NOON + 2 * HOUR, 0.06),
        a_reading("a", NOON + 25 * HOUR, 0.2),
        a_reading("b", NOON, 0.3),
    )
    at = {"a": NOON, "b": NOON - 2 * DAY, "c": NOON}
    services = [ServiceEvent(bin_id, served_at, fill_level_seen=0.9) for bin_id, served_at in at.items()]
    services.append(ServiceEvent("a", NOON - 5 * HOUR))
    services.append(ServiceEvent("a", NOON + HOUR, ServiceSource.INFERRED))
    services.append(ServiceEvent("a", NOON + 2 * HOUR, outcome=ServiceOutcome.SKIPPED))
    town.record(Batch(services=services))
    (seen,) = town.service_sightings(NOON - DAY, NOON + DAY)
    assert (seen.bin_id, seen.served_at, seen.fill_level_seen) == ("a", NOON, 0.9)
    assert (seen.level_before, seen.levels_after) == (0.8, (0.05, 0.06))


def test_a_service_without_readings_before_it_has_no_level_before(town: Store) -> None:
    heard(town, a_reading("a", NOON + HOUR, 0.05))
    town.record(Batch(services=[ServiceEvent("a", NOON)]))
    (seen,) = town.service_sightings(NOON - timedelta(days=1), NOON + DAY)
    assert (seen.level_before, seen.levels_after, seen.fill_level_seen) == (None, (0.05,), None)
