"""CSV and GeoJSON <-> flat rows. A file is taken whole, or refused whole with every bad cell named."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

from pydantic import ValidationError
from pydantic_core import ErrorDetails

from tournee.errors import BadRow, ImportRefused
from tournee.transfer.rows import FlatRow

type Cells = Mapping[str, Any]
type Numbered = tuple[str, Cells]

SHOWN_MAX = 20


def read_rows[Kind: FlatRow](path: Path, kind: type[Kind], key: str) -> list[Kind]:
    """Return the rows of a `.csv` or `.geojson` file.

    Raises
    ------
    ImportRefused
        The file can't be read, or a row is bad: each with its line (or feature), column, value and reason.
    """
    raw = _read_geojson(path) if path.suffix.lower() in {".geojson", ".json"} else _read_csv(path)
    rows, bad = [], []
    seen: dict[str, str] = {}
    for where, cells in raw:
        try:
            row = kind.model_validate(
                {name: value for name, value in cells.items() if value not in ("", None)}
            )
        except ValidationError as invalid:
            bad += [_bad_row(where, problem, cells) for problem in invalid.errors()]
            continue
        if (first := seen.setdefault(getattr(row, key), where)) != where:
            bad.append(BadRow(where, key, getattr(row, key), f"the same as in {first}"))
        rows.append(row)
    if bad:
        raise ImportRefused(path.name, bad[:SHOWN_MAX])
    return rows


def write_csv(rows: Iterable[FlatRow], kind: type[FlatRow]) -> str:
    """Return a table with a line of headings, RFC 4180."""
    text = io.StringIO()
    table = csv.DictWriter(text, list(kind.model_fields))
    table.writeheader()
    table.writerows(row.model_dump(mode="json") for row in rows)
    return text.getvalue()


def write_geojson(rows: Iterable[FlatRow]) -> str:
    """Return a feature collection of points, RFC 7946."""
    features = []
    for row in rows:
        properties = row.model_dump(mode="json")
        point = [properties.pop("lon"), properties.pop("lat")]
        geometry = {"type": "Point", "coordinates": point}
        features.append({"type": "Feature", "geometry": geometry, "properties": properties})
    return json.dumps({"type": "FeatureCollection", "features": features}, indent=1, ensure_ascii=False)


def _read_csv(path: Path) -> list[Numbered]:
    table = csv.DictReader(io.StringIO(_text(path)), restkey="(too many cells)")
    return [(f"line {table.line_num}", dict(row)) for row in table]


def _read_geojson(path: Path) -> list[Numbered]:
    try:
        features = json.loads(_text(path))["features"]
        return [(f"feature {i}", _cells(feature)) for i, feature in enumerate(features, start=1)]
    except (ValueError, KeyError, TypeError) as broken:
        reason = f"not a GeoJSON feature collection of points: {type(broken).__name__} {broken}"
        raise ImportRefused(path.name, [BadRow("file", "features", "…", reason)]) from None


def _cells(feature: Mapping[str, Any]) -> Cells:
    lon, lat = feature["geometry"]["coordinates"][:2]
    return {**feature["properties"], "lat": lat, "lon": lon}


def _text(path: Path) -> str:
    try:
        return path.read_text(encoding="utf-8-sig")
    except OSError as missing:
        raise ImportRefused(path.name, [BadRow("file", "name", str(path), str(missing.strerror))]) from None
    except UnicodeDecodeError:
        raise ImportRefused(
            path.name, [BadRow("file", "encoding", "…", "not UTF-8; save it as UTF-8")]
        ) from None


def _bad_row(where: str, problem: ErrorDetails, cells: Cells) -> BadRow:
    column = str(problem["loc"][0]) if problem["loc"] else "row"
    match problem["type"]:
        case "missing":
            reason = "must not be empty"
        case "extra_forbidden":
            reason = "is no column that we know"
        case _:
            reason = "expected " + problem["msg"].removeprefix("Value error, ").removeprefix(
                "Input should be "
            )
    return BadRow(where, column, str(cells.get(column, "")), reason)
