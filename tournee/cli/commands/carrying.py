"""What goes in and out: files of the town, one message of a sensor, the roads as they are understood."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from tournee.cli.commands.shared import opened_store, say
from tournee.clock import utc_now
from tournee.domain import Sensor
from tournee.errors import TourneeError
from tournee.transfer import Kind, export_text, import_file


def import_(
    context: typer.Context,
    kind: Annotated[Kind, typer.Argument(help="What the file holds; sites first.")],
    file: Annotated[Path, typer.Argument(help="A .csv or .geojson file.")],
) -> None:
    """Keep the rows of a file: all of them, or none and a list of the bad cells."""
    with opened_store(context.obj) as store:
        say(f"{import_file(store, kind, file)} {kind} imported from {file.name}")


def export(
    context: typer.Context,
    kind: Annotated[Kind, typer.Argument(help="What to write.")],
    file: Annotated[Path, typer.Argument(help="A .csv or .geojson file.")],
) -> None:
    """Write everything of a kind to a file."""
    with opened_store(context.obj) as store:
        text = export_text(store, kind, as_geojson=file.suffix.lower() == ".geojson")
    try:
        file.write_text(text, encoding="utf-8")
    except OSError as failure:
        message = f"{file} can't be written: {failure.strerror}."
        raise TourneeError(message) from failure
    say(f"{kind} written to {file}")


def decode(
    file: Annotated[Path, typer.Argument(help="One message, as the network server sends it.")],
    *,
    source: Annotated[str, typer.Option(help="chirpstack, things-stack, loriot, thingpark, json or ngsi.")],
    codec: Annotated[str, typer.Option(help="A JavaScript codec, or the name of a shipped one.")] = "",
    profile: Annotated[str, typer.Option(help="A device profile, or the name of a shipped one.")] = "",
    empty_mm: Annotated[float, typer.Option(help="Distance to the bottom of the empty bin.")] = 0.0,
    full_mm: Annotated[float, typer.Option(help="Distance at which the bin is full.")] = 0.0,
    as_json: Annotated[bool, typer.Option("--json", help="For programs.")] = False,
) -> None:
    """Show what one message of a sensor says, by which rule, or why it is refused."""
    import json

    from tournee.cli.decode import Trial, sentences, try_message

    sensor = Sensor("", "", empty_distance_mm=empty_mm, full_distance_mm=full_mm)
    said = try_message(Trial(source, file, codec, profile, sensor), utc_now())
    say(json.dumps(said, ensure_ascii=False, indent=2) if as_json else "\n".join(sentences(said)))


def roads(context: typer.Context) -> None:
    """Show where travel times come from, and what was understood of `roads.overrides`."""
    from tournee.cli.roads import road_lines

    for line in road_lines(context.obj.roads):
        say(line)
