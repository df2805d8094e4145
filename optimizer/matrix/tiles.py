"""Road tiles: built once per extract, kept in a folder named by what they were built from.

Several processes may ask at once: each builds aside, the first to finish renames its folder into place, the others
throw theirs away. A folder that carries the final name is therefore always whole.
"""

from __future__ import annotations

import hashlib
import json
import shutil
import subprocess
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import Any, NamedTuple

from tournee.errors import RoadsUnavailable

type Config = dict[str, Any]


class Builder(NamedTuple):
    """The program that turns an extract into tiles, its version and the configuration it reads."""

    program: Path
    version: str
    config: Config


class Tiles(NamedTuple):
    """A finished folder of road tiles."""

    folder: Path
    digest: str


def present_tiles(extract: Path, tiles_dir: Path, builder: Builder) -> Tiles:
    """Return the tiles of an extract, building them first where this very build is not there yet.

    Raises
    ------
    RoadsUnavailable
        The extract is missing or can't be read, holds no street, or the folder can't be written.
    """
    said = builder.version + json.dumps(builder.config, sort_keys=True, default=str)
    return present(extract, tiles_dir, said, lambda aside: _run(extract, aside, builder))


def present(
    extract: Path, tiles_dir: Path, recipe: str, build: Callable[[Path], None], prefix: str = ""
) -> Tiles:
    """Return the folder of what `build` makes of an extract, built first where this very recipe is not there yet.

    Parameters
    ----------
    recipe
        Whatever else the result depends on, as text.
    build
        Fills an empty folder, or raises.

    Raises
    ------
    RoadsUnavailable
        The extract is missing or can't be read, or the folder can't be written.
    """
    try:
        digest = digest_of(extract, recipe)
        folder = tiles_dir.resolve() / f"{prefix}{extract.name.removesuffix('.osm.pbf')}-{digest}"
        if not folder.is_dir():
            tiles_dir.mkdir(parents=True, exist_ok=True)
            _build_aside(folder, build)
    except OSError as failed:
        if not extract.is_file():
            message = f"The road extract {extract} is not there: run `python tools/fetch_town.py`, or set roads.extract to a .osm.pbf file."
            raise RoadsUnavailable(message) from None
        raise RoadsUnavailable(
            f"The road tiles of {extract} can't be built in {tiles_dir}: {failed}."
        ) from failed
    return Tiles(folder, digest)


def digest_of(extract: Path, recipe: str) -> str:
    """Return twelve hex digits that change with the extract or the recipe."""
    with extract.open("rb") as stream:
        content = hashlib.file_digest(stream, "sha256")
    content.update(recipe.encode())
    return content.hexdigest()[:12]


def write_config(folder: Path, config: Config) -> Path:
    """Write a configuration beside the tiles it points at, named by its content, and return where.

    A moved folder gets a new file, and two processes that write the same one do not meet.
    """
    text = json.dumps(config, sort_keys=True, default=str)
    target = folder / f"config-{hashlib.sha256(text.encode()).hexdigest()[:12]}.json"
    if not target.is_file():
        with tempfile.NamedTemporaryFile("w", dir=folder, delete=False, encoding="utf-8") as stream:
            stream.write(text)
        Path(stream.name).replace(target)
    return target


def _build_aside(folder: Path, build: Callable[[Path], None]) -> None:
    aside = Path(tempfile.mkdtemp(dir=folder.parent, prefix=".building-"))
    try:
        build(aside)
        # mkdtemp gives a folder to its owner alone; tiles may be read by a worker that runs as another user.
        aside.chmod(0o755)
        aside.rename(folder)
    except OSError:
        if not folder.is_dir():  # otherwise another process was faster, with the same result
            raise
    finally:
        shutil.rmtree(aside, ignore_errors=True)


def _run(extract: Path, aside: Path, builder: Builder) -> None:
    mjolnir = {**builder.config.get("mjolnir", {}), "tile_dir": str(aside)}
    config = write_config(aside, {**builder.config, "mjolnir": mjolnir})
    done = subprocess.run(  # noqa: S603 - our own program, our own file names
        [str(builder.program), "--config", str(config), str(extract)],
        capture_output=True,
        text=True,
        check=False,
    )
    config.unlink()
    if done.returncode or not any(aside.rglob("*.gph")):
        said = (done.stderr or done.stdout).strip().splitlines()
        why = said[-1].strip() if said else "it holds no street"
        raise RoadsUnavailable(
            f"No road tiles can be made of {extract}, check that it is a whole .osm.pbf file: {why}."
        )
