"""The pages as a person meets them, in a real browser against a real server."""

from __future__ import annotations

import os
from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest
from playwright.sync_api import Browser, expect

from api.map_data import Scene
from api.maps import MapPage, render_map
from api.streets import STATIC, Streets, find_streets
from tests.api_fixtures import (
    BINS,
    DAY,
    HOSTILE,
    KEY,
    NETWORK,
    SIX,
    filled,
    hostile_network,
    hostile_plan,
    in_the_day,
    latest,
    small_plan,
    wording,
)
from tests.browser_fixtures import Watched, chromium, served, watched
from tournee.domain import (
    DayChange,
    DayChangeKind,
    Plan,
    PlanPhase,
    PlanRequest,
    PlanStatus,
    Progress,
    Stop,
    Trip,
)
from tournee.settings import ApiSettings
from tournee.store import Store

pytestmark = [
    pytest.mark.needs_chromium,
    pytest.mark.skipif(
        os.environ.get("CI") != "true" and not (STATIC / "vendor" / "manifest.json").is_file(),
        reason="run tools/fetch_assets.py first",
    ),
]


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with chromium() as started:
        yield started


@pytest.fixture
def look(browser: Browser, store: Store) -> Iterator[Watched]:
    with served(filled(store)) as root, watched(browser, root) as seen:
        yield seen


def click_pin(look: Watched, spoken: str) -> None:
    look.page.locator(f'.pin-icon[aria-label="{spoken}"] .pin-box').click()


def click_bin(look: Watched, index: int) -> None:
    place = BINS[index].location
    point = look.page.evaluate(
        f"(() => {{ const p = tournee.map.latLngToContainerPoint([{place.lat}, {place.lon}]); return [p.x, p.y]; }})()"
    )
    look.page.locator(".folium-map").click(position={"x": point[0], "y": point[1]})


def test_the_map_asks_nobody_else_and_complains_of_nothing(look: Watched) -> None:
    look.open_map()
    assert look.outside == []
    assert look.complaints == []
    assert len(look.requests) > 8


def test_a_click_on_a_stop_says_address_stream_time_fill_and_reason(look: Watched) -> None:
    look.open_map()
    click_pin(look, "Stop 1: Mannerheimintie 10")
    card = look.page.locator(".leaflet-popup .card")
    expect(card.locator("h2")).to_contain_text("Mannerheimintie 10")
    expect(card.locator("dd")).to_have_text(["glass", "06:01 – 06:04", "86%"])
    expect(card.locator(".reason")).to_have_text(
        "It may overflow before the next visit: risk 62%, limit 25%."
    )


def test_stops_at_one_place_are_told_together(look: Watched) -> None:
    look.open_map()
    click_pin(look, "Stop 2–3: Esplanadi 5")
    expect(look.page.locator(".leaflet-popup .card .badge")).to_have_text(["2", "3"])


def test_a_stop_is_reached_by_keyboard(look: Watched) -> None:
    look.open_map()
    look.page.locator('.pin-icon[aria-label="Stop 4: Vuorikatu 8"]').focus()
    look.page.keyboard.press("Enter")
    expect(look.page.locator(".leaflet-popup .card h2")).to_contain_text("Vuorikatu 8")


def test_a_bin_that_was_left_says_why(look: Watched) -> None:
    look.open_map()
    click_bin(look, 6)
    card = look.page.locator(".leaflet-popup .card")
    expect(card.locator("h2")).to_have_text("Kaisaniemenkatu 3")
    expect(card.locator(".reason")).to_contain_text("The detour would cost €3.50")


def test_a_bin_that_can_wait_says_until_when_and_what_it_costs(look: Watched) -> None:
    look.open_map()
    click_bin(look, 7)
    card = look.page.locator(".leaflet-popup .card")
    expect(card.locator("h2")).to_have_text("Rauhankatu 15")
    expect(card.locator(".reason")).to_have_text(
        "It can wait: overflow risk 3% until the next visit, Wednesday 2026-11-25; limit 25%. Fill level expected: 34%. "
        "To leave it today would cost €0.31; only above €1.20 can a detour to it pay."
    )


def test_done_and_fixed_stops_look_and_read_otherwise(look: Watched, store: Store) -> None:
    store.save_plan(in_the_day())
    look.open_map()
    for state, spoken in (
        ("done", "Stop 1: Mannerheimintie 10 (done)"),
        ("locked", "Stop 2: Aleksanterinkatu 21 (fixed)"),
    ):
        pin = look.page.locator(f'.pin-icon[aria-label="{spoken}"] .pin-box')
        expect(pin).to_have_class(f"pin-box {state}")
        expect(pin.locator("circle")).to_have_count(1)  # the badge with its sign
    expect(look.page.locator(".pin-icon circle")).to_have_count(2)
    expect(look.page.locator(".legend")).to_contain_text("In the day")
    look.open("/plans/plan-1/table")
    expect(look.page.locator("tr.done .change.done")).to_have_text("✓ done")
    expect(look.page.locator("tr.locked .change.locked svg")).to_be_visible()
    assert look.complaints == []


def test_layers_can_be_switched_off(look: Watched) -> None:
    look.open_map()
    pins = look.page.locator(".pin-icon")
    before = pins.count()
    look.page.locator(".leaflet-control-layers label", has_text="Truck 2").locator("input").uncheck()
    expect(pins).to_have_count(before - 4)


def test_the_map_speaks_french(look: Watched) -> None:
    look.open_map(query="?lang=fr")
    expect(look.page.locator(".legend")).to_contain_text("ordures ménagères")
    click_pin(look, "Arrêt 1: Mannerheimintie 10")
    expect(look.page.locator(".leaflet-popup .reason")).to_contain_text("Il risque de déborder")
    assert look.complaints == []


def test_the_index_leads_to_the_map_and_back(look: Watched) -> None:
    look.open("/")
    look.page.get_by_role("link", name="Map", exact=True).first.click()
    look.page.wait_for_selector(".pin-icon")
    look.page.get_by_role("link", name="Table").click()
    expect(look.page.get_by_role("heading", name="Round of Truck 2")).to_be_visible()
    look.page.get_by_role("link", name="Tournée").click()
    expect(look.page.get_by_role("heading", level=1)).to_have_text("Waste collection rounds")
    assert (look.outside, look.complaints) == ([], [])


def test_a_person_publishes_with_name_and_key(look: Watched, store: Store) -> None:
    look.open("/plans/plan-1/table")
    look.page.get_by_label("Your name").fill("Aino")
    look.page.get_by_label("Key").fill("wrong")
    look.page.get_by_role("button", name="Publish").click()
    expect(look.page.get_by_role("status")).to_contain_text("send the server's key")
    assert store.plan("plan-1").status is PlanStatus.DRAFT
    look.page.get_by_label("Key").fill(KEY)
    look.page.get_by_role("button", name="Publish").click()
    expect(look.page.get_by_text("Published by Aino")).to_be_visible()
    assert store.plan("plan-1").status is PlanStatus.PUBLISHED


def later(plan: Plan, by: timedelta) -> Plan:
    """Return a plan that is not over yet, whatever the clock of this machine says."""

    def stop(one: Stop) -> Stop:
        return replace(
            one,
            arrival_at=one.arrival_at + by,
            service_start_at=one.service_start_at + by,
            departure_at=one.departure_at + by,
        )

    def trip(one: Trip) -> Trip:
        return replace(one, stops=tuple(map(stop, one.stops)))

    routes = tuple(
        replace(one, start=stop(one.start), trips=tuple(map(trip, one.trips)), end=stop(one.end))
        for one in plan.routes
    )
    return replace(plan, routes=routes)


def test_a_person_tells_what_happened_and_is_led_to_what_it_changes(look: Watched, store: Store) -> None:
    store.save_plan(later(replace(small_plan(), plan_id="driven"), timedelta(days=36_500)))
    store.publish_plan("driven", "Aino", SIX)
    look.open("/plans/driven/table?lang=en")
    page = look.page
    page.get_by_label("What happened").select_option("bin_added")
    page.get_by_label("Truck, facility or bin").fill("B1")
    page.get_by_role("button", name="Add").click()
    expect(page.locator("ul.told li")).to_contain_text("Bin added: Mannerheimintie 10 (B1)")
    page.get_by_label("Key").fill(KEY)
    page.get_by_role("button", name="Make a draft").click()
    expect(page.get_by_role("status")).to_contain_text("it is on the round of V1 already")
    page.get_by_role("button", name="Take away").click()
    expect(page.locator("ul.told li")).to_have_count(0)
    page.get_by_label("What happened").select_option("truck_down")
    page.get_by_label("Truck, facility or bin").fill("V2")
    page.get_by_role("button", name="Add").click()
    page.get_by_label("Key").fill(KEY)
    page.get_by_role("button", name="Make a draft").click()
    expect(page.get_by_role("status")).to_contain_text("Waiting for a worker")
    asked = store.take_plan_request()
    assert asked
    assert asked.changes == (DayChange(DayChangeKind.TRUCK_DOWN, "V2"),)
    store.save_plan(replace(small_plan(), plan_id="draft", previous_plan_id="driven", changes=asked.changes))
    store.finish_request(asked.request_id, "draft")
    expect(page.get_by_role("heading", level=1)).to_contain_text("Changes in the day")
    expect(page.get_by_text("Truck broken down: Truck 2")).to_be_visible()
    assert look.outside == []


def test_hostile_names_are_harmless_wherever_they_show(look: Watched, store: Store) -> None:
    store.save_network(hostile_network())
    store.save_plan(hostile_plan())
    look.open("/")
    look.open("/plans/plan-1/table")
    look.open_map()
    for pin in look.page.locator(".pin-icon").all():
        pin.dispatch_event("click")
        expect(look.page.locator(".leaflet-popup .card").first).to_be_visible()
    expect(look.page.locator(".leaflet-control-layers")).to_contain_text(HOSTILE)
    assert look.page.locator("img[src='x']").count() == 0
    assert look.complaints == []


def test_a_phone_shows_the_whole_map(browser: Browser, store: Store) -> None:
    with served(filled(store)) as root, watched(browser, root, width=390) as look:
        look.open_map()
        assert look.page.evaluate("document.documentElement.scrollWidth") <= 390
        expect(look.page.locator("details.legend")).not_to_have_attribute("open", "")


def test_a_page_of_its_own_opens_from_a_file(browser: Browser, tmp_path: Path) -> None:
    scene = Scene(small_plan(), NETWORK, latest())
    file = tmp_path / "map.html"
    page = MapPage(find_streets(ApiSettings()), is_standalone=True)
    file.write_text(render_map(scene, wording(), page), encoding="utf-8")
    with watched(browser, file.as_uri()) as look:
        look.open("")
        look.page.wait_for_selector(".pin-icon")
        assert (look.outside, look.complaints) == ([], [])


def test_the_light_layer_draws_where_there_are_no_tiles(browser: Browser, tmp_path: Path) -> None:
    street = '{"type":"LineString","coordinates":[[24.94,60.169],[24.95,60.171]]}'
    square = (
        '{"type":"Polygon","coordinates":[[[24.94,60.169],[24.95,60.169],[24.95,60.171],[24.94,60.169]]]}'
    )
    shapes = {"road": ("minor", street), "rail": ("tram", street), "land": ("park", square)}
    shapes |= {"water": ("sea", square), "building": ("building", square), "waterway": ("river", street)}
    features = ",".join(
        f'{{"type":"Feature","properties":{{"layer":"{layer}","kind":"{kind}"}},"geometry":{shape}}}'
        for layer, (kind, shape) in shapes.items()
    )
    light = tmp_path / "streets.geojson"
    light.write_text(f'{{"type":"FeatureCollection","features":[{features}]}}', encoding="utf-8")
    file = tmp_path / "map.html"
    page = MapPage(Streets("© us", geojson=light), is_standalone=True)
    file.write_text(render_map(Scene(small_plan(), NETWORK), wording(), page), encoding="utf-8")
    with watched(browser, file.as_uri()) as look:
        look.open("")
        look.page.wait_for_selector(".leaflet-tile-pane canvas")
        look.page.locator(".leaflet-control-zoom-in").click()
        look.page.wait_for_function("tournee.map.getZoom() > 15")
        assert (look.outside, look.complaints) == ([], [])


def test_thousands_of_bins_are_drawn_in_seconds(browser: Browser, store: Store) -> None:
    filled(store).save_bins(
        replace(BINS[0], bin_id=f"M{index}", location=BINS[0].location._replace(lat=60.165 + index / 5e5))
        for index in range(5_000)
    )
    with served(store) as root, watched(browser, root) as look:
        look.open_map()
        spent_ms = look.page.evaluate("performance.getEntriesByType('navigation')[0].domComplete")
        assert spent_ms < 10_000
        assert look.complaints == []


def test_a_person_watches_a_plan_in_the_making_and_takes_the_best(browser: Browser, store: Store) -> None:
    filled(store).ask_plan(PlanRequest("r1", "D", DAY, SIX))
    store.take_plan_request()
    store.report_progress("r1", Progress(PlanPhase.PROPOSING, 0.4, 412.3))
    with served(store) as root, watched(browser, root) as look:
        look.open("/")
        form = look.page.locator("form.making")
        expect(form).to_contain_text("Routing: best €412.30, 40%")
        store.report_progress("r1", Progress(PlanPhase.FINISHING, 0.7, 398.0))
        expect(form).to_contain_text("Routing with every rule: best €398.00, 70%")
        form.get_by_label("Key").fill("wrong")
        form.get_by_role("button", name="Take the best so far").click()
        expect(form.get_by_role("status")).to_contain_text("send the server's key")
        form.get_by_label("Key").fill(KEY)
        form.get_by_role("button", name="Take the best so far").click()
        expect(form).to_contain_text("The best so far is taken")
        expect(form.get_by_role("button")).to_have_count(0)
        assert store.plan_request("r1").is_enough
        store.finish_request("r1", "plan-1")
        expect(form).to_have_count(0)
        assert look.outside == []
