"""Refused messages, read again when what was wrong has been put right."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from typer.testing import CliRunner

from collector.reconsider import Reconsidered, reconsider
from tests.collector_fixtures import stock
from tests.uplink_fixtures import MESSAGES
from tournee.cli.commands import app
from tournee.domain import Refusal, Sensor
from tournee.settings import CollectorSettings, Settings, SourceSettings
from tournee.store import Batch, Store

NOON = datetime(2026, 11, 23, 12, tzinfo=UTC)
TOPIC = "application/1/device/x/event/up"
CITY = Settings(
    collector=CollectorSettings(
        sources=(
            SourceSettings(
                source="chirpstack", topic="application/+/device/+/event/up", profile="milesight-level"
            ),
        )
    )
)
SENSOR = Sensor("70b3d57ed0001234", "a", "lid", 1_200, 200)


def refused(topic: str, said: object, reason: str, minute: int) -> Refusal:
    return Refusal(topic, json.dumps(said).encode(), reason, "why", NOON + timedelta(minutes=minute))


@pytest.fixture
def town(any_store: Store) -> Store:
    """Eight bins, and refusals of every sort."""
    stock(any_store)
    good = {"measured_at": NOON.isoformat(), "fill_level": 0.5}
    refusals = [
        refused(TOPIC, MESSAGES["chirpstack"], "unknown_device", 0),
        refused("http/native", good | {"bin_id": "b"}, "unknown_bin", 1),
        refused("tournee/v1/readings/c", [good, {"fill_level": 1}], "unreadable", 2),
        refused("tournee/v1/readings/d", good, "too_large", 3),
        refused("tournee/v1/services/e", {"served_at": NOON.isoformat()}, "unknown_bin", 4),
    ]
    any_store.record(Batch(refusals=refusals))
    return any_store


def test_what_is_understood_now_is_stored_and_refused_no_more(town: Store) -> None:
    assert reconsider(CITY, town) == Reconsidered(understood=2, readings=1, services=1, left=3)
    town.save_bins([], [SENSOR], NOON - timedelta(days=1))
    assert reconsider(CITY, town) == Reconsidered(understood=1, readings=1, services=0, left=2)
    assert reconsider(CITY, town) == Reconsidered(left=2)
    assert town.refusals_by_reason() == {"unreadable": 1, "too_large": 1}
    assert set(town.latest_readings()) == {"a", "b"}
    assert town.latest_readings()["a"].distance_mm == 768
    (service,) = town.services(["e"], NOON, NOON + timedelta(seconds=1))
    assert service.served_at == NOON


def test_more_than_a_page_is_read_in_the_order_of_arrival(town: Store) -> None:
    reading = {"measured_at": NOON.isoformat(), "fill_level": 0.5, "bin_id": "new"}
    many = [
        refused(
            "http/native",
            reading | {"measured_at": (NOON - timedelta(seconds=n)).isoformat()},
            "unknown_bin",
            5,
        )
        for n in range(1_200)
    ]
    town.record(Batch(refusals=many))
    town.save_bins([replace(town.bin("a"), bin_id="new")])
    told: list[Reconsidered] = []
    done = reconsider(CITY, town, told.append)
    assert (done.readings, done.left, told[-1]) == (1_201, 3, done)
    assert len(told) == 3
    assert town.latest_readings()["new"].measured_at == NOON


def test_the_command_says_what_was_done(
    tmp_path: Path, store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    stock(store)
    late = {"measured_at": NOON.isoformat(), "fill_level": 0.5, "bin_id": "a"}
    store.record(Batch(refusals=[refused("http/native", late, "unknown_bin", 1)]))
    monkeypatch.setenv("TOURNEE_STORE__URL", f"sqlite:///{tmp_path}/deep/town.db")
    said = CliRunner().invoke(app, ["reconsider"])
    assert said.exit_code == 0, said.output
    assert "1 messages understood: 1 readings, 0 services; 0 stay refused" in said.output
