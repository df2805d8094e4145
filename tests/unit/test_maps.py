"""The map page: what it draws, what it loads, and that no name becomes HTML."""

from __future__ import annotations

import re
from collections.abc import Container
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from branca.element import JavascriptLink

from api import map_data, map_sites, maps
from api.map_data import Scene, truck_names, truck_style
from api.maps import MapPage, OutsideAsset, render_map
from api.streets import Streets, find_streets
from tests.api_fixtures import (
    BINS,
    DEPOT,
    NETWORK,
    forecast,
    hostile_network,
    hostile_plan,
    in_the_day,
    latest,
    small_plan,
    wording,
)
from tournee.domain import Reason, ReasonCode
from tournee.errors import Unavailable
from tournee.numerals import LANGUAGES, Language
from tournee.settings import ApiSettings

SCENE = Scene(small_plan(), NETWORK, latest(), {"B7": replace(forecast("B7", 0.2), fill_level=0.4)})
PLAIN = Streets("© OpenStreetMap contributors")


def page_text(scene: Scene = SCENE, **frame: object) -> str:
    return render_map(scene, wording(), MapPage(**({"streets": PLAIN, "nonce": "n0"} | frame)))  # type: ignore[arg-type]  # mixed values


def test_each_truck_has_a_color_and_a_dash_of_its_own() -> None:
    signs = {(truck_style(index)["color"], tuple(truck_style(index)["dash"])) for index in range(40)}
    assert len(signs) == 40
    assert truck_style(0)["color"] != truck_style(1)["color"]
    assert truck_style(0)["dash"] != truck_style(1)["dash"]


def test_trucks_of_one_name_are_told_apart() -> None:
    plan = small_plan()
    twins = replace(plan, routes=tuple(replace(route, vehicle_name="Twin") for route in plan.routes))
    assert truck_names(plan) == ["Truck 1", "Truck 2"]
    assert truck_names(twins) == ["Twin (V1)", "Twin (V2)"]


def test_a_stop_says_address_stream_time_fill_and_reason() -> None:
    pin = map_data.route_layer(SCENE, 0, wording())["pins"][0]
    card = pin["cards"][0]
    assert pin["label"] == "1"
    assert card["title"] == "Mannerheimintie 10"
    assert card["rows"] == [
        ["Waste stream", "glass"],
        ["Time", "06:01 – 06:04"],
        ["Fill level expected", "86%"],
    ]
    assert card["reason"] == "It may overflow before the next visit: risk 62%, limit 25%."


def test_stops_at_one_place_share_a_pin() -> None:
    pins = map_data.route_layer(SCENE, 1, wording())["pins"]
    assert [pin["label"] for pin in pins] == ["1", "2–3", "4", ""]
    assert [card["badge"] for card in pins[1]["cards"]] == ["2", "3"]
    assert pins[3]["symbol"] == "break"


def test_bins_show_the_newest_reading_else_the_forecast_else_nothing() -> None:
    rows = {row[5]: row for row in map_data.bin_layer(SCENE, wording())["rows"]}
    assert rows["Mannerheimintie 10"][3] == 0.82
    assert rows["Kaisaniemenkatu 3"][3] == 0.4, "a forecast stands in for a reading"
    assert rows["Kaisaniemenkatu 3"][4] == 0.2
    assert rows["Kaisaniemenkatu 3"][6].startswith("The detour would cost")
    bare = map_data.bin_layer(Scene(small_plan(), NETWORK), wording())["rows"]
    assert all(row[3] is None and row[4] is None for row in bare)


@pytest.mark.parametrize("risk", [0.005, 0.0154, 0.025, 0.235, 0.9951])
def test_a_bin_shows_the_risk_of_its_reason(risk: float) -> None:
    scene = Scene(small_plan(), NETWORK, {}, {"B8": forecast("B8", risk)})
    rows = {row[5]: row for row in map_data.bin_layer(scene, wording())["rows"]}
    reason = Reason(ReasonCode.CAN_WAIT, {"probability": round(risk, 3)})
    assert f"overflow risk {rows['Rauhankatu 15'][4]:.0%}" in wording().reason(reason)


def said_of(layer: dict[str, Any], address: str) -> str:
    """Return what a click on a bin says, put together as the map's script does it."""
    said = next(row[6] for row in layer["rows"] if row[5] == address)
    return str(said) if isinstance(said, str) else layer["patterns"][said[0]].format(*said[1:])


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_bin_says_why_it_is_served_left_or_not_wanted(language: Language) -> None:
    layer = map_data.bin_layer(SCENE, wording(language))
    (waits,) = SCENE.plan.not_wanted
    assert said_of(layer, "Rauhankatu 15") == wording(language).reason(waits.reason)
    (left,) = SCENE.plan.unassigned
    assert said_of(layer, "Kaisaniemenkatu 3") == wording(language).reason(left.reason)
    assert "Truck 2" in said_of(layer, "Vuorikatu 8")
    assert {address for *_, address, said, _ in layer["rows"] if not said} == set()


def test_done_and_fixed_stops_have_a_state_that_is_also_spoken_and_explained() -> None:
    scene = Scene(in_the_day(), NETWORK)
    first, second = map_data.route_layer(scene, 0, wording())["pins"]
    assert (first["state"], second["state"]) == ("done", "locked")
    assert first["spoken"] == "Stop 1: Mannerheimintie 10 (done)"
    assert ["Status", "fixed"] in second["cards"][0]["rows"]
    assert {pin["state"] for pin in map_data.route_layer(scene, 1, wording())["pins"]} == {""}
    assert [one["name"] for one in map_sites.legend(scene, wording("fr"))["states"]] == [
        "fait",
        "fixé",
        "à venir",
    ]
    assert map_sites.legend(SCENE, wording())["states"] == []


def test_a_place_is_done_when_all_of_its_bins_are() -> None:
    one, other = (stop for stop in small_plan().services() if stop.label == "Esplanadi 5")
    done = replace(one, is_done=True)
    assert map_data.state_of([done, replace(other, is_done=True)]) == "done"
    assert map_data.state_of([done, other]) == ""
    assert map_data.state_of([done, replace(other, is_locked=True)]) == "locked"


def test_bins_at_one_place_stand_side_by_side() -> None:
    rows = map_data.bin_layer(SCENE, wording())["rows"]
    assert [row[7] for row in rows if row[5] == "Esplanadi 5"] == [-0.5, 0.5]
    assert [row[7] for row in rows if row[5] == "Vuorikatu 8"] == [0.0]


def test_sites_list_the_visits_of_the_plan() -> None:
    pins = map_sites.site_layer(SCENE, wording())["pins"]
    by_name = {pin["cards"][0]["title"]: pin["cards"][0]["rows"] for pin in pins}
    assert [row[0] for row in by_name["Disposal facility: Waste plant Kamppi"]] == ["Truck 2", "Truck 2"]
    assert len(by_name["Depot: Depot Rautatientori"]) == 4


def test_legend_explains_trucks_levels_and_the_streams_there_are() -> None:
    legend = map_sites.legend(SCENE, wording())
    assert [truck["name"] for truck in legend["trucks"]] == ["Truck 1", "Truck 2"]
    assert {stream["name"] for stream in legend["streams"]} == {"residual waste", "paper", "glass"}
    assert legend["levels"][-1]["sample"] is None


def test_the_whole_plan_is_in_view() -> None:
    box: Container[object] = map_data.bounds(SCENE)
    assert all(one.location in box for one in BINS)
    assert all(
        point in box for route in SCENE.plan.routes for stop in route.stops for point in stop.leg.geometry
    )
    assert DEPOT.location in box


def test_the_page_loads_only_our_own_files() -> None:
    text = page_text(root="/tournee")
    sources = re.findall(r'<(?:script|link)[^>]+(?:src|href)="([^"]+)"', text)
    assert len(sources) >= 9
    assert all(source.startswith("/tournee/static/") for source in sources)
    assert "http://" not in text
    assert "https://" not in text


def test_every_inline_script_has_the_nonce_and_no_style_element_is_left() -> None:
    text = page_text()
    assert re.findall(r"<script(?![^>]*src=)([^>]*)>", text) == [' nonce="n0"']
    assert "<style" not in text


def test_a_link_to_another_server_is_refused() -> None:
    page = MapPage(PLAIN)
    for address in ("https://cdn.example/leaflet.js", "static/../maps.py", "/static/map.js"):
        with pytest.raises(OutsideAsset):
            maps._own(JavascriptLink(address), page)


@pytest.mark.parametrize("is_standalone", [False, True])
def test_a_script_that_was_never_fetched_is_named_with_its_remedy(is_standalone: bool) -> None:
    page = MapPage(PLAIN, is_standalone=is_standalone)
    with pytest.raises(
        Unavailable, match=r"vendor/lost\.js, which is not there: run `python tools/fetch_assets"
    ):
        maps._own(JavascriptLink("static/vendor/lost.js"), page)


def test_hostile_names_stay_text_everywhere() -> None:
    scene = Scene(hostile_plan(), hostile_network(), latest())
    text = page_text(scene)
    assert "<img" not in text
    assert text.count("<script") == page_text().count("<script")
    assert "&lt;script&gt;alert(" in text.partition("<main")[0], "the bar shows the depot's name as text"
    assert "\\u0026lt;script\\u0026gt;" in text, "Leaflet writes layer names as HTML: they arrive escaped"


def test_thousands_of_bins_are_one_object() -> None:
    many = tuple(replace(BINS[0], bin_id=f"M{index}") for index in range(5_000))
    text = page_text(Scene(small_plan(), replace(NETWORK, bins=(*BINS, *many))))
    assert text.count("tournee.bins(") == 1
    assert len(text) < 100 * 5_000
    (waits,) = small_plan().not_wanted
    waiting = tuple(replace(waits, bin_id=one.bin_id) for one in many)
    scene = Scene(replace(small_plan(), not_wanted=waiting), replace(NETWORK, bins=(*BINS, *many)))
    assert len(page_text(scene)) < 150 * 5_000, "words are sent once, figures per bin"
    assert len(map_data.bin_layer(scene, wording())["patterns"]) == 2


def test_a_page_of_its_own_needs_no_server(tmp_path: Path) -> None:
    light = tmp_path / "streets.geojson"
    light.write_text('{"type": "FeatureCollection", "features": []}', encoding="utf-8")
    text = page_text(streets=Streets("© us", geojson=light), is_standalone=True)
    assert not re.findall(r'<(?:script|link)[^>]+(?:src|href)="(?!data:)', text)
    assert "data:image/svg+xml;base64," in text
    assert text.count("</script>") == text.count("<script")


def test_streets_are_raster_then_vector_then_light_then_none(tmp_path: Path) -> None:
    settings = ApiSettings()
    assert find_streets(settings, tmp_path).kind == "none"
    (tmp_path / "streets.geojson").write_text("{}", encoding="utf-8")
    light = find_streets(settings, tmp_path)
    assert (light.kind, light.linked("")["geojson"]) == ("light", "/static/tiles/streets.geojson")
    (tmp_path / "town.pmtiles").write_bytes(b"")
    assert find_streets(settings, tmp_path).kind == "vector"
    raster = find_streets(ApiSettings(tile_url="https://{s}.tiles.example/{z}/{x}/{y}.png"), tmp_path)
    assert (raster.kind, raster.image_source) == ("raster", "https://*.tiles.example")
    assert raster.linked("")["url"].startswith("https://{s}.tiles")
    assert light.image_source == ""


def test_an_attribution_is_text() -> None:
    assert "<b>" not in Streets("<b>us</b>").linked("")["attribution"]
