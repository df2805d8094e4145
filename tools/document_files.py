"""Write `docs/files.md` from the rows that are read, so that no column is missing from it."""

from __future__ import annotations

import sys
from enum import StrEnum
from pathlib import Path
from typing import Any, get_args, get_origin

from pydantic.fields import FieldInfo

from tools.document_settings import bounds_of
from tournee.transfer import ROWS

ROOT = Path(__file__).resolve().parents[1]


def files_text() -> str:
    """Return `docs/files.md`: one table per kind of file."""
    lines = [
        "# A town's files",
        "",
        "<!-- Written by `make docs` from tournee/transfer: change it there. -->",
        "",
        "`tournee import sites|bins|vehicles FILE` reads CSV with these columns in any order, or GeoJSON with them as properties;",
        "`tournee export` writes the same. An empty cell is the default, a column that is not here is refused by name, and a file is taken whole or not",
        "at all. Sites come first, for bins and vehicles name their depot. Vehicles have no place, so they have no GeoJSON.",
    ]
    for kind, row in ROWS.items():
        lines += ["", f"## {kind.value.capitalize()}", "", "| column | default | meaning |", "|---|---|---|"]
        lines += [
            f"| `{name}` | {_default(field)} | {_about(field)} |" for name, field in row.model_fields.items()
        ]
    return "\n".join(lines) + "\n"


def _default(field: FieldInfo) -> str:
    if field.is_required():
        return "**needed**"
    return "" if field.default in ("", None, (), {}, frozenset()) else f"`{field.default}`"


def _about(field: FieldInfo) -> str:
    notes = [*_choices(field.annotation), *bounds_of(field)]
    return f"{field.description} ({', '.join(notes)})" if notes else str(field.description)


def _choices(annotation: Any) -> list[str]:
    """Return what a cell may say, where that is one of a few words."""
    if isinstance(annotation, type) and issubclass(annotation, StrEnum):
        return [f"`{one.value}`" for one in annotation]
    inner = get_args(annotation)
    if inner and all(isinstance(one, str) for one in inner):
        return [f"`{one}`" for one in inner]
    return _choices(inner[0]) if inner and get_origin(annotation) is frozenset else []


def main() -> None:
    """Write the page."""
    (ROOT / "docs" / "files.md").write_text(files_text(), encoding="utf-8")
    sys.stdout.write("docs/files.md is up to date\n")


if __name__ == "__main__":
    main()
