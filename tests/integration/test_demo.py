"""The whole product on a small town, as a person runs it: twice, and the second time gives the same plan."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections import Counter
from pathlib import Path
from typing import Any

import gpxpy
import pytest

from tests.broker import need_mosquitto
from tests.town_fixtures import helsinki_extract

pytestmark = [pytest.mark.needs_broker, pytest.mark.needs_valhalla, pytest.mark.timeout(600)]

ROOT = Path(__file__).resolve().parents[2]
SMALL = {
    "TOURNEE_SIMULATOR__NUM_BINS": "60",
    "TOURNEE_SIMULATOR__READINGS_PER_DAY": "6",
    "TOURNEE_API__PORT": "0",
}


def run_demo(folder: Path) -> Path:
    """Run the demo in an empty folder; return where its results are."""
    folder.mkdir()
    roads = {
        "TOURNEE_ROADS__EXTRACT": str(helsinki_extract()),
        "TOURNEE_ROADS__TILES_DIR": str(ROOT / "var" / "roads"),
    }
    command = [
        sys.executable,
        "-m",
        "tournee",
        "demo",
        "--once",
        "--seed",
        "7",
        "--date",
        "2026-11-20",
        "--out",
        "out",
    ]
    ended = subprocess.run(
        command, cwd=folder, env={**os.environ, **SMALL, **roads}, capture_output=True, text=True, check=False
    )
    assert ended.returncode == 0, ended.stdout + ended.stderr
    return folder / "out"


def read(path: Path) -> Any:
    return json.loads(path.read_text(encoding="utf-8"))


@pytest.fixture(scope="module")
def results(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path]:
    """Where two runs of the same demo left their results."""
    need_mosquitto()
    folder = tmp_path_factory.mktemp("demo")
    return run_demo(folder / "first"), run_demo(folder / "second")


@pytest.fixture
def out(results: tuple[Path, Path]) -> Path:
    return results[0]


def test_the_same_seed_gives_the_same_plan(results: tuple[Path, Path]) -> None:
    first, second = (path / "plan.json" for path in results)
    assert first.read_text(encoding="utf-8") == second.read_text(encoding="utf-8")


def test_every_reading_sent_is_stored_or_refused(out: Path) -> None:
    readings = read(out / "summary.json")["readings"]
    assert readings["sent"] == readings["stored"] + readings["repeated"] + readings["refused"] > 3_000
    assert readings["repeated"] > 0


def test_the_plan_serves_three_streams_and_breaks_no_rule(out: Path) -> None:
    plan, summary = read(out / "plan.json"), read(out / "summary.json")
    services = Counter(stop["waste_stream"] for stop in stops(plan) if stop["kind"] == "service")
    assert summary["violations"] == 0
    assert summary["stops"] == services.total() > 0
    assert len({stop["place_ref"] for stop in stops(plan) if stop["kind"] == "service"}) == services.total()
    assert all(stop["reason"]["sentence"] for stop in stops(plan) if stop["kind"] == "service")
    assert all(
        trip["stops"][-1]["kind"] == "unloading" for route in plan["routes"] for trip in route["trips"]
    )


def test_each_route_is_exported_with_every_stop_in_order(out: Path) -> None:
    for route in read(out / "plan.json")["routes"]:
        labels = [stop["label"] for stop in route_stops(route) if stop["kind"] == "service"]
        gpx = gpxpy.parse((out / f"{route['vehicle_id']}.gpx").read_text(encoding="utf-8"))
        names = [point.name for point in gpx.routes[0].points]
        at = -1
        for label in labels:
            at = next(i for i, name in enumerate(names) if i > at and label in str(name))
        rows = (out / f"{route['vehicle_id']}.csv").read_text(encoding="utf-8").splitlines()
        assert len(rows) == 1 + len(route_stops(route))
        assert read(out / f"{route['vehicle_id']}.geojson")["type"] == "FeatureCollection"


def test_the_map_is_a_file_that_asks_nobody(out: Path) -> None:
    text = (out / "map.html").read_text(encoding="utf-8")
    assert 'src="/' not in text
    assert 'href="/static' not in text


def stops(plan: Any) -> list[Any]:
    return [stop for route in plan["routes"] for stop in route_stops(route)]


def route_stops(route: Any) -> list[Any]:
    return [route["start"], *(stop for trip in route["trips"] for stop in trip["stops"]), route["end"]]
