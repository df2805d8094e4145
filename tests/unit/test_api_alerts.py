"""Alerts and devices over HTTP, for programs and as pages."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from api.wording import catalog
from tests.api_fixtures import HOSTILE, KEY, SIX, client, filled, hostile_network, wording
from tournee.announcements import MQTT
from tournee.clock import utc_now
from tournee.domain import (
    Alert,
    AlertChange,
    AlertEvent,
    AlertKind,
    AlertStatus,
    DeviceState,
    Grade,
    Sensor,
)
from tournee.numerals import LANGUAGES, Language
from tournee.store import Store

HOUR = timedelta(hours=1)
HTML = {"Accept": "text/html,application/xhtml+xml,*/*;q=0.8"}
SIGNED = {"headers": {"X-API-Key": KEY}, "json": {"by": " Aino "}}
FIRE = Alert(
    "f1", AlertKind.FIRE, "B1", SIX - 2 * HOUR, "S-B1", evidence={"temperature_c": 71.5, "threshold_c": 60.0}
)
OVERFLOW = Alert(
    "o1", AlertKind.OVERFLOW, "B2", SIX - HOUR, "S-B2", evidence={"fill_level": 1.1, "threshold": 1.0}
)


@pytest.fixture
def town(store: Store) -> Store:
    """The small town, with a fire at B1 and an overflow at B2."""
    filled(store)
    store.change_alerts([AlertChange(AlertEvent.OPENED, one, (MQTT,)) for one in (FIRE, OVERFLOW)], SIX)
    return store


def listed(store: Store, query: str = "") -> list[str]:
    return [alert["alert_id"] for alert in client(store).get(f"/alerts{query}").json()["items"]]


# --- alerts, for programs ---


def test_alerts_are_listed_newest_first_and_filtered(town: Store) -> None:
    town.close_alert("f1", "Aino", SIX, lambda _: ())
    assert listed(town) == ["o1", "f1"]
    assert listed(town, "?status=open&status=acknowledged") == ["o1"]
    assert (
        listed(town, "?kind=fire") == listed(town, "?bin_id=B1") == listed(town, "?status=closed") == ["f1"]
    )
    assert listed(town, "?limit=1&offset=1") == ["f1"]
    assert client(town).get("/alerts?limit=1").json()["total"] == 2
    assert client(town).get("/alerts?kind=earthquake").status_code == 422


def test_an_alert_says_what_it_stands_on_and_who_was_told(town: Store) -> None:
    alert = client(town).get("/alerts/f1").json()
    assert alert["evidence"] == {"temperature_c": 71.5, "threshold_c": 60.0}
    assert alert["sentence"] == "71.5 °C; from 60.0 °C on it burns."
    assert [(told["channel"], told["event"], told["delivered_at"]) for told in alert["announcements"]] == [
        ("mqtt", "opened", None)
    ]
    assert "71,5\u202f°C ;" in client(town).get("/alerts/f1?lang=fr").json()["sentence"]
    assert client(town).get("/alerts/nix").status_code == 404


def test_a_person_acknowledges_and_closes_by_name_and_key(town: Store) -> None:
    api = client(town)
    assert api.post("/alerts/f1/acknowledge", json={"by": "Aino"}).status_code == 401
    assert town.alert("f1").status is AlertStatus.OPEN
    known = api.post("/alerts/f1/acknowledge", **SIGNED).json()
    assert (known["status"], known["acknowledged_by"]) == ("acknowledged", "Aino")
    closed = api.post("/alerts/f1/close", **SIGNED).json()
    assert (closed["status"], closed["closed_by"], closed["cause_gone_at"]) == ("closed", "Aino", None)
    again = api.post("/alerts/f1/close", **SIGNED)
    assert (again.status_code, again.json()["code"]) == (409, "Conflict")
    assert api.post("/alerts/f1/acknowledge", **SIGNED).status_code == 409
    assert [told.event for told in town.announcements("f1")] == [
        AlertEvent.OPENED,
        AlertEvent.ACKNOWLEDGED,
        AlertEvent.CLOSED,
    ]


@pytest.mark.parametrize("body", [{}, {"by": ""}, {"by": "  "}, {"by": "Aino", "why": "x"}])
def test_nobody_closes_an_alert_without_a_name(town: Store, body: dict[str, str]) -> None:
    assert client(town).post("/alerts/f1/close", headers={"X-API-Key": KEY}, json=body).status_code == 422
    assert town.alert("f1").status is AlertStatus.OPEN


# --- devices, for programs ---


@pytest.fixture
def heard(store: Store) -> Store:
    """The small town, where some sensors have spoken."""
    filled(store)
    store.note_devices(
        [
            DeviceState("S-B1", SIX - HOUR, 98, 1, 0, battery_v=3.61, rssi_dbm=-97.0),
            DeviceState("S-B2", SIX - HOUR, 60, 20, 20, battery_level=0.4, last_complaint="no echo"),
            DeviceState("S-B3", SIX - 40 * HOUR, 10),
            DeviceState("stranger", SIX, 0, 0, 1),
        ]
    )
    return store


def test_a_device_says_where_it_sits_and_how_it_does(heard: Store) -> None:
    devices = {one["sensor_id"]: one for one in client(heard).get("/devices").json()["items"]}
    assert {name: one["grade"] for name, one in devices.items()} == {
        "S-B1": "good",
        "S-B2": "poor",
        **dict.fromkeys(("S-B3", "S-B4", "S-B5", "S-B6", "S-B7", "S-B8"), "silent"),
        "stranger": "poor",
    }
    assert devices["S-B1"]["bin_id"] == "B1"
    assert devices["S-B1"]["since_at"] is not None
    assert (devices["S-B2"]["bad_share"], devices["S-B2"]["last_complaint"]) == (0.4, "no echo")
    assert (devices["S-B4"]["last_seen_at"], devices["S-B4"]["bad_share"]) == (None, 0)
    assert (devices["stranger"]["bin_id"], devices["stranger"]["since_at"]) == ("", None)


def test_devices_come_in_pages_and_by_grade(heard: Store) -> None:
    page = client(heard).get("/devices?grade=silent&limit=2&offset=1").json()
    assert [one["sensor_id"] for one in page["items"]] == ["S-B4", "S-B5"]
    assert page["total"] == 6


def test_a_bin_remembers_its_sensors(heard: Store) -> None:
    moved = Sensor("S-B1", "B2", "lid", 1_500.0, 200.0)
    heard.save_bins([], [moved], utc_now() + HOUR)
    stays = client(heard).get("/bins/B2/placements").json()
    assert [(stay["sensor_id"], stay["until_at"] is None) for stay in stays] == [
        ("S-B1", True),
        ("S-B2", False),
    ]
    assert client(heard).get("/bins/nix/placements").status_code == 404


# --- pages ---


@pytest.mark.parametrize(("address", "word"), [("/alerts", "Alertes"), ("/devices", "Capteurs")])
def test_a_browser_gets_the_page_and_a_program_gets_json(town: Store, address: str, word: str) -> None:
    page = client(town).get(address, headers=HTML | {"Accept-Language": "fr"})
    assert page.headers["content-type"].startswith("text/html")
    assert f"<h1>{word}</h1>" in page.text
    assert "Accept" in page.headers["vary"].split(", ")
    assert "default-src 'none'" in page.headers["content-security-policy"]
    assert client(town).get(address).headers["content-type"] == "application/json"


def test_the_page_shows_what_is_not_closed_with_its_evidence(town: Store) -> None:
    town.acknowledge_alert("o1", "Väinö", SIX, lambda _: ())
    town.close_alert("f1", "Aino", SIX, lambda _: ())
    text = client(town).get("/alerts", headers=HTML).text
    assert "Fill level 110%; from 100% on it overflows." in text
    assert "Acknowledged by Väinö on 2026-11-23 06:00" in text
    assert "Aleksanterinkatu 21" in text
    assert 'data-address="/alerts/o1/close"' in text
    assert 'data-address="/alerts/o1/acknowledge"' not in text, "that is done"
    assert "Mannerheimintie 10" not in text
    every = client(town).get("/alerts?all=true", headers=HTML).text
    assert "Closed by Aino" in every
    assert 'data-address="/alerts/f1' not in every


def test_an_alert_that_closed_by_itself_says_so(town: Store) -> None:
    gone = replace(FIRE, status=AlertStatus.CLOSED, closed_at=SIX, cause_gone_at=SIX)
    town.change_alerts([AlertChange(AlertEvent.CLOSED, gone)], SIX)
    assert "Closed by itself on 2026-11-23 06:00" in client(town).get("/alerts?all=true", headers=HTML).text


def test_the_front_page_leads_to_the_alerts_with_their_number(town: Store) -> None:
    page = client(town).get("/").text
    assert '<a class="alarm" href="/alerts?lang=en">Alerts: 2</a>' in page
    for alert_id in ("f1", "o1"):
        town.close_alert(alert_id, "Aino", SIX, lambda _: ())
    assert '<a class="alarm none" href="/alerts?lang=en">No alerts</a>' in client(town).get("/").text


def test_a_long_list_of_alerts_comes_in_pages(town: Store) -> None:
    one = town.bin("B1")
    town.save_bins(replace(one, bin_id=f"M{number:03}") for number in range(250))
    many = [replace(OVERFLOW, alert_id=f"m{number}", bin_id=f"M{number:03}") for number in range(250)]
    town.change_alerts([AlertChange(AlertEvent.OPENED, alert) for alert in many], SIX)
    first = client(town).get("/alerts", headers=HTML).text
    assert "200 of 252" in first
    assert "&amp;offset=200" in first or "&offset=200" in first
    second = client(town).get("/alerts?offset=200", headers=HTML).text
    assert "52 of 252" in second
    assert "offset=0" in second


def test_the_devices_page_shows_grades_with_a_sign(heard: Store) -> None:
    text = client(heard).get("/devices", headers=HTML).text
    assert '<span class="status poor"><span aria-hidden="true">!</span> poor</span>' in text
    assert "3.61 V" in text
    assert "-97 dBm" in text
    assert "no echo" in text
    assert "never" in text
    only = client(heard).get("/devices?grade=good", headers=HTML).text
    assert "S-B1" in only
    assert "S-B2" not in only


def test_a_town_without_sensors_says_so(store: Store) -> None:
    assert "No sensor is known." in client(store).get("/devices", headers=HTML).text
    assert "Nothing is wrong." in client(store).get("/alerts", headers=HTML).text


def test_hostile_names_stay_text(town: Store) -> None:
    town.save_network(hostile_network())
    town.note_devices([DeviceState(HOSTILE, SIX, last_complaint=HOSTILE)])
    town.acknowledge_alert("f1", HOSTILE, SIX, lambda _: ())
    for address in ("/alerts", "/devices"):
        text = client(town).get(address, headers=HTML).text
        assert HOSTILE not in text
        assert "&lt;script&gt;" in text


# --- health and words ---


def test_health_knows_the_watch_once_it_has_given_a_sign_of_life(town: Store) -> None:
    assert "watch" not in client(town).get("/health").json()["parts"]
    town.beat("watch", SIX - timedelta(minutes=1), "alerts not closed: 2")
    assert client(town).get("/health").json()["parts"]["watch"]["state"] == "well"
    town.beat("watch", SIX - HOUR)
    assert client(town).get("/health").json()["parts"]["watch"]["state"] == "ill"


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_kind_status_and_grade_has_its_words(language: Language) -> None:
    words = catalog(language)
    assert set(words["alert_kinds"]) == {kind.value for kind in AlertKind}
    assert set(words["alert_statuses"]) == {status.value for status in AlertStatus}
    assert set(words["grades"]) == {grade.value for grade in Grade}
    for kind in AlertKind:
        said = wording(language).evidence(replace(FIRE, kind=kind, evidence={}))
        assert said.endswith(".")
        assert "{" not in said


@pytest.mark.parametrize(
    ("kind", "evidence", "said"),
    [
        (
            "fire",
            {"temperature_c": 48.0, "rise_k": 17.5, "threshold_k": 15.0},
            "48.0 °C, 17.5 K more within an hour",
        ),
        ("battery", {"battery_v": 3.1, "threshold_v": 3.3}, "3.10 V; under 3.30 V"),
        ("battery", {"battery_level": 0.1, "threshold": 0.15}, "Charge 10%; under 15%"),
        ("silent", {"silent_hours": 40.2, "threshold_hours": 36.0}, "for 40 h; 36 h are allowed"),
        (
            "stuck",
            {"fill_level": 0.42, "unchanged_days": 8.1, "num_readings": 90, "threshold_days": 7.0},
            "42%, for 8 days in 90 readings; 7 days",
        ),
        (
            "disagreement",
            {"fill_level_before": 0.8, "fill_level_after": 0.79, "threshold": 0.48},
            "says 79% after 80%; expected was less than 48%",
        ),
        (
            "disagreement",
            {"fill_level_seen": 0.9, "fill_level_before": 0.4, "threshold": 0.35},
            "The crew saw 90%, the sensor 40%",
        ),
    ],
)
def test_evidence_becomes_a_sentence(kind: str, evidence: dict[str, str | float], said: str) -> None:
    assert said in wording().evidence(replace(FIRE, kind=AlertKind(kind), evidence=evidence))
