"""What the routing world measures itself on, read as it is written: one file per format, and a judge of their rules."""

from __future__ import annotations

from pathlib import Path

from benchmarks.instances.instance import Instance, InstanceUnreadable
from benchmarks.instances.kim import read_kim
from benchmarks.instances.pvrpif import read_pvrpif
from benchmarks.instances.vrplib_files import read_vrplib

__all__ = ["Instance", "InstanceUnreadable", "read_instances"]


def read_instances(path: Path) -> tuple[Instance, ...]:
    """Return the instances of a file, several where it holds several days.

    Raises
    ------
    InstanceUnreadable
        No such file, or none of the formats.
    """
    if not path.is_file():
        raise InstanceUnreadable(f"There is no file {path}.")
    match path.suffix:
        case ".vrp":
            return (read_vrplib(path),)
        case ".txt":
            return (read_kim(path),)
        case ".geojson":
            return read_pvrpif(path)
    raise InstanceUnreadable(
        f"{path.name} is none of .vrp, .txt (Kim 2006), .geojson (pvrpif) or .json (ours)."
    )
