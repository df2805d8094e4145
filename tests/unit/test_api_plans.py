"""Plans over HTTP: asked for, read, published; changes only with the key."""

from __future__ import annotations

from dataclasses import replace

import pytest

from tests.api_fixtures import DAY, KEY, client, filled, small_plan
from tournee.domain import PlanStatus, RequestStatus, Violation
from tournee.store import Store

WITH_KEY = {"X-API-Key": KEY}


def test_a_plan_is_asked_for_and_found_again(store: Store) -> None:
    api = client(filled(store))
    asked = {"depot_id": "D", "service_date": "2026-11-24", "requested_bin_ids": ["B7"], "seed": 3}
    answer = api.post("/plans", json=asked, headers=WITH_KEY)
    assert answer.status_code == 202
    waiting = api.get(answer.headers["Location"]).json()
    assert waiting["status"] == "queued"
    assert waiting["as_of_at"] == "2026-11-23T04:00:00Z", "now, where nobody says otherwise"
    taken = store.take_plan_request()
    assert taken
    assert (taken.requested_bin_ids, taken.seed, taken.status) == (("B7",), 3, RequestStatus.RUNNING)
    store.finish_request(taken.request_id, "plan-1")
    assert api.get(answer.headers["Location"]).json()["plan_id"] == "plan-1"


@pytest.mark.parametrize(
    ("wrong", "status", "says"),
    [
        ({"depot_id": "nowhere"}, 404, "There is no depot 'nowhere'."),
        ({"requested_bin_ids": ["nix"]}, 404, "There is no bin 'nix'."),
        ({"service_date": "yesterday"}, 422, "service_date"),
        ({"as_of_at": "2026-11-23T06:00:00"}, 422, "as_of_at"),
        ({"colour": "red"}, 422, "colour"),
    ],
)
def test_a_wrong_wish_is_a_sentence(store: Store, wrong: dict[str, object], status: int, says: str) -> None:
    asked = {"depot_id": "D", "service_date": "2026-11-24"} | wrong
    answer = client(filled(store)).post("/plans", json=asked, headers=WITH_KEY)
    assert answer.status_code == status
    assert answer.headers["content-type"] == "application/problem+json"
    assert says in answer.json()["detail"]


def test_a_plan_is_read_whole_with_reasons_in_both_languages(store: Store) -> None:
    api = client(filled(store))
    plan = api.get("/plans/plan-1").json()
    assert [route["vehicle_id"] for route in plan["routes"]] == ["V1", "V2"]
    stop = plan["routes"][0]["trips"][0]["stops"][0]
    assert stop["location"] == [24.9394, 60.1698]
    assert stop["arrival_at"].endswith("Z")
    assert stop["reason"]["code"] == "overflow_risk"
    assert stop["reason"]["sentence"].startswith("It may overflow")
    assert stop["leg"]["geometry"][0] == [24.9441, 60.1712]
    assert plan["unassigned"][0]["reason"]["facts"] == {"penalty_eur": 0.8, "detour_eur": 3.5}
    french = api.get("/plans/plan-1", headers={"Accept-Language": "fr"}).json()
    assert french["unassigned"][0]["reason"]["sentence"].startswith("Le détour")
    assert api.get("/plans/plan-1?lang=fr").json() == french


def test_a_bin_that_can_wait_is_told_in_short_and_asked_for_one_by_one(store: Store) -> None:
    api = client(filled(store))
    (waits,) = api.get("/plans/plan-1").json()["not_wanted"]
    assert (waits["bin_id"], waits["code"], waits["facts"]["waiting_eur"]) == ("B8", "can_wait", 0.31)
    assert set(waits) == {"bin_id", "code", "facts"}, "thousands of them keep a plan readable"
    decided = api.get("/plans/plan-1/bins/B8?lang=fr").json()
    assert (decided["wish"], decided["vehicle_id"], decided["fill_level"]) == ("no", None, 0.34)
    assert decided["reason"]["sentence"].startswith("Il peut attendre")
    assert api.get("/plans").json()["items"][0]["num_unassigned"] == 1


@pytest.mark.parametrize(
    ("bin_id", "wish", "where", "code"),
    [
        ("B5", "must", ("V2", 3), "overflow_risk"),
        ("B2", "may", ("V1", 2), "worth_it"),
        ("B7", "may", (None, None), "detour_too_long"),
    ],
)
def test_every_bin_says_what_the_plan_does_with_it(
    store: Store, bin_id: str, wish: str, where: tuple[str | None, int | None], code: str
) -> None:
    decided = client(filled(store)).get(f"/plans/plan-1/bins/{bin_id}").json()
    assert (decided["bin_id"], decided["wish"]) == (bin_id, wish)
    assert (decided["vehicle_id"], decided["number"]) == where
    assert decided["reason"]["code"] == code


def test_a_plan_says_nothing_of_a_bin_it_does_not_know(store: Store) -> None:
    answer = client(filled(store)).get("/plans/plan-1/bins/nix")
    assert (answer.status_code, answer.json()["detail"]) == (404, "There is no bin of this plan 'nix'.")


def test_plans_are_listed_newest_first_and_filtered(store: Store) -> None:
    api = client(filled(store))
    store.save_plan(replace(small_plan(), plan_id="plan-2", service_date=DAY.replace(day=24)))
    assert {one["plan_id"] for one in api.get("/plans").json()["items"]} == {"plan-1", "plan-2"}
    only = api.get("/plans", params={"service_date": "2026-11-24"}).json()
    assert [one["plan_id"] for one in only["items"]] == ["plan-2"]
    assert api.get("/plans", params={"limit": 1, "offset": 1}).json()["total"] == 2
    assert api.get("/plans", params={"limit": 1_001}).status_code == 422


@pytest.mark.parametrize("headers", [WITH_KEY, {"Authorization": f"Bearer {KEY}"}])
def test_a_person_publishes(store: Store, headers: dict[str, str]) -> None:
    answer = client(filled(store)).post("/plans/plan-1/publish", json={"by": " Aino "}, headers=headers)
    assert answer.status_code == 200
    kept = store.plan("plan-1")
    assert (kept.status, kept.published_by) == (PlanStatus.PUBLISHED, "Aino")
    assert answer.json()["published_at"] == "2026-11-23T04:00:00Z"


def test_a_plan_that_breaks_a_constraint_is_not_published(store: Store) -> None:
    bad = replace(
        small_plan(), plan_id="bad", violations=(Violation("payload", "V1", "B1", "300 kg too much"),)
    )
    filled(store).save_plan(bad)
    answer = client(store).post("/plans/bad/publish", json={"by": "Aino"}, headers=WITH_KEY)
    assert (answer.status_code, answer.json()["title"]) == (409, "Conflict")
    assert store.plan("bad").status is PlanStatus.DRAFT


@pytest.mark.parametrize("by", ["", "   ", 7, None])
def test_nobody_publishes_without_a_name(store: Store, by: object) -> None:
    answer = client(filled(store)).post("/plans/plan-1/publish", json={"by": by}, headers=WITH_KEY)
    assert answer.status_code == 422
    assert store.plan("plan-1").status is PlanStatus.DRAFT


@pytest.mark.parametrize(
    "headers", [{}, {"X-API-Key": "wrong"}, {"X-API-Key": KEY + "x"}, {"Authorization": "Bearer é"}]
)
@pytest.mark.parametrize("address", ["/plans", "/plans/plan-1/publish", "/services"])
def test_without_the_key_nothing_changes(store: Store, address: str, headers: dict[str, str]) -> None:
    encoded = {name: value.encode() for name, value in headers.items()}
    answer = client(filled(store)).post(address, json={"by": "Mallory"}, headers=encoded)
    assert answer.status_code == 401
    assert answer.headers["www-authenticate"] == 'Bearer realm="tournee"'
    assert answer.headers["content-type"] == "application/problem+json"
    assert KEY not in answer.text
    assert store.plan("plan-1").status is PlanStatus.DRAFT


def test_an_app_without_a_key_lets_nobody_change_anything(store: Store) -> None:
    api = client(filled(store), key="")
    for headers in ({}, {"X-API-Key": ""}, {"Authorization": "Bearer "}):
        assert api.post("/plans/plan-1/publish", json={"by": "x"}, headers=headers).status_code == 401


def test_every_call_that_changes_something_asks_for_the_key(store: Store) -> None:
    for path, calls in client(filled(store)).get("/openapi.json").json()["paths"].items():
        for method, call in calls.items():
            assert bool(call.get("security")) == (method != "get"), f"{method} {path}"
