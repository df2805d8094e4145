"""How far a plan in the making is, for people and programs, and taking the best so far."""

from __future__ import annotations

from dataclasses import replace

import pytest

from api.wording import catalog
from tests.api_fixtures import DAY, DEPOT, HOSTILE, KEY, NETWORK, SIX, client, filled, wording
from tournee.domain import PlanPhase, PlanRequest, Progress, RequestStatus
from tournee.numerals import LANGUAGES, Language
from tournee.store import Store

WITH_KEY = {"X-API-Key": KEY}
REQUEST = PlanRequest("r1", "D", DAY, SIX)
FORTY = Progress(PlanPhase.PROPOSING, 0.4, 412.3)


@pytest.fixture
def making(store: Store) -> Store:
    """The small town while a worker is busy with a plan."""
    filled(store).ask_plan(REQUEST)
    store.take_plan_request()
    store.report_progress("r1", FORTY)
    return store


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_phase_has_its_words(language: Language) -> None:
    assert set(catalog(language)["phases"]) == {phase.value for phase in PlanPhase}


def test_how_far_a_plan_is_reads_as_one_line() -> None:
    running = replace(
        REQUEST, status=RequestStatus.RUNNING, progress="proposing", share=0.4, best_cost_eur=412.3
    )
    assert wording().standing(running) == "Routing: best €412.30, 40%"
    assert wording("fr").standing(running) == "Calcul des tournées : au mieux 412,30\u202f€, 40\u202f%"
    assert wording().standing(replace(running, share=None, best_cost_eur=None)) == "Routing"
    assert wording().standing(REQUEST) == "Waiting for a worker"
    assert wording().standing(replace(REQUEST, status=RequestStatus.DONE)) == "done"
    failed = replace(REQUEST, status=RequestStatus.FAILED, error="No truck.")
    assert wording("fr").standing(failed) == "Échec : No truck."


def test_a_program_reads_the_figures(making: Store) -> None:
    request = client(making).get("/plan-requests/r1?lang=fr").json()
    assert (request["progress"], request["share"], request["best_cost_eur"]) == ("proposing", 0.4, 412.3)
    assert request["sentence"].startswith("Calcul des tournées")
    assert request["is_enough"] is False


def test_a_person_takes_the_best_so_far(making: Store) -> None:
    api = client(making)
    assert api.post("/plan-requests/r1/take-best").status_code == 401
    assert not making.plan_request("r1").is_enough
    answer = api.post("/plan-requests/r1/take-best", headers=WITH_KEY)
    assert (answer.status_code, answer.json()["is_enough"]) == (200, True)
    assert making.plan_request("r1").is_enough
    assert api.post("/plan-requests/nix/take-best", headers=WITH_KEY).status_code == 404


def test_there_is_nothing_to_take_before_or_after(store: Store) -> None:
    api = client(filled(store))
    store.ask_plan(REQUEST)
    answer = api.post("/plan-requests/r1/take-best", headers=WITH_KEY)
    assert (answer.status_code, answer.json()["title"]) == (409, "Conflict")
    assert "r1 is queued" in answer.json()["detail"]
    store.take_plan_request()
    store.finish_request("r1", "plan-1")
    assert "r1 is done" in api.post("/plan-requests/r1/take-best", headers=WITH_KEY).json()["detail"]


@pytest.mark.parametrize(
    ("language", "says"),
    [
        ("en", ["Plans in the making", "Routing: best €412.30, 40%", "Take the best so far"]),
        ("fr", ["Plans en préparation", "au mieux 412,30\u202f€, 40\u202f%", "Prendre le meilleur trouvé"]),
    ],
)
def test_the_front_page_shows_it(making: Store, language: str, says: list[str]) -> None:
    page = client(making).get(f"/?lang={language}").text
    for one in says:
        assert one in page
    assert '<progress max="1" value="0.4"' in page
    assert "progress.js" in page


def test_the_front_page_of_a_new_town_shows_its_first_plan_too(store: Store) -> None:
    store.save_network(NETWORK)
    assert "progress.js" not in client(store).get("/").text
    store.ask_plan(REQUEST)
    page = client(store).get("/").text
    assert "Waiting for a worker" in page
    assert '<div class="take" hidden>' in page, "nothing can be taken yet"


def test_what_was_taken_is_not_offered_again(making: Store) -> None:
    making.take_best("r1")
    page = client(making).get("/").text
    assert "The best so far is taken" in page
    assert '<div class="take" hidden>' in page


def test_a_hostile_depot_stays_text(making: Store) -> None:
    making.save_network(replace(NETWORK, depot=replace(DEPOT, name=HOSTILE)))
    page = client(making).get("/").text
    assert HOSTILE not in page
    assert "&lt;script&gt;" in page
