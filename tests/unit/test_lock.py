"""The lock installs what it says, also on the day after a package has a newer version."""

from __future__ import annotations

import re
from collections.abc import Iterator
from importlib.metadata import distributions
from pathlib import Path

from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

LOCK = Path(__file__).resolve().parents[2] / "requirements.lock"


PIN = re.compile(r"^([a-z0-9][\w.-]*)(?:\[([\w,-]+)\])?==", re.MULTILINE)


def pins() -> dict[str, set[str]]:
    """Return the extras of every package in the lock, by its name."""
    found = PIN.findall(LOCK.read_text(encoding="utf-8"))
    return {canonicalize_name(name): set(extras.split(",")) - {""} for name, extras in found}


def asked_with_extras(pinned: dict[str, set[str]]) -> Iterator[Requirement]:
    """Yield what the installed packages of the lock ask for with an extra."""
    for installed in distributions():
        name = canonicalize_name(installed.metadata["Name"])
        for line in (installed.requires or ()) if name in pinned else ():
            asked = Requirement(line)
            own = [{"extra": one} for one in ("", *pinned[name])]
            if asked.extras and (not asked.marker or any(map(asked.marker.evaluate, own))):
                yield asked


def test_a_package_that_is_asked_for_with_an_extra_is_pinned_with_it() -> None:
    """An older pip takes `coverage[toml]` for another package than `coverage`: the newest, of which the lock has no hash."""
    pinned = pins()
    assert pinned["coverage"] == {"toml"}
    for asked in asked_with_extras(pinned):
        assert asked.extras <= pinned[canonicalize_name(asked.name)], (
            f"{asked} is not in the lock with its extras"
        )
