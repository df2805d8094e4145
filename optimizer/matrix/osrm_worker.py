"""Asks OSRM for its parent: questions in on standard input, answers out, each a length and that many bytes of JSON.

Its bindings hold Python's lock while they search, and a fault in them ends the process: hence one of its own. It ends when
its parent's end of the pipe closes. Run with the path of the road data; says `ready` first.
"""

from __future__ import annotations

import json
import sys
from typing import Any

import osrm

HEADER_BYTES = 4
COMMON = {"generate_hints": False}
UNLIMITED = -1


def main() -> None:
    """Answer until the pipe closes."""
    try:
        engine = osrm.OSRM(
            storage_config=sys.argv[1],
            algorithm="MLD",
            use_shared_memory=False,
            max_locations_distance_table=UNLIMITED,
            max_locations_viaroute=UNLIMITED,
            max_results_nearest=UNLIMITED,
        )
    except RuntimeError as broken:
        _say({"code": "Broken", "message": str(broken)})
        return
    _say({"code": "Ok"})
    while (header := sys.stdin.buffer.read(HEADER_BYTES)) and len(header) == HEADER_BYTES:
        question = json.loads(sys.stdin.buffer.read(int.from_bytes(header)))
        try:
            _say(_answer(engine, question))
        except RuntimeError as refused:
            _say({"code": str(refused).partition(" ")[0], "message": str(refused)})


def _answer(engine: Any, question: dict[str, Any]) -> Any:
    places = {**COMMON, "coordinates": [tuple(each) for each in question["coordinates"]]}
    if "approaches" in question:
        places["approaches"] = question["approaches"]
    if question["service"] == "nearest":
        wanted = osrm.NearestParameters(**places)
        wanted.number_of_results = question["number"]
        return _plain(engine.Nearest(wanted))
    if question["service"] == "route":
        shape = {"steps": True, "geometries": "polyline6", "overview": "false", "continue_straight": False}
        return _plain(engine.Route(osrm.RouteParameters(**shape, **places)))
    pairs = {name: question[name] for name in ("sources", "destinations")}
    return _plain(engine.Table(osrm.TableParameters(annotations=["duration", "distance"], **pairs, **places)))


def _plain(value: Any) -> Any:
    """Return the library's own containers as lists and dictionaries."""
    if isinstance(value, osrm.Object):
        return {key: _plain(value[key]) for key in value}
    return [_plain(each) for each in value] if isinstance(value, osrm.Array) else value


def _say(answer: Any) -> None:
    content = json.dumps(answer).encode()
    sys.stdout.buffer.write(len(content).to_bytes(HEADER_BYTES) + content)
    sys.stdout.buffer.flush()


if __name__ == "__main__":
    main()
