"""Make the map's streets out of an OpenStreetMap extract, once per extract; no internet is needed to draw them.

With tilemaker: vector tiles in one file, `town.pmtiles`, read in ranges. Without it: `streets.geojson`, drawn whole.
Map data (c) OpenStreetMap contributors, Open Database License 1.0 (https://www.openstreetmap.org/copyright).
"""

from __future__ import annotations

import argparse
import hashlib
import json
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from itertools import count, groupby
from pathlib import Path
from typing import Any, NamedTuple

REPOSITORY = Path(__file__).resolve().parent.parent
sys.path[:0] = [str(REPOSITORY)]  # run as a file: the tools are no installed package

import osmium  # noqa: E402 - after the path
from pmtiles.convert import mbtiles_to_pmtiles  # noqa: E402

from tools.coast import sea_rings  # noqa: E402
from tools.street_layers import Feature, classify, classify_place  # noqa: E402
from tournee.domain import Location  # noqa: E402
from tournee.geo import BoundingBox  # noqa: E402

DEFAULT_EXTRACT = REPOSITORY / "var" / "roads" / "Helsinki.osm.pbf"
DEFAULT_TARGET = REPOSITORY / "api" / "static" / "tiles"
RECIPE = REPOSITORY / "tools" / "tilemaker"
NODES_AND_WAYS = osmium.osm.NODE | osmium.osm.WAY
AREA_LAYERS = {"land", "water", "building"}
PMTILES, GEOJSON, MADE_FROM = "town.pmtiles", "streets.geojson", "made_from.txt"


class TilesNotMade(Exception):
    """The streets can't be drawn."""


def make_tiles(extract: Path, target: Path, tilemaker: str | None) -> bool:
    """Write the streets of `extract` into `target` unless they are there; return whether they had to be made.

    Raises
    ------
    TilesNotMade
        There is no extract, or tilemaker stopped.
    """
    if not extract.is_file():
        raise TilesNotMade(f"There is no extract {extract}; run tools/fetch_town.py or set roads.extract.")
    made_from = fingerprint(extract, tilemaker)
    if (target / MADE_FROM).is_file() and (target / MADE_FROM).read_text(encoding="utf-8") == made_from:
        return False
    shutil.rmtree(target, ignore_errors=True)
    target.mkdir(parents=True)
    with tempfile.TemporaryDirectory() as folder:
        reduced = Path(folder) / "reduced.osm.pbf"
        write_reduced(extract, reduced)
        if tilemaker:
            write_pmtiles(tilemaker, reduced, target / PMTILES)
        else:
            write_geojson(reduced, target / GEOJSON)
    (target / MADE_FROM).write_text(made_from, encoding="utf-8")
    return True


def fingerprint(extract: Path, tilemaker: str | None) -> str:
    """Return what the result depends on, as one line."""
    recipe = [
        *sorted(RECIPE.iterdir()),
        *(Path(__file__).with_name(n) for n in ("coast.py", "street_layers.py")),
    ]
    digest = hashlib.sha256()
    for path in (extract, Path(__file__), *recipe):
        digest.update(path.read_bytes())
    return f"{'tilemaker' if tilemaker else 'geojson'} {digest.hexdigest()}\n"


def write_reduced(extract: Path, target: Path) -> None:
    """Write only what is painted, tagged with `layer`, `kind` and `name`, and whole.

    A town cut out of a larger map has streets that point at nodes outside the cut, at which tilemaker stops: a street
    keeps the pieces it has, an area keeps its corners, a relation needs all its ways. The sea is added as areas.
    """
    ids = count(_last_id(extract) + 1)  # for the pieces of cut streets and for the sea
    sea = [Ring.around(ring, ids) for ring in sea_rings(_shores(extract), bounds(extract))]
    with osmium.SimpleWriter(str(target), overwrite=True, header=_header(extract)) as writer:
        _write_nodes(extract, writer, sea)
        way_ids = _write_ways(extract, writer, ids)
        for ring in sea:
            writer.add_way(osmium.osm.mutable.Way(id=next(ids), nodes=ring.refs, tags=SEA))
        _write_relations(extract, writer, way_ids)


def _last_id(extract: Path) -> int:
    """Return the highest id of an extract: new things come next, for tilemaker 3 ends at ids of 2**34 and more."""
    return max((thing.id for thing in _things(osmium.FileProcessor(str(extract)))), default=0)


SEA = {"layer": "water", "kind": "sea"}


class Ring(NamedTuple):
    """A closed line of new nodes."""

    places: list[Location]
    refs: list[int]

    @classmethod
    def around(cls, ring: list[Location], ids: Iterator[int]) -> Ring:
        """Return a ring whose corners are numbered; its last corner was its first."""
        refs = [next(ids) for _ in ring[:-1]]
        return cls(ring[:-1], [*refs, refs[0]])


def _shores(extract: Path) -> list[list[Location]]:
    things = _things(osmium.FileProcessor(str(extract), NODES_AND_WAYS).with_locations())
    ways = (thing for thing in things if thing.is_way() and thing.tags.get("natural") == "coastline")
    return [[Location(node.lat, node.lon) for node in run] for way in ways for run in _runs(way)]


def _write_nodes(extract: Path, writer: osmium.SimpleWriter, sea: list[Ring]) -> None:
    for node in _things(osmium.FileProcessor(str(extract), osmium.osm.NODE)):
        writer.add_node(node.replace(tags=_painted(node, classify_place(dict(node.tags)))))
    for ring in sea:
        for ref, place in zip(ring.refs, ring.places, strict=False):
            writer.add_node(osmium.osm.mutable.Node(id=ref, location=(place.lon, place.lat)))


def _write_ways(extract: Path, writer: osmium.SimpleWriter, ids: Iterator[int]) -> set[int]:
    way_ids: set[int] = set()
    later: list[tuple[list[int], dict[str, str]]] = []
    for way in _things(osmium.FileProcessor(str(extract), NODES_AND_WAYS).with_locations()):
        if not way.is_way():
            continue
        feature = classify(dict(way.tags), is_closed=way.is_closed())
        for index, refs in enumerate(_pieces(way, feature)):
            tags = _painted(way, feature)
            if index:
                later.append((refs, tags))
            else:
                writer.add_way(osmium.osm.mutable.Way(id=way.id, nodes=refs, tags=tags))
                way_ids.add(way.id)
    for refs, tags in later:  # readers want rising ids
        writer.add_way(osmium.osm.mutable.Way(id=next(ids), nodes=refs, tags=tags))
    return way_ids


def _write_relations(extract: Path, writer: osmium.SimpleWriter, way_ids: set[int]) -> None:
    for relation in _things(osmium.FileProcessor(str(extract), osmium.osm.RELATION)):
        tags = _painted(relation, classify(dict(relation.tags), is_closed=True))
        if tags and all(member.type == "w" and member.ref in way_ids for member in relation.members):
            writer.add_relation(relation.replace(tags={**tags, "type": "multipolygon"}))


def _things(processor: osmium.FileProcessor) -> Iterator[Any]:
    # osmium says "one of five kinds" of everything; what is asked for decides which.
    yield from processor


def _runs(way: Any) -> list[list[Any]]:
    groups = groupby(way.nodes, key=lambda node: node.location.valid())
    return [run for is_inside, nodes in groups if is_inside and len(run := list(nodes)) > 1]


def _pieces(way: Any, feature: Feature | None) -> list[list[int]]:
    if not way.is_closed() or (feature and not feature.is_area):
        return [[node.ref for node in run] for run in _runs(way)]
    corners = [node.ref for node in way.nodes if node.location.valid()]
    if len(set(corners)) < 3:
        return []
    return [corners if corners[0] == corners[-1] else [*corners, corners[0]]]


def _painted(thing: Any, feature: Feature | None) -> dict[str, str]:
    if feature is None:
        return {}
    name = thing.tags.get("name", "")
    return {"layer": feature.layer, "kind": feature.kind, **({"name": name} if name else {})}


def _header(extract: Path) -> Any:
    with osmium.io.Reader(str(extract), osmium.osm.osm_entity_bits.NOTHING) as reader:
        return reader.header()


def bounds(extract: Path) -> BoundingBox:
    """Return the box that an extract covers: its header's, or else its nodes'."""
    box = _header(extract).box()
    if box.valid():
        return BoundingBox(box.bottom_left.lat, box.bottom_left.lon, box.top_right.lat, box.top_right.lon)
    nodes = _things(osmium.FileProcessor(str(extract), osmium.osm.NODE))
    return BoundingBox.around(Location(node.lat, node.lon) for node in nodes)


def write_pmtiles(tilemaker: str, reduced: Path, target: Path) -> None:
    """Cut an extract into vector tiles and write them as one file."""
    mbtiles = reduced.with_suffix(".mbtiles")
    command = [tilemaker, "--input", str(reduced), "--output", str(mbtiles)]
    command += ["--config", str(RECIPE / "config.json"), "--process", str(RECIPE / "process.lua")]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    if done.returncode or not mbtiles.is_file():
        last = (done.stderr.strip() or done.stdout.strip() or "it said nothing").splitlines()[-1]
        raise TilesNotMade(f"tilemaker stopped with {done.returncode}: {last}")
    mbtiles_to_pmtiles(str(mbtiles), str(target), None)  # type: ignore[no-untyped-call]  # not annotated there


def write_geojson(reduced: Path, target: Path) -> None:
    """Write everything that is painted as one GeoJSON, for machines without tilemaker."""
    factory = osmium.geom.GeoJSONFactory()
    features = []
    for thing in _things(osmium.FileProcessor(str(reduced)).with_locations().with_areas()):
        layer = thing.tags.get("layer")
        if layer is None or thing.is_relation() or thing.is_area() != (layer in AREA_LAYERS):
            continue
        geometry = _geometry(factory, thing)
        if geometry is None:
            continue
        features.append(
            f'{{"type":"Feature","properties":{json.dumps(dict(thing.tags))},"geometry":{geometry}}}'
        )
    target.write_text(
        '{"type":"FeatureCollection","features":[\n' + ",\n".join(features) + "\n]}\n", encoding="utf-8"
    )


def _geometry(factory: Any, thing: Any) -> str | None:
    try:
        if thing.is_area():
            return str(factory.create_multipolygon(thing))
        return str(factory.create_linestring(thing) if thing.is_way() else factory.create_point(thing))
    except RuntimeError:  # osmium's word for an outline that crosses itself or has no length
        return None


def _made_somehow(extract: Path, target: Path, tilemaker: str | None) -> bool:
    """Make the streets with tilemaker; where it fails, say so and make the light layer: a map needs streets."""
    try:
        return make_tiles(extract, target, tilemaker)
    except TilesNotMade as problem:
        if tilemaker is None:
            raise
        print(f"make_tiles: {problem}; making the light street layer instead", file=sys.stderr)
        return make_tiles(extract, target, None)


def main() -> int:
    """Make the streets, and say in one line what was done."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--extract", type=Path, default=DEFAULT_EXTRACT)
    parser.add_argument("--target", type=Path, default=DEFAULT_TARGET)
    parser.add_argument("--light", action="store_true", help="GeoJSON, even where tilemaker is installed")
    chosen = parser.parse_args()
    tilemaker = None if chosen.light else shutil.which("tilemaker")
    try:
        was_made = _made_somehow(chosen.extract, chosen.target, tilemaker)
    except TilesNotMade as problem:
        print(f"make_tiles: {problem}", file=sys.stderr)
        return 1
    kind = "vector tiles" if (chosen.target / PMTILES).is_file() else "light street layer (no tilemaker here)"
    print(f"streets: {'made' if was_made else 'present'}, {kind}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
