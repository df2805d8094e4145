"""Rounds as files: every stop in order, address first, and nothing that a reader chokes on."""

from __future__ import annotations

import csv
import io
import json
from dataclasses import replace
from itertools import pairwise
from typing import Any
from xml.etree import ElementTree as ET

import pytest

from api.exports.geojson import plan_geojson, route_geojson
from api.exports.gpx import route_gpx
from api.exports.table import COLUMNS, route_csv
from tests.api_fixtures import BINS, HOSTILE, hostile_network, hostile_plan, small_plan, wording
from tournee.domain import Bin, Leg, Route, Stop, StopKind

BY_ID = {one.bin_id: one for one in BINS}
GPX = "{http://www.topografix.com/GPX/1/1}"
# The order that the schema's sequences demand, of the elements we may write.
POINT_ORDER = ["ele", "time", "name", "cmt", "desc", "src", "link", "sym", "type"]
LINE_ORDER = ["name", "cmt", "desc", "src", "link", "number", "type", "rtept", "trkseg"]
FILE_ORDER = ["metadata", "wpt", "rte", "trk"]


def second_route() -> Route:
    return small_plan().routes[1]


def gpx_of(route: Route, bins: dict[str, Bin] | None = None) -> ET.Element:
    text = route_gpx(small_plan(), route, BY_ID if bins is None else bins, wording())
    return ET.fromstring(text)  # noqa: S314 - our own text


def names(parent: ET.Element, path: str) -> list[str]:
    return [point.findtext(f"{GPX}name") or "" for point in parent.findall(path)]


def without_leg(stop: Stop) -> Stop:
    return replace(stop, leg=Leg(0, 0))


def motionless(route: Route) -> Route:
    """A route without any street geometry."""
    trips = tuple(replace(trip, stops=tuple(map(without_leg, trip.stops))) for trip in route.trips)
    return replace(route, start=without_leg(route.start), trips=trips, end=without_leg(route.end))


def test_gpx_names_every_stop_in_order_by_its_address() -> None:
    expected = [
        "Depot, start: Depot Rautatientori",
        "Unioninkatu 34 (1)",
        "Esplanadi 5 (2)",
        "Esplanadi 5 (3)",
        "Unloading: Waste plant Kamppi",
        "Break",
        "Vuorikatu 8 (4)",
        "Unloading: Waste plant Kamppi",
        "Depot, end: Depot Rautatientori",
    ]
    document = gpx_of(second_route())
    assert names(document, f"{GPX}wpt") == expected
    assert names(document, f"{GPX}rte/{GPX}rtept") == expected


def test_gpx_track_follows_the_streets_without_standing_still() -> None:
    route = second_route()
    track = gpx_of(route).findall(f"{GPX}trk/{GPX}trkseg/{GPX}trkpt")
    places = [(float(point.attrib["lat"]), float(point.attrib["lon"])) for point in track]
    driven = {place for stop in route.stops for place in stop.leg.geometry}
    assert set(places) == {tuple(place) for place in driven}
    assert all(a != b for a, b in pairwise(places))


def test_gpx_has_the_order_of_elements_that_its_schema_demands() -> None:
    document = gpx_of(second_route())
    orders = {
        "gpx": FILE_ORDER,
        "wpt": POINT_ORDER,
        "rtept": POINT_ORDER,
        "rte": LINE_ORDER,
        "trk": LINE_ORDER,
    }
    seen = set()
    for element in document.iter():
        order = orders.get(element.tag.removeprefix(GPX))
        if order:
            ranks = [order.index(child.tag.removeprefix(GPX)) for child in element]
            assert ranks == sorted(ranks)
            seen.add(element.tag.removeprefix(GPX))
    assert seen == set(orders)
    assert document.attrib["version"] == "1.1"


def test_gpx_without_geometry_still_has_a_track() -> None:
    route = motionless(second_route())
    track = gpx_of(route).findall(f"{GPX}trk/{GPX}trkseg/{GPX}trkpt")
    assert (float(track[0].attrib["lat"]), float(track[0].attrib["lon"])) == route.start.location


def test_gpx_carries_hostile_names_as_text_and_drops_what_xml_cannot_hold() -> None:
    bins = {one.bin_id: replace(one, address=f"{one.address}\x00\x0b") for one in hostile_network().bins}
    document = gpx_of(hostile_plan().routes[1], bins)
    assert names(document, f"{GPX}wpt")[1] == f"Unioninkatu 34 {HOSTILE} (1)"


def test_geojson_is_lon_lat_with_the_line_first() -> None:
    route = second_route()
    content = route_geojson(small_plan(), route, BY_ID, wording())
    line, *stops = content["features"]
    assert line["geometry"]["type"] == "LineString"
    assert line["geometry"]["coordinates"][0] == [24.9441, 60.1712]
    assert [stop["properties"]["kind"] for stop in stops] == [stop.kind.value for stop in route.stops]
    assert [stop["properties"]["order"] for stop in stops] == list(range(len(stops)))
    assert all(19 < stop["geometry"]["coordinates"][0] < 32 for stop in stops), "longitude comes first"
    assert stops[0]["properties"]["arrival_at"] == "2026-11-23T06:00:00+02:00"
    json.dumps(content, allow_nan=False)


def test_geojson_of_a_truck_that_stays_has_a_line_of_two_positions() -> None:
    start = motionless(second_route()).start
    end = replace(start, kind=StopKind.END)
    route = replace(second_route(), start=start, trips=(), end=end)
    line = route_geojson(small_plan(), route, BY_ID, wording())["features"][0]
    assert line["geometry"]["coordinates"] == [[24.9441, 60.1712]] * 2


def test_geojson_of_a_plan_says_why_a_bin_was_left() -> None:
    features: list[dict[str, Any]] = plan_geojson(small_plan(), BY_ID, wording())["features"]
    left = [one["properties"] for one in features if one["properties"]["kind"] == "unassigned"]
    assert [one["address"] for one in left] == ["Kaisaniemenkatu 3"]
    assert left[0]["reason"] == "The detour would cost €3.50; emptying it now is worth €0.80."
    assert {one["properties"].get("vehicle_id") for one in features} == {"V1", "V2", None}


def test_geojson_of_a_plan_leaves_out_a_bin_that_is_gone() -> None:
    features = plan_geojson(small_plan(), {}, wording())["features"]
    assert not [one for one in features if one["properties"]["kind"] == "unassigned"]


def rows(text: str) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(text)))


def test_csv_has_one_row_for_each_stop() -> None:
    route = second_route()
    table = rows(route_csv(small_plan(), route, BY_ID, wording()))
    assert tuple(table[0]) == COLUMNS
    assert [row["kind"] for row in table] == [stop.kind.value for stop in route.stops]
    assert [row["number"] for row in table] == ["", "1", "2", "3", "", "", "4", "", ""]
    assert table[1]["address"] == "Unioninkatu 34"
    assert table[1]["service_start_at"].endswith("+02:00")
    assert table[1]["reason"].startswith("It may overflow")


@pytest.mark.parametrize("evil", ["=1+1", "+cmd", "-2+3", "@SUM(A1)", "\tx"])
def test_csv_disarms_what_a_spreadsheet_would_run(evil: str) -> None:
    bins = {**BY_ID, "B3": replace(BY_ID["B3"], address=evil)}
    table = rows(route_csv(small_plan(), second_route(), bins, wording()))
    assert table[1]["address"] == f"'{evil}"


def test_csv_leaves_negative_coordinates_as_numbers() -> None:
    west = replace(second_route().start, location=second_route().start.location._replace(lon=-3.7))
    table = rows(route_csv(small_plan(), replace(second_route(), start=west), BY_ID, wording()))
    assert float(table[0]["lon"]) == -3.7


def test_files_speak_french() -> None:
    text = route_csv(small_plan(), second_route(), BY_ID, wording("fr"))
    assert "Il risque de déborder" in text
    document = route_gpx(small_plan(), second_route(), {}, wording("fr"))
    assert "Vidage: Waste plant Kamppi" in document
    assert "<name>Pause</name>" in document
