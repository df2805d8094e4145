"""Pages, headers, problems: what every answer has in common."""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

from api.app import create_app
from api.deps import store_of
from api.errors import STATUS, status_of
from api.map_data import Scene, route_layer
from tests.api_fixtures import (
    HOSTILE,
    NETWORK,
    TestClient,
    client,
    filled,
    forecast,
    hostile_network,
    hostile_plan,
    settings,
    small_plan,
    wording,
)
from tournee import errors
from tournee.domain import Grade, Violation
from tournee.errors import ConfigError, InfeasibleProblem, TourneeError
from tournee.settings import Settings, StoreSettings
from tournee.store import Store


def test_the_index_leads_to_map_rounds_and_files(store: Store) -> None:
    api = client(filled(store))
    page = api.get("/")
    links = set(re.findall(r'href="([^"#]+)', page.text))
    wanted = {
        "/plans/plan-1/map?lang=en",
        "/plans/plan-1/table?lang=en",
        "/plans/plan-1/routes/V2.gpx?lang=en",
    }
    assert wanted <= links
    for link in links:
        assert api.get(link).status_code in {200, 503}, link


def test_the_index_of_an_empty_store_says_what_to_do(store: Store) -> None:
    assert "There is no plan yet" in client(store).get("/").text


def test_the_index_prefers_the_newest_day_and_lists_the_others(store: Store) -> None:
    filled(store)
    store.save_plan(
        replace(small_plan(), plan_id="older", service_date=small_plan().service_date.replace(day=20))
    )
    store.publish_plan("plan-1", "Aino", small_plan().as_of_at)
    text = client(store).get("/").text
    assert text.index("plan-1/map") < text.index("older/map")
    assert 'class="status published"' in text


def test_the_table_is_equal_to_the_map(store: Store) -> None:
    text = client(filled(store)).get("/plans/plan-1/table").text
    for stop in small_plan().services():
        assert stop.label in text
    assert text.count("It may overflow") == 5
    assert "Kaisaniemenkatu 3" in text
    assert "The detour would cost" in text
    assert "Bins that can wait: 1." in text
    assert "Rauhankatu 15" not in text, "thousands of them are no list to read"
    assert '<form class="publish"' in text
    assert text.count("<caption") == 3
    assert '<html lang="en">' in text


def test_bins_that_can_wait_are_a_page_of_their_own_some_at_a_time(store: Store) -> None:
    (waits,) = small_plan().not_wanted
    many = [replace(waits, bin_id=f"M{number:03}") for number in range(250)]
    due = replace(waits, reason=replace(waits.reason, facts={**waits.reason.facts, "probability": 0.2}))
    filled(store).save_plan(replace(small_plan(), not_wanted=(*many, due)))
    api = client(store)
    assert 'href="/plans/plan-1/not-wanted?lang=en"' in api.get("/plans/plan-1/table").text
    first = api.get("/plans/plan-1/not-wanted").text
    assert first.index("Rauhankatu 15") < first.index("M000"), "the likeliest to run over first"
    assert "200 of 251" in first
    second = api.get("/plans/plan-1/not-wanted?lang=fr&offset=200").text
    assert second.count("Il peut attendre") == 51
    assert "offset=0" in second


def test_the_table_of_a_bad_plan_offers_no_publishing(store: Store) -> None:
    bad = replace(
        small_plan(), violations=(Violation("payload", "V1", "B1", "300 kg too much"),), is_estimate=True
    )
    filled(store).save_plan(bad)
    text = client(store).get("/plans/plan-1/table").text
    assert "300 kg too much" in text
    assert "Travel times are estimates" in text
    assert "<form" not in text


def test_a_published_plan_says_who_published_it(store: Store) -> None:
    filled(store).publish_plan("plan-1", "Aino", small_plan().as_of_at)
    assert "Publié par Aino le 23/11/2026 05:00" in client(store).get("/plans/plan-1/table?lang=fr").text


@pytest.mark.parametrize(
    "address", ["/", "/plans/plan-1/table", "/plans/plan-1/not-wanted", "/plans/plan-1/map"]
)
def test_pages_speak_the_readers_language_and_keep_the_policy(store: Store, address: str) -> None:
    page = client(filled(store)).get(address, headers={"Accept-Language": "fr-FR,fr;q=0.9"})
    policy = page.headers["content-security-policy"]
    assert '<html lang="fr">' in page.text
    assert page.headers["vary"].startswith("Accept-Language")
    assert "script-src 'self' 'nonce-" in policy
    assert "default-src 'none'" in policy
    nonces = set(re.findall(r'nonce="([^"]+)"', page.text))
    assert all(f"'nonce-{nonce}'" in policy for nonce in nonces)


def test_each_map_has_a_nonce_of_its_own(store: Store) -> None:
    api = client(filled(store))
    first, second = (re.findall(r'nonce="([^"]+)"', api.get("/plans/plan-1/map").text) for _ in range(2))
    assert first
    assert first != second


@pytest.mark.parametrize("address", ["/", "/plans/plan-1/table"])
def test_hostile_names_stay_text(store: Store, address: str) -> None:
    filled(store).save_network(hostile_network())
    store.save_plan(hostile_plan())
    text = client(store).get(address).text
    assert HOSTILE not in text
    assert "&lt;script&gt;" in text


def test_raster_tiles_are_allowed_by_name_only(store: Store) -> None:
    api = client(filled(store), tile_url="https://tiles.example/{z}/{x}/{y}.png")
    policy = api.get("/plans/plan-1/map").headers["content-security-policy"]
    assert "img-src 'self' data: https://tiles.example;" in policy


def test_every_answer_has_the_security_headers(store: Store) -> None:
    for address in ("/", "/bins", "/nix", "/static/map.js"):
        headers = client(filled(store)).get(address).headers
        assert headers["x-content-type-options"] == "nosniff"
        assert headers["referrer-policy"] == "same-origin"
        assert "default-src 'none'" in headers["content-security-policy"]


# --- problems ----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("method", "address", "status", "says"),
    [
        ("GET", "/nix", 404, "There is nothing at /nix."),
        ("DELETE", "/bins", 405, "/bins does not take DELETE."),
        ("GET", "/plans/nix", 404, "There is no plan 'nix'."),
        ("GET", "/plans/nix/map", 404, "There is no plan 'nix'."),
        ("GET", "/bins?limit=many", 422, "query.limit"),
        ("GET", "/plan-requests/nix", 404, "'nix'"),
    ],
)
def test_failures_are_problems(store: Store, method: str, address: str, status: int, says: str) -> None:
    answer = client(store).request(method, address)
    problem = answer.json()
    assert answer.headers["content-type"] == "application/problem+json"
    assert (answer.status_code, problem["status"]) == (status, status)
    assert says in problem["detail"]
    assert problem["instance"] == address.partition("?")[0]


def test_a_browser_gets_the_problem_as_a_page(store: Store) -> None:
    answer = client(store).get("/plans/<b>x/map", headers={"Accept": "text/html"})
    assert (answer.status_code, answer.headers["content-type"]) == (404, "text/html; charset=utf-8")
    assert "<b>" not in answer.text
    assert "There is no" in answer.text


def test_no_traceback_reaches_a_reader(store: Store, caplog: pytest.LogCaptureFixture) -> None:
    app = create_app(settings(), filled(store))

    def broken() -> Store:
        raise ZeroDivisionError("secret detail")

    app.dependency_overrides[store_of] = broken
    answer = TestClient(app, raise_server_exceptions=False).get("/bins")
    assert answer.status_code == 500
    assert "secret detail" not in answer.text
    assert "Traceback" not in answer.text
    assert "secret detail" in caplog.text, "the operator finds it in the log"


def test_an_infeasible_problem_carries_its_obstacles(store: Store) -> None:
    app = create_app(settings(), store)

    def impossible() -> Store:
        raise InfeasibleProblem(["The depot D is closed all day."])

    app.dependency_overrides[store_of] = impossible
    answer = TestClient(app).get("/bins")
    assert answer.status_code == 422
    assert answer.json()["obstacles"] == ["The depot D is closed all day."]


def test_a_wrong_setting_is_the_servers_fault(store: Store) -> None:
    app = create_app(settings(), store)

    def misconfigured() -> Store:
        raise ConfigError("api.port", 1, "a free port")

    app.dependency_overrides[store_of] = misconfigured
    assert TestClient(app).get("/bins").status_code == 500


def test_every_error_of_the_tree_has_a_status() -> None:
    kinds = [
        kind for kind in vars(errors).values() if isinstance(kind, type) and issubclass(kind, TourneeError)
    ]
    for kind in kinds:
        assert any(base in STATUS for base in kind.__mro__)
    assert status_of(errors.RoadsUnavailable("x")) == 503


def test_the_api_describes_itself_with_examples(store: Store) -> None:
    described = client(store).get("/openapi.json").json()
    assert described["openapi"].startswith("3.1")
    for schema in ("PlanIn", "PublishIn", "ServiceIn"):
        assert described["components"]["schemas"][schema]["examples"]
    assert client(store).get("/docs").status_code == 404, "FastAPI's page would load scripts from elsewhere"


def test_tiles_are_read_in_ranges_and_never_compressed(store: Store) -> None:
    answer = client(store).get("/static/icon.svg", headers={"Range": "bytes=0-9"})
    assert (answer.status_code, len(answer.content)) == (206, 10)
    assert client(store).get("/static/tiles/nix").status_code == 404


def test_an_app_opens_its_own_store(tmp_path: Path) -> None:
    whole = Settings(store=StoreSettings(url=f"sqlite:///{tmp_path}/own.db"))
    app = create_app(whole)
    assert TestClient(app).get("/bins").json()["total"] == 0
    app.state.kit.store.close()


def test_every_call_is_documented(store: Store) -> None:
    page = (Path(__file__).resolve().parents[2] / "docs" / "api.md").read_text(encoding="utf-8")
    for path, calls in client(store).get("/openapi.json").json()["paths"].items():
        for method in calls:
            assert f"`{method.upper()} {path}`" in page, f"{method.upper()} {path} is not in docs/api.md"


@pytest.mark.parametrize(("language", "told"), [("en", "Sensor – poor"), ("fr", "Capteur – mauvais")])
def test_a_sensor_that_can_hardly_be_relied_on_is_named(store: Store, language: str, told: str) -> None:
    api = client(filled(store))
    made_at = forecast().made_at + timedelta(minutes=5)
    doubted = [
        replace(forecast("B1"), sensor_grade=Grade.POOR),
        replace(forecast("B2"), sensor_grade=Grade.GOOD),
    ]
    store.save_forecasts(replace(one, made_at=made_at) for one in doubted)
    page = api.get(f"/plans/plan-1/table?lang={language}").text
    assert page.count(told) == 1
    assert page.count("<small>") == 1
    assert api.get("/bins/B1/forecast").json()["sensor_grade"] == "poor"


def test_the_map_names_it_as_well() -> None:
    scene = Scene(small_plan(), NETWORK, {}, {"B1": replace(forecast("B1"), sensor_grade=Grade.SILENT)})
    layers = [route_layer(scene, index, wording()) for index in range(len(scene.plan.routes))]
    cards = [card for layer in layers for pin in layer["pins"] for card in pin["cards"]]
    assert [row for card in cards for row in card["rows"] if row[0] == "Sensor"] == [["Sensor", "silent"]]
