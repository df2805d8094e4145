"""GPX as another program reads it: GPSBabel finds every stop, in order."""

from __future__ import annotations

import csv
import os
import shutil
import subprocess
from pathlib import Path

import pytest

from api.exports.gpx import route_gpx
from api.exports.naming import named_stops
from tests.api_fixtures import BINS, small_plan, wording

BY_ID = {one.bin_id: one for one in BINS}


@pytest.fixture(scope="module")
def gpsbabel() -> str:
    found = shutil.which("gpsbabel")
    if found is None:
        reason = "no GPSBabel on this machine: install the package `gpsbabel`"
        if os.environ.get("CI") == "true":
            pytest.fail(reason)
        pytest.skip(reason)
    return found


@pytest.mark.parametrize("index", [0, 1])
@pytest.mark.parametrize("part", ["-w", "-r"])
def test_gpsbabel_reads_every_stop_in_order(gpsbabel: str, tmp_path: Path, index: int, part: str) -> None:
    route = small_plan().routes[index]
    source, target = tmp_path / "route.gpx", tmp_path / "route.csv"
    source.write_text(route_gpx(small_plan(), route, BY_ID, wording()), encoding="utf-8")
    command = [gpsbabel, part, "-i", "gpx", "-f", str(source), "-o", "unicsv,utc=0", "-F", str(target)]
    done = subprocess.run(command, capture_output=True, text=True, check=False, timeout=60)
    assert (done.returncode, done.stderr) == (0, "")
    with target.open(encoding="utf-8") as file:
        read = [row["Name"] for row in csv.DictReader(file)]
    assert read == [named.name for named in named_stops(route, BY_ID, wording())]


def test_gpsbabel_reads_the_track(gpsbabel: str, tmp_path: Path) -> None:
    source = tmp_path / "route.gpx"
    source.write_text(route_gpx(small_plan(), small_plan().routes[1], BY_ID, wording()), encoding="utf-8")
    command = [gpsbabel, "-t", "-i", "gpx", "-f", str(source), "-o", "unicsv", "-F", "-"]
    done = subprocess.run(command, capture_output=True, text=True, check=False, timeout=60)
    assert done.returncode == 0
    assert len(done.stdout.splitlines()) > 10
