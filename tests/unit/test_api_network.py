"""Bins, readings, forecasts, services, refusals, exports and health over HTTP."""

from __future__ import annotations

from datetime import timedelta
from typing import NoReturn

import pytest

from tests.api_fixtures import KEY, SIX, TestClient, client, client_of, filled, settings
from tournee.domain import Refusal
from tournee.errors import StoreUnavailable
from tournee.settings import RoadsSettings
from tournee.store import Batch, Store

WITH_KEY = {"X-API-Key": KEY}


def test_bins_come_in_pages_with_lon_before_lat(store: Store) -> None:
    api = client(filled(store))
    page = api.get("/bins", params={"limit": 2, "offset": 1}).json()
    assert ([one["bin_id"] for one in page["items"]], page["total"]) == (["B2", "B3"], 8)
    assert api.get("/bins/B1").json()["location"] == [24.9394, 60.1698]
    assert api.get("/bins", params={"limit": 0}).status_code == 422


def test_sites_and_vehicles_are_listed(store: Store) -> None:
    api = client(filled(store))
    assert [one["depot_id"] for one in api.get("/depots").json()] == ["D"]
    assert [one["facility_id"] for one in api.get("/facilities").json()] == ["F1", "F2"]
    assert [one["vehicle_id"] for one in api.get("/vehicles").json()] == ["V1", "V2"]


def test_readings_of_a_bin_and_the_newest_of_all(store: Store) -> None:
    api = client(filled(store))
    (reading,) = api.get("/bins/B1/readings").json()
    assert (reading["fill_level"], reading["measured_at"]) == (0.82, "2026-11-23T02:00:00Z")
    assert api.get("/bins/B1/readings", params={"until": "2026-11-23T02:00:00Z"}).json() == []
    assert api.get("/bins/nix/readings").status_code == 404
    assert api.get("/readings/latest", params={"limit": 3}).json()["total"] == 6


def test_forecasts_are_shown_where_there_are_any(store: Store) -> None:
    api = client(filled(store))
    assert api.get("/bins/B1/forecast").json()["quantiles"] == [[0.05, 0.8], [0.5, 0.86], [0.95, 0.93]]
    assert [one["bin_id"] for one in api.get("/forecasts").json()["items"]] == ["B1"]
    missing = api.get("/bins/B2/forecast")
    assert (missing.status_code, missing.json()["detail"]) == (404, "There is no forecast for the bin 'B2'.")


def test_a_service_is_reported_once(store: Store) -> None:
    api = client(filled(store))
    report = {"bin_id": "B1", "served_at": "2026-11-23T05:50:00+02:00", "vehicle_id": "V1"}
    first = api.post("/services", json=report, headers=WITH_KEY)
    again = api.post("/services", json=report, headers=WITH_KEY)
    assert (first.status_code, again.status_code) == (201, 201)
    assert first.json() == again.json()
    (kept,) = api.get("/services").json()
    assert (kept["served_at"], kept["outcome"]) == ("2026-11-23T03:50:00Z", "served")


@pytest.mark.parametrize(
    ("wrong", "status"),
    [
        ({"outcome": "skipped"}, 422),
        ({"bin_id": "nix"}, 404),
        ({"served_at": "this morning"}, 422),
        ({"fill_level_seen": 7.3}, 422),
        ({"outcome": "skipped", "skip_reason": "no access"}, 201),
    ],
)
def test_a_report_that_says_too_little_is_refused(
    store: Store, wrong: dict[str, object], status: int
) -> None:
    report = {"bin_id": "B1", "served_at": "2026-11-23T05:50:00+02:00"} | wrong
    assert client(filled(store)).post("/services", json=report, headers=WITH_KEY).status_code == status


def test_refusals_show_what_was_sent_even_if_it_is_no_text(store: Store) -> None:
    store.record(Batch(refusals=(Refusal("t", b"\xff{", "unreadable", "no JSON", SIX, 2),)))
    (refusal,) = client(filled(store)).get("/refusals").json()
    assert (refusal["payload"], refusal["reason"], refusal["count"]) == ("\ufffd{", "unreadable", 2)


@pytest.mark.parametrize(
    ("name", "kind", "begins"),
    [
        ("routes/V1.gpx", "application/gpx+xml", "<?xml"),
        ("routes/V1.geojson", "application/geo+json", '{"type": "FeatureCollection"'),
        ("routes/V1.csv", "text/csv; charset=utf-8", "\ufeffservice_date,"),
        ("plan.geojson", "application/geo+json", '{"type": "FeatureCollection"'),
        ("map.html", "text/html; charset=utf-8", "<!DOCTYPE html>"),
    ],
)
def test_files_are_downloads_of_their_kind(store: Store, name: str, kind: str, begins: str) -> None:
    answer = client(filled(store)).get(f"/plans/plan-1/{name}")
    assert answer.headers["content-type"] == kind
    assert answer.content.decode("utf-8").startswith(begins)
    assert answer.headers["content-disposition"].startswith('attachment; filename="2026-11-23')


@pytest.mark.parametrize("name", ["routes/V9.gpx", "routes/V9.csv", "routes/V9.geojson"])
def test_a_truck_without_a_round_has_no_file(store: Store, name: str) -> None:
    answer = client(filled(store)).get(f"/plans/plan-1/{name}")
    assert answer.status_code == 404
    assert "'V9'" in answer.json()["detail"]


# --- health ------------------------------------------------------------------------------------------------------


def alive(store: Store, age_s: float = 1) -> None:
    for part in ("broker", "collector", "optimizer"):
        store.beat(part, SIX - timedelta(seconds=age_s), "at work since 05:00")


def healthy_client(store: Store, provider: str = "great_circle", url: str = "") -> TestClient:
    roads = RoadsSettings.model_validate({"provider": provider, "extract": "no.pbf", "url": url})
    whole = settings().model_copy(update={"roads": roads})
    return client_of(whole, store)


def test_health_is_well_enough_while_every_part_gives_signs_of_life(store: Store) -> None:
    alive(store)
    answer = healthy_client(store).get("/health")
    assert answer.status_code == 200
    parts = answer.json()["parts"]
    assert (parts["optimizer"]["state"], parts["roads"]["state"]) == ("well", "reduced")
    assert "at work since 05:00" in parts["collector"]["sentence"]


def test_health_names_the_part_that_is_silent_or_was_never_there(store: Store) -> None:
    alive(store, age_s=121)
    stale = healthy_client(store).get("/health")
    assert stale.status_code == 503
    assert "121 s old" in stale.json()["parts"]["optimizer"]["sentence"]


def test_health_without_any_sign_of_life(store: Store) -> None:
    parts = healthy_client(store, "valhalla").get("/health").json()["parts"]
    assert parts["broker"] == {
        "state": "ill",
        "sentence": "The broker has never given a sign of life; was it started?",
    }
    assert parts["roads"]["state"] == "ill"
    assert "no.pbf" in parts["roads"]["sentence"]


class AwayStore(Store):
    """A real store whose database has just gone away."""

    def ping(self) -> None:
        message = "The database does not answer."
        raise StoreUnavailable(message)

    def plans(self, *_: object) -> NoReturn:
        self.ping()
        raise AssertionError


def test_health_and_pages_while_the_database_is_away(store: Store) -> None:
    away = AwayStore.__new__(AwayStore)
    away.__dict__.update(store.__dict__)
    api = healthy_client(away)
    assert api.get("/health").json()["parts"]["store"] == {
        "state": "ill",
        "sentence": "The database does not answer.",
    }
    answer = client(away).get("/plans")
    assert (answer.status_code, answer.headers["retry-after"]) == (503, "5")


def test_health_names_a_road_server_without_its_key(store: Store) -> None:
    alive(store)
    answer = healthy_client(store, "osrm_url", "https://me:hush@roads.example/v1?key=hush").get("/health")
    assert answer.json()["parts"]["roads"] == {
        "state": "well",
        "sentence": "Travel times come from the server roads.example.",
    }
