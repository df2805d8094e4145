"""Changes in the day over HTTP, and what they change for the drivers, for programs and for people."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from tests.api_fixtures import HOSTILE, KEY, SIX, client, filled, hostile_network, small_plan
from tournee.domain import DayChange, DayChangeKind, Plan
from tournee.store import Store

WITH_KEY = {"X-API-Key": KEY}
DOWN = {"kind": "truck_down", "ref": "V2"}


def driven(store: Store) -> Store:
    """Publish the small town's plan."""
    filled(store).publish_plan("plan-1", "Aino", SIX)
    return store


def draft(plan: Plan) -> Plan:
    """Return the plan with a bin handed from the second truck to the first, one taken out and one put in."""
    first, second = plan.routes
    (glass,), (residual, paper) = first.trips, second.trips
    b3, b4, b5, unload = residual.stops
    taken = replace(
        glass, stops=(replace(glass.stops[0], is_done=True), replace(b4, is_locked=True), *glass.stops[1:])
    )
    left = replace(residual, stops=(b3, replace(b5, place_ref="B7"), unload))
    routes = (replace(first, trips=(taken,)), replace(second, trips=(left, paper)))
    return replace(
        plan,
        plan_id="draft",
        routes=routes,
        changes=(
            DayChange(DayChangeKind.BIN_ADDED, "B7"),
            DayChange(DayChangeKind.TRUCK_DOWN, "V9"),
            DayChange(DayChangeKind.FACILITY_CLOSED, "F1"),
            DayChange(DayChangeKind.TRUCK_BACK, "V2"),
            DayChange(DayChangeKind.FACILITY_OPEN, "F1"),
        ),
        previous_plan_id="plan-1",
        as_of_at=SIX + timedelta(minutes=30),
    )


def test_a_change_is_asked_for_and_queued(store: Store) -> None:
    api = client(driven(store))
    said = {"changes": [DOWN, {"kind": "bin_added", "ref": "B7"}], "seed": 4}
    answer = api.post("/plans/plan-1/changes", json=said, headers=WITH_KEY)
    assert answer.status_code == 202
    waiting = api.get(answer.headers["Location"]).json()
    assert waiting["previous_plan_id"] == "plan-1"
    assert waiting["changes"] == said["changes"]
    taken = store.take_plan_request()
    assert taken
    assert taken.as_of_at == SIX, "now, where nobody says otherwise"
    assert taken.changes == (
        DayChange(DayChangeKind.TRUCK_DOWN, "V2"),
        DayChange(DayChangeKind.BIN_ADDED, "B7"),
    )


@pytest.mark.parametrize(
    ("said", "status", "says"),
    [
        ({"changes": [{"kind": "truck_down", "ref": "V9"}]}, 404, "There is no vehicle 'V9'."),
        ({"changes": [{"kind": "facility_closed", "ref": "F9"}]}, 404, "no disposal facility 'F9'"),
        ({"changes": [{"kind": "bin_added", "ref": "B1"}]}, 409, "is on the round of V1 already"),
        ({"changes": [{"kind": "bin_removed", "ref": "B7"}]}, 409, "is on no round of this plan"),
        ({"changes": [{"kind": "strike", "ref": "B7"}]}, 422, "changes.0.kind"),
        ({"changes": [DOWN, DOWN]}, 409, "it is named twice"),
        ({"changes": [{"kind": "truck_back", "ref": "V2"}]}, 409, "does not know of truck_down"),
        ({"changes": [{"kind": "facility_open", "ref": "F9"}]}, 404, "no disposal facility 'F9'"),
        ({"as_of_at": "2026-11-23T20:00:00Z"}, 409, "is back by then"),
        ({"as_of_at": "2026-11-23T06:00:00"}, 422, "as_of_at"),
        ({"at": "06:00"}, 422, "at"),
    ],
)
def test_a_wrong_change_is_a_sentence(store: Store, said: dict[str, object], status: int, says: str) -> None:
    answer = client(driven(store)).post("/plans/plan-1/changes", json=said, headers=WITH_KEY)
    assert answer.status_code == status
    assert says in answer.json()["detail"]


def test_a_draft_is_not_changed_and_nothing_without_the_key(store: Store) -> None:
    api = client(filled(store))
    assert api.post("/plans/plan-1/changes", json={}).status_code == 401
    answer = api.post("/plans/plan-1/changes", json={}, headers=WITH_KEY)
    assert answer.status_code == 409
    assert "Publish it" in answer.json()["detail"]
    assert api.post("/plans/nix/changes", json={}, headers=WITH_KEY).status_code == 404


def test_the_difference_is_told_per_truck(store: Store) -> None:
    driven(store).save_plan(draft(small_plan()))
    told = client(store).get("/plans/draft/difference").json()
    first, second = told["routes"]
    assert (
        first["moved_in"]
        == second["moved_out"]
        == [{"bin_id": "B4", "from_vehicle_id": "V2", "to_vehicle_id": "V1"}]
    )
    assert (second["added"], second["removed"]) == (["B7"], ["B5"])
    assert (told["num_kept"], told["num_changed"]) == (4, 1)
    assert told["share_changed"] == 0.25
    plan = client(store).get("/plans/draft").json()
    stops = plan["routes"][0]["trips"][0]["stops"]
    assert [(one["is_done"], one["is_locked"]) for one in stops[:3]] == [
        (True, False),
        (False, True),
        (False, False),
    ]
    assert plan["previous_plan_id"] == "plan-1"
    assert plan["changes"][0] == {"kind": "bin_added", "ref": "B7"}


def test_any_two_plans_can_be_compared_by_name(store: Store) -> None:
    api = client(driven(store))
    assert api.get("/plans/plan-1/difference").status_code == 409
    same = api.get("/plans/plan-1/difference", params={"old_plan_id": "plan-1"}).json()
    assert same["num_changed"] == 0
    assert api.get("/plans/plan-1/difference", params={"old_plan_id": "nix"}).status_code == 404


@pytest.mark.parametrize(
    ("language", "texts"),
    [
        (
            "en",
            [
                "Changes in the day",
                "taken over from Truck 2",
                "handed to Truck 1",
                "new stop",
                "As of 06:30",
                "Bin added: Kaisaniemenkatu 3",
                "Truck broken down: V9",
                "Facility closed: Glass yard",
                "Truck works again: Truck 2",
                "Facility open again: Glass yard",
            ],
        ),
        (
            "fr",
            [
                "Changements en cours",
                "repris de Truck 2",
                "confié à Truck 1",
                "nouvel arrêt",
                "État à 06:30",
                "Bac ajouté : Kaisaniemenkatu 3",
                "Camion de nouveau en marche : Truck 2",
            ],
        ),
    ],
)
def test_the_page_says_it_with_a_sign_beside_the_color(store: Store, language: str, texts: list[str]) -> None:
    driven(store).save_plan(draft(small_plan()))
    page = client(store).get(f"/plans/draft/changes?lang={language}").text
    for text in [*texts, "Esplanadi 5 <small>B4</small>", ">→<", ">←<", ">+<", ">−<"]:
        assert text in page
    table = client(store).get(f"/plans/draft/table?lang={language}").text
    assert "/plans/draft/changes" in table
    assert "✓" in table
    assert 'class="lock"' in table


def test_the_table_of_what_is_driven_takes_changes_and_no_other_does(store: Store) -> None:
    driven(store).save_plan(draft(small_plan()))
    api = client(store)
    table = api.get("/plans/plan-1/table?lang=fr").text
    assert 'data-address="/plans/plan-1/changes"' in table
    assert '<option value="V2" label="Truck 2">' in table
    assert '<option value="truck_down">Camion en panne' in table
    assert "changes.js" not in api.get("/plans/draft/table").text


def test_nothing_new_is_said_so(store: Store) -> None:
    page = client(driven(store)).get("/plans/plan-1/changes?old_plan_id=plan-1&lang=en").text
    assert "Nothing changes for the drivers." in page


def test_a_truck_that_stands_is_not_called_home(store: Store) -> None:
    plan = draft(small_plan())
    first = plan.routes[0]
    stands = replace(first, end=replace(first.end, place_ref="B1", label="Mannerheimintie 10"))
    driven(store).save_plan(replace(plan, routes=(stands, plan.routes[1])))
    assert "Stands here" in client(store).get("/plans/draft/table?lang=en").text


def test_hostile_names_stay_text(store: Store) -> None:
    driven(store).save_network(hostile_network())
    plan = draft(small_plan())
    routes = tuple(replace(route, vehicle_name=HOSTILE) for route in plan.routes)
    store.save_plan(replace(plan, routes=routes))
    page = client(store).get("/plans/draft/changes").text
    assert HOSTILE not in page
    assert "&lt;script&gt;" in page


def test_publishing_a_change_supersedes_what_it_changes_and_only_that(store: Store) -> None:
    driven(store).save_plan(draft(small_plan()))
    store.save_plan(replace(draft(small_plan()), plan_id="other draft"))
    api = client(store)
    assert api.get("/plans/plan-1").json()["status"] == "published", "nothing changes by itself"
    assert api.post("/plans/draft/publish", json={"by": "Aino"}, headers=WITH_KEY).status_code == 200
    assert api.get("/plans/plan-1").json()["status"] == "superseded"
    late = api.post("/plans/other draft/publish", json={"by": "Aino"}, headers=WITH_KEY)
    assert late.status_code == 409
    assert "no longer what is driven" in late.json()["detail"]
