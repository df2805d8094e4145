"""What a road server may do to us, and what is said of it."""

from __future__ import annotations

import logging
from threading import Event
from typing import Any

import pytest

from optimizer.matrix import UNREACHABLE, Place
from optimizer.matrix.osrm_engine import OsrmEngine
from optimizer.matrix.over_http import HttpOsrm, HttpValhalla, Server
from optimizer.matrix.overrides import NOTHING, Overrides
from optimizer.matrix.providers import open_roads
from optimizer.matrix.valhalla_engine import ValhallaEngine
from tests.road_fixtures import TRUCK, place
from tests.road_server import Answer, Answering, road_server
from tournee.cli.roads import road_lines
from tournee.domain import CurbSide
from tournee.errors import ConfigError, RoadsUnavailable
from tournee.settings import RoadsSettings

PLACES = [place(0), place(1)]
STATUS = {"version": "3.5.1", "tileset_last_modified": 1_700_000_000}
OSRM = {"code": "Ok", "data_version": "2026-11-01"}


def asked(server: Server) -> Any:
    try:
        return server.ask("/status")
    finally:
        server.close()


def valhalla(answering: Answering, *, wanted: str) -> Any:
    """Return what an engine says of two places, on a server that answers its status."""
    with road_server(lambda path, body: (200, STATUS) if path == "/status" else answering(path, body)) as url:
        server = Server(url, 5)
        engine = ValhallaEngine(HttpValhalla(server), "tertiary")
        try:
            return engine.block(PLACES, PLACES, TRUCK) if wanted == "block" else engine.lines(PLACES, TRUCK)
        finally:
            server.close()


def osrm(answer: Answer, overrides: Overrides = NOTHING, *, wanted: str = "block") -> Any:
    """Return what an engine says of two places, on a server that answers the first question."""
    with road_server(lambda path, _: (200, OSRM) if path.endswith("/0,0") else answer) as url:
        server = Server(url, 5)
        engine = OsrmEngine(HttpOsrm(server, overrides), on_own_side=False)
        try:
            return engine if wanted == "engine" else engine.block(PLACES, PLACES, TRUCK)
        finally:
            server.close()


@pytest.mark.parametrize("url", ["", "127.0.0.1:8002", "ftp://roads.example", "http://", "http://[::1"])
def test_an_address_that_is_none_is_a_setting_to_correct(url: str) -> None:
    for provider in ("valhalla_url", "osrm_url"):
        with pytest.raises(ConfigError, match=r"roads\.url: .*such as http://127\.0\.0\.1:8002"):
            open_roads(RoadsSettings.model_validate({"provider": provider, "url": url}))


def test_a_server_that_is_not_there_can_be_asked_again() -> None:
    with road_server(lambda *_: (200, {})) as url:
        gone = url
    with pytest.raises(
        RoadsUnavailable, match=r"127\.0\.0\.1:\d+ can't be asked \(ConnectError\): is it running"
    ):
        asked(Server(gone, 5))


def test_a_server_that_hangs_is_not_waited_for() -> None:
    done = Event()

    def hang(path: str, body: Any) -> Answer:
        done.wait(20)
        return 200, {}

    with road_server(hang) as url:
        with pytest.raises(RoadsUnavailable, match=r"within 0\.1 s: ask again, raise roads\.timeout_s"):
            asked(Server(url, 0.1))
        done.set()


@pytest.mark.parametrize(
    ("status", "content", "said"),
    [
        (503, {}, "answered 503: ask again later"),
        (500, b"<html>", "answered 500: ask again later"),
        (429, {}, "answered 429: ask again later"),
        (401, {}, "check the key in roads.url"),
        (403, b"no", "check the key in roads.url"),
        (200, b"<html>hello</html>", "is no JSON: check roads.url"),
        (404, b"", "is no JSON: check roads.url"),
    ],
)
def test_each_bad_answer_has_its_sentence(status: int, content: object, said: str) -> None:
    with road_server(lambda *_: (status, content)) as url, pytest.raises(RoadsUnavailable, match=said):
        asked(Server(url, 5))


@pytest.mark.parametrize("provider", ["valhalla_url", "osrm_url"])
@pytest.mark.parametrize("content", [{}, [], "hello", {"hello": 1}])
def test_another_kind_of_server_is_recognized(provider: str, content: object) -> None:
    settings = {"provider": provider}
    with (
        road_server(lambda *_: (200, content)) as url,
        pytest.raises(RoadsUnavailable, match="does not answer like"),
    ):
        open_roads(RoadsSettings.model_validate(settings | {"url": url}))


def test_no_secret_of_an_address_is_told(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    heard = []

    def answering(path: str, body: Any) -> Answer:
        heard.append(path)
        return (200, STATUS) if "/status" in path else (503, {})

    with road_server(answering) as url:
        secret = url.replace("http://", "http://me:hush-hush@") + "/roads/?api_key=hush-hush"
        settings = RoadsSettings.model_validate({"provider": "valhalla_url", "url": secret})
        lines = list(road_lines(settings))
        roads = open_roads(settings.model_copy(update={"cache_max_mb": 0}))
        with pytest.raises(RoadsUnavailable) as unavailable:
            roads.matrix(PLACES, TRUCK)
    assert heard[0] == "/roads/status?api_key=hush-hush", "the server itself is told"
    assert "/roads" in str(unavailable.value)
    assert "hush" not in str(unavailable.value) + caplog.text + " ".join(lines)


def test_valhalla_is_asked_in_its_own_words() -> None:
    heard = []

    def answering(path: str, body: Any) -> Answer:
        heard.append((path, body))
        return 200, {
            "sources_to_targets": {"durations": [[0, 5], [None, 0]], "distances": [[0, 0.1], [0, 0]]}
        }

    time_s, distance_m = valhalla(answering, wanted="block")
    assert time_s.tolist() == [[0, 5], [UNREACHABLE, 0]]
    assert distance_m.tolist() == [[0, 100], [UNREACHABLE, 0]]
    ((path, body),) = heard
    assert path == "/sources_to_targets"
    assert body["costing"] == "truck"
    assert body["costing_options"]["truck"]["weight"] == TRUCK.weight_t


def test_valhallas_own_errors_are_understood() -> None:
    def no_way(path: str, body: Any) -> Answer:
        return 400, {"error_code": 442, "error": "No path could be found for input"}

    time_s, _ = valhalla(no_way, wanted="block")
    assert (time_s == UNREACHABLE).all()
    assert valhalla(no_way, wanted="lines") == ((PLACES[0].location, PLACES[1].location),)
    with pytest.raises(RoadsUnavailable, match=r"refused a question \(matrix\): Exceeded max locations"):
        valhalla(lambda *_: (400, {"error_code": 150, "error": "Exceeded max locations"}), wanted="block")


@pytest.mark.parametrize(
    "answer", [{"sources_to_targets": 3}, {}, [], {"sources_to_targets": {"durations": "x"}}]
)
def test_a_matrix_of_rubbish_is_refused(answer: object) -> None:
    with pytest.raises(RoadsUnavailable, match="can't be read"):
        valhalla(lambda *_: (200, answer), wanted="block")


def test_osrms_own_errors_are_understood() -> None:
    with pytest.raises(RoadsUnavailable, match="refused a question: Too many table coordinates"):
        osrm((400, {"code": "TooBig", "message": "Too many table coordinates"}))
    for rubbish in ({"code": "Ok"}, {"code": "Ok", "durations": [["x"]], "distances": [[1]]}):
        with pytest.raises(RoadsUnavailable, match="can't be read"):
            osrm((200, rubbish))
    with pytest.raises(RoadsUnavailable, match="does not answer like OSRM"):
        osrm((200, [1]))


def test_an_osrm_server_names_what_it_can_not_heed() -> None:
    entry = {"name": "bridge", "point": {"lat": 60, "lon": 25}}
    overrides = Overrides.model_validate({"forbidden": [entry], "no_reversing": [entry | {"name": "school"}]})
    engine = osrm((200, {}), overrides, wanted="engine")
    assert isinstance(engine, OsrmEngine)
    assert engine.unheeded == ("bridge", "school")
    assert "the vehicle of the server, data of 2026-11-01" in engine.source


def test_osrm_is_asked_within_its_limits() -> None:
    sides = []

    def answering(path: str, body: Any) -> Answer:
        if path.endswith("/0,0"):
            return 200, OSRM
        given = dict(each.split("=") for each in path.partition("?")[2].split("&"))
        rows, columns = (
            len(given[name].replace("%3B", ";").split(";")) for name in ("sources", "destinations")
        )
        sides.append((rows, columns))
        grid = [[1] * columns] * rows
        return 200, {"code": "Ok", "durations": grid, "distances": grid}

    many = [Place(place(north).location, CurbSide.SAME) for north in range(130)]
    with road_server(answering) as url:
        server = Server(url, 5)
        time_s, _ = OsrmEngine(HttpOsrm(server, NOTHING), on_own_side=True).block(many, many[:50], TRUCK)
        server.close()
    assert sides == [(100, 50), (30, 50)]
    assert (time_s == 1).all()
