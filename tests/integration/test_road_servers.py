"""The engines of this house behind a server: the same answers, over HTTP."""

from __future__ import annotations

import json
import re
import socket
import subprocess
from collections.abc import Iterator
from importlib.util import find_spec
from pathlib import Path

import numpy as np
import pytest
import valhalla

from optimizer.matrix import Roads
from optimizer.matrix.osrm_data import present_data
from optimizer.matrix.providers import open_roads
from optimizer.matrix.valhalla import LocalValhalla
from tests.collector_fixtures import wait_for
from tests.integration.test_valhalla import IN_THE_SEA, PARIS, STATION, TRUCK, town_places
from tests.road_server import road_server
from tests.town_fixtures import helsinki_extract
from tournee.cli.broker import free_port
from tournee.errors import RoadsUnavailable
from tournee.settings import RoadsSettings

pytestmark = pytest.mark.needs_valhalla


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("roads")


def opened(folder: Path, provider: str, url: str = "", overrides: Path | None = None) -> Roads:
    common = {"extract": helsinki_extract(), "tiles_dir": folder, "cache_max_mb": 0, "overrides": overrides}
    return open_roads(RoadsSettings.model_validate(common | {"provider": provider, "url": url}))


@pytest.fixture(scope="module")
def valhalla_server(folder: Path) -> Iterator[str]:
    """The real server of the wheel, with its limits as they come, and the fast matrix."""
    config = valhalla.get_config(tile_extract="", tile_dir=str(present_valhalla(folder)))
    config["mjolnir"] |= {"admin": "", "timezone": "", "landmarks": ""}
    for key in ("traffic_extract", "transit_dir", "transit_feeds_dir"):
        config["mjolnir"].pop(key)
    port = free_port()
    here = folder / "server"
    here.mkdir()
    config["httpd"]["service"] |= {
        "listen": f"tcp://127.0.0.1:{port}",
        "loopback": f"ipc://{here}/loopback",
        "interrupt": f"ipc://{here}/interrupt",
    }
    for part in ("loki", "thor", "odin"):
        config[part]["service"]["proxy"] = f"ipc://{here}/{part}"
    config["thor"]["source_to_target_algorithm"] = "timedistancematrix"
    (here / "config.json").write_text(json.dumps(config), encoding="utf-8")
    program = valhalla.PYVALHALLA_DIR / "bin" / "valhalla_service"
    with subprocess.Popen([program, here / "config.json", "1"], stdout=subprocess.DEVNULL) as server:
        wait_for(lambda: answers(port), "the road server to answer")
        yield f"http://127.0.0.1:{port}"
        server.kill()


def present_valhalla(folder: Path) -> Path:
    """Return the folder of the tiles, built as the product builds them."""
    LocalValhalla(helsinki_extract(), folder)
    (tiles,) = (path for path in folder.iterdir() if path.name.startswith("Helsinki-"))
    return tiles


def answers(port: int) -> bool:
    with socket.socket() as probe:
        return probe.connect_ex(("127.0.0.1", port)) == 0


@pytest.fixture(scope="module")
def osrm_server(folder: Path) -> Iterator[str]:
    """The real server of the wheel, on a port that it finds free."""
    spec = find_spec("osrm")
    assert spec is not None
    assert spec.origin is not None
    program = Path(spec.origin).parent / "bin" / "osrm-routed"
    roads = present_data(helsinki_extract(), folder, TRUCK, ())
    command = [str(program), "--algorithm", "mld", "--ip", "127.0.0.1", "--port", "0", str(roads)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as server:
        assert server.stdout is not None
        said = ""
        while "running and waiting" not in said:
            line = server.stdout.readline()
            assert line, f"osrm-routed did not start: {said}"
            said += line
        port = re.findall(r"[Ll]istening on: \S+?:(\d+)", said)
        yield f"http://127.0.0.1:{port[0]}" if port else said
        server.terminate()


def test_a_valhalla_server_gives_the_same_matrix(folder: Path, valhalla_server: str) -> None:
    places = [*town_places()[:60], IN_THE_SEA, PARIS]
    here, there = opened(folder, "valhalla"), opened(folder, "valhalla_url", valhalla_server)
    mine, yours = here.matrix(places, TRUCK), there.matrix(places, TRUCK)
    assert (mine.travel_time_s == yours.travel_time_s).all()
    assert (mine.distance_m == yours.distance_m).all()
    assert mine.off_road == yours.off_road
    assert len(yours.off_road) == 2
    assert yours.source.startswith("Valhalla 3.")
    assert " at http://127.0.0.1:" in yours.source
    assert here.geometry(places[:30], TRUCK) == there.geometry(places[:30], TRUCK)


def test_a_valhalla_server_heeds_a_city(folder: Path, valhalla_server: str, tmp_path: Path) -> None:
    bars = [
        {"name": f"bar {n}", "point": {"lat": p.location.lat, "lon": p.location.lon}, "radius_m": 20}
        for n, p in enumerate(town_places()[20:40])
    ]
    path = tmp_path / "city.yaml"
    path.write_text(json.dumps({"forbidden": bars}), encoding="utf-8")  # JSON is YAML
    places = town_places()[:20]
    here, there = (
        opened(folder, provider, valhalla_server, path) for provider in ("valhalla", "valhalla_url")
    )
    mine = here.matrix(places, TRUCK).travel_time_s
    assert (mine == there.matrix(places, TRUCK).travel_time_s).all()
    assert (mine != opened(folder, "valhalla").matrix(places, TRUCK).travel_time_s).any()


def test_an_osrm_server_gives_the_same_matrix(folder: Path, osrm_server: str) -> None:
    places = [*town_places()[:130], IN_THE_SEA, PARIS]
    here, there = opened(folder, "osrm"), opened(folder, "osrm_url", osrm_server)
    mine, yours = here.matrix(places, TRUCK), there.matrix(places, TRUCK)
    assert (mine.travel_time_s == yours.travel_time_s).all()
    assert (mine.distance_m == yours.distance_m).all()
    assert set(mine.off_road) == set(yours.off_road) == {130, 131}
    assert np.allclose(list(mine.off_road.values()), list(yours.off_road.values()))
    assert here.geometry(places[:60], TRUCK) == there.geometry(places[:60], TRUCK)


def test_another_town_is_refused_with_the_servers_remedy(folder: Path, osrm_server: str) -> None:
    with pytest.raises(RoadsUnavailable, match=r"does not cover the town.*Set roads\.url to a server"):
        opened(folder, "osrm_url", osrm_server).matrix([PARIS], TRUCK)


def test_a_server_that_goes_away_is_said(folder: Path) -> None:
    with road_server(lambda *_: (200, {"version": "3"})) as url:
        roads = opened(folder, "valhalla_url", url)
    with pytest.raises(RoadsUnavailable, match="is it running"):
        roads.matrix([STATION], TRUCK)
