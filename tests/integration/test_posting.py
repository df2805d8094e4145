"""Messages over HTTP, from the API through the store to a collector and back to whoever asked."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from threading import Event, Thread
from typing import Any

import pytest

from collector.recorder import Recorder
from tests.api_fixtures import KEY, SIX, TestClient, client, filled
from tests.collector_fixtures import an_interpreter, wait_for
from tests.uplink_fixtures import MESSAGES
from tournee.clock import utc_now
from tournee.domain import MessageStatus, PostedMessage, Sensor
from tournee.errors import NotFound
from tournee.settings import CollectorSettings, SourceSettings
from tournee.store import Store

WITH_KEY = {"X-API-Key": KEY}
PATIENT = WITH_KEY | {"Prefer": "respond-async, wait=20"}
AT = SIX.isoformat()
READING = {"bin_id": "B1", "measured_at": AT, "fill_level": 0.5}


@contextmanager
def collecting(store: Store, **settings: Any) -> Iterator[None]:
    """Run a recorder that no broker talks to."""
    wanted = CollectorSettings(posted_poll_s=0.05, **settings)
    recorder = Recorder(store, wanted, an_interpreter({}, wanted), utc_now, lambda _: None)
    stop = Event()
    thread = Thread(target=recorder.run, args=(stop,))
    thread.start()
    try:
        yield
    finally:
        stop.set()
        thread.join(20)
        recorder.interpreter.sources.close()
    assert not thread.is_alive()


@pytest.fixture
def api(any_store: Store) -> TestClient:
    """An API over a small town, on either database."""
    return client(filled(any_store))


def test_a_reading_is_safe_when_it_is_answered_and_stored_when_a_collector_comes(
    api: TestClient, any_store: Store
) -> None:
    answer = api.post("/readings", json=READING, headers=WITH_KEY)
    assert (answer.status_code, answer.json()["status"]) == (202, "waiting")
    where = answer.headers["Location"]
    assert api.get(where).json()["status"] == "waiting"
    with collecting(any_store):
        again = api.post("/readings", json=[READING, READING | {"fill_level": 9}], headers=PATIENT)
    assert (again.status_code, again.headers["Preference-Applied"]) == (200, "wait=20")
    assert (again.json()["num_readings"], again.json()["reason"]) == (1, "out_of_range")
    assert api.get(where).json()["status"] == "stored"
    assert any_store.latest_readings()["B1"].fill_level == 0.5
    assert any_store.counts().duplicates == 1


def test_a_network_server_posts_what_it_publishes(api: TestClient, any_store: Store) -> None:
    sensor = Sensor("70b3d57ed0001234", "B2", "lid", 1_200, 200)
    any_store.save_bins([], [sensor])
    sources = (SourceSettings(source="chirpstack", profile="milesight-level"),)
    said = MESSAGES["chirpstack"] | {"time": AT}
    with collecting(any_store, sources=sources):
        answer = api.post("/readings", params={"source": "chirpstack"}, json=said, headers=PATIENT)
    assert (answer.status_code, answer.json()["num_readings"]) == (200, 1)
    kept = any_store.latest_readings()["B2"]
    assert (kept.distance_mm, kept.sensor_id) == (768, sensor.sensor_id)
    assert any_store.device_states()[sensor.sensor_id].num_accepted == 1


def test_whoever_waits_is_told_why_a_message_is_refused(api: TestClient, any_store: Store) -> None:
    with collecting(any_store):
        answer = api.post("/readings", content=b"{", headers=PATIENT)
    assert (answer.status_code, answer.headers["content-type"]) == (422, "application/problem+json")
    assert "http/native: unreadable: Input data was truncated" in answer.json()["detail"]
    assert any_store.refusals_by_reason() == {"unreadable": 1}


def test_who_has_no_key_or_sends_too_much_leaves_nothing(api: TestClient, any_store: Store) -> None:
    assert api.post("/readings", json=READING).status_code == 401
    assert (
        api.post("/readings", params={"source": "sigfox"}, json=READING, headers=WITH_KEY).status_code == 422
    )
    large = api.post("/readings", content=b" " * 70_000, headers=WITH_KEY)
    assert (large.status_code, "65536 bytes" in large.json()["detail"]) == (422, True)
    assert any_store.waiting_messages(10) == ()
    assert api.get("/readings/posted/none").status_code == 404


def test_more_messages_than_a_batch_are_all_dealt_with(any_store: Store) -> None:
    filled(any_store)
    at = datetime(2026, 11, 23, tzinfo=UTC)
    for number in range(25):
        payload = json.dumps(READING | {"bin_id": "B3", "measured_at": at.replace(minute=number).isoformat()})
        any_store.post_message(PostedMessage(f"m{number}", "native", payload.encode(), utc_now()))
    assert [one.message_id for one in any_store.waiting_messages(2)] == ["m0", "m1"]
    with collecting(any_store, batch_max=10):
        wait_for(lambda: not any_store.waiting_messages(1), "the last message")
    settled = [any_store.posted_message(f"m{number}") for number in range(25)]
    assert {(one.status, one.num_readings) for one in settled} == {(MessageStatus.STORED, 1)}
    with pytest.raises(NotFound):
        any_store.posted_message("m25")
