"""Road data for OSRM: built once for each extract, kind of truck and set of forbidden streets."""

from __future__ import annotations

import shutil
import subprocess
from collections.abc import Iterator, Sequence
from dataclasses import asdict
from importlib import metadata
from importlib.util import find_spec
from itertools import pairwise
from pathlib import Path

import osmium

from optimizer.matrix import Line
from optimizer.matrix.areas import touches
from optimizer.matrix.tiles import digest_of, present
from tournee.domain import Location, TruckDimensions
from tournee.errors import RoadsUnavailable
from tournee.geo import BoundingBox

PROFILE = Path(__file__).with_name("truck.lua")
ROADS, CLOSED = "roads.osrm", "closed.csv"
YARD = 50
"""Fewer streets than this that lead nowhere else are a yard: a place goes to the next street that leads somewhere."""


def present_data(extract: Path, folder: Path, truck: TruckDimensions, rings: Sequence[Line]) -> Path:
    """Return the path of the road data of one truck, built first where it is not there yet.

    Parameters
    ----------
    rings
        Outlines that this truck may not touch.

    Raises
    ------
    RoadsUnavailable
        The extract is missing or can't be read, holds no street, or the folder can't be written.
    """
    recipe = f"{_recipe()}|{asdict(truck)}|{rings}"
    return (
        present(extract, folder, recipe, lambda aside: _build(extract, aside, truck, rings), "osrm-").folder
        / ROADS
    )


def digest_of_roads(extract: Path) -> str:
    """Return twelve hex digits that change with the extract, the engine's version or our profile.

    Raises
    ------
    RoadsUnavailable
        The extract can't be read.
    """
    try:
        return digest_of(extract, _recipe())
    except OSError as failed:
        raise RoadsUnavailable(f"The road extract {extract} can't be read: {failed.strerror}.") from None


def version() -> str:
    """Return the version of OSRM."""
    return metadata.version("osrm-bindings")


def _recipe() -> str:
    return f"{version()}|{YARD}|{PROFILE.read_text(encoding='utf-8')}"


def _build(extract: Path, aside: Path, truck: TruckDimensions, rings: Sequence[Line]) -> None:
    package = _package()
    shutil.copy(PROFILE, aside)
    shutil.copytree(package / "share" / "profiles" / "lib", aside / "lib")
    sizes = ", ".join(f"{name} = {value}" for name, value in asdict(truck).items())
    (aside / "dimensions.lua").write_text(f"return {{ {sizes} }}\n", encoding="utf-8")
    closed = _closed_file(extract, aside / CLOSED, rings) if rings else []
    how = ["-p", PROFILE.name, "--small-component-size", str(YARD), "-o", ROADS]
    steps = [
        ["osrm-extract", str(extract.resolve()), *how],
        ["osrm-partition", ROADS],
        ["osrm-customize", ROADS, *closed],
    ]
    for program, *arguments in steps:
        # In the folder itself: OSRM cuts its own file names at the first ".osm" of a whole path.
        _run(extract, aside, package / "bin" / program, *arguments)


def _run(extract: Path, folder: Path, program: Path, *arguments: str) -> None:
    done = subprocess.run(  # noqa: S603 - a program of the wheel, our own file names
        [str(program), *arguments, "-l", "ERROR"], cwd=folder, capture_output=True, text=True, check=False
    )
    if done.returncode:
        said = (done.stderr or done.stdout).strip().splitlines()
        why = said[-1].strip() if said else f"{program.name} ended with {done.returncode}"
        message = f"No road data can be made of {extract}, check that it is a whole .osm.pbf file: {why}."
        raise RoadsUnavailable(message)


def _closed_file(extract: Path, path: Path, rings: Sequence[Line]) -> list[str]:
    """Write the stretches of street that touch a ring at speed 0, which OSRM takes for closed; return its arguments."""
    stretches = sorted(set(_stretches(extract, rings)))
    lines = [f"{a},{b},0\n{b},{a},0\n" for a, b in stretches]
    path.write_text("".join(lines), encoding="utf-8")
    return ["--segment-speed-file", path.name] if lines else []


def _stretches(extract: Path, rings: Sequence[Line]) -> Iterator[tuple[int, int]]:
    """Yield the two nodes of every stretch of street that lies in a ring or crosses it."""
    boxed = [(BoundingBox.around(ring), ring) for ring in rings]
    streets = (
        osmium.FileProcessor(str(extract)).with_locations().with_filter(osmium.filter.KeyFilter("highway"))
    )
    for way in streets:
        if not isinstance(way, osmium.osm.Way):
            continue
        nodes = [(node.ref, Location(node.lat, node.lon)) for node in way.nodes if node.location.valid()]
        for (a, here), (b, there) in pairwise(nodes):
            if any(_may_touch(box, here, there) and touches(here, there, ring) for box, ring in boxed):
                yield a, b


def _may_touch(box: BoundingBox, a: Location, b: Location) -> bool:
    is_beside = max(a.lon, b.lon) < box.west or min(a.lon, b.lon) > box.east
    return not is_beside and max(a.lat, b.lat) >= box.south and min(a.lat, b.lat) <= box.north


def _package() -> Path:
    spec = find_spec("osrm")
    if spec is None or spec.origin is None:
        raise RoadsUnavailable(
            "roads.provider osrm needs the package osrm-bindings: `pip install osrm-bindings`, or take valhalla."
        )
    return Path(spec.origin).parent
