"""Bins as FIWARE WasteContainer entities, held against the model's own schema where it lies beside the repository."""

from __future__ import annotations

import json
import re
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from jsonschema import Draft202012Validator
from referencing import Registry, Resource
from referencing.jsonschema import DRAFT202012

from api.exports.fiware import STORED_WASTE_KIND, waste_container
from tests.api_fixtures import BINS, SIX, client, filled, forecast, readings
from tournee.domain import Quality, WasteStream
from tournee.store import Store

SCHEMA = (
    Path(__file__).resolve().parents[2].parent
    / "shared"
    / "data"
    / "fiware"
    / "WasteContainer"
    / "schema.json"
)
COMMON = "https://smart-data-models.github.io/data-models/common-schema.json"
ONE, READING = BINS[0], readings()["B1"]


def entity(**changes: Any) -> dict[str, Any]:
    return waste_container(ONE, replace(READING, **changes), forecast())


def test_an_entity_says_where_how_full_and_since_when() -> None:
    said = entity(temperature_c=4.5, sensor_id="S-B1")
    assert said["id"] == "urn:ngsi-ld:WasteContainer:B1"
    assert said["location"]["coordinates"] == [ONE.location.lon, ONE.location.lat]
    assert (said["fillingLevel"], said["status"], said["temperature"]) == (0.82, "ok", 4.5)
    assert said["binLoggedTime"] == READING.measured_at.isoformat()
    assert said["refDevice"] == ["urn:ngsi-ld:Device:S-B1"]
    assert said["cargoWeight"] == pytest.approx(0.82 * ONE.volume_l * ONE.density_kg_per_m3 / 1_000, abs=0.05)


def test_an_overflowing_bin_is_full_and_a_doubted_reading_is_no_ok() -> None:
    assert entity(fill_level=1.4)["fillingLevel"] == 1
    assert entity(quality=Quality.SUSPICIOUS)["status"] == "unknown"


def test_what_is_not_known_is_left_out() -> None:
    said = waste_container(replace(ONE, opening_hours="", district=""), None, None)
    assert said["status"] == "unknown"
    assert not {"fillingLevel", "binLoggedTime", "dateLastEmptying", "actuationHours", "refDevice"} & set(
        said
    )


def test_the_last_emptying_comes_from_the_forecast() -> None:
    served = replace(forecast(), last_served_at=SIX - timedelta(days=2))
    assert waste_container(ONE, None, served)["dateLastEmptying"] == "2026-11-21T04:00:00+00:00"


def test_every_stream_has_a_kind() -> None:
    assert set(STORED_WASTE_KIND) == set(WasteStream)


def test_entities_come_in_pages_over_http(store: Store) -> None:
    api = client(filled(store))
    answer = api.get("/fiware/waste-containers", params={"limit": 2, "offset": 1})
    assert answer.headers["content-type"] == "application/ld+json"
    assert answer.headers["NGSILD-Results-Count"] == "8"
    assert [one["binId"] for one in answer.json()] == ["B2", "B3"]


@pytest.mark.skipif(not SCHEMA.is_file(), reason="the model's schema is not beside this repository")
@pytest.mark.parametrize("one", BINS, ids=lambda one: one.bin_id)
def test_the_models_own_schema_takes_every_entity(one: Any) -> None:
    # The parts that all models share live elsewhere; what is held against the schema is what this model says itself.
    text = SCHEMA.read_text(encoding="utf-8")
    shared: dict[str, Any] = {
        "definitions": {name: {} for name in re.findall(r"#/definitions/([\w-]+)", text)}
    }
    registry: Registry[Any] = Registry().with_resource(
        COMMON, Resource.from_contents(shared, default_specification=DRAFT202012)
    )
    said = waste_container(one, readings().get(one.bin_id), forecast(one.bin_id))
    validator = Draft202012Validator(json.loads(text), registry=registry)
    validator.validate(said)
    assert not validator.is_valid(said | {"fillingLevel": 7.3})
