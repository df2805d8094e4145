"""A person at a terminal: a working folder with three files, and commands run in this process."""

from __future__ import annotations

import shutil
import sys
from pathlib import Path

import pytest

from tournee.cli import main

ROOT = Path(__file__).parents[1]


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The working folder of a person who has the three files of the tutorial and nothing else."""
    for file in (ROOT / "docs" / "tutorial").glob("*.csv"):
        shutil.copy(file, tmp_path)
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("COLUMNS", "200")
    monkeypatch.setenv("TOURNEE_ROADS__PROVIDER", "great_circle")
    return tmp_path


def tournee(*arguments: str) -> int:
    """Run a command in this process and return its exit code."""
    before = sys.argv
    sys.argv = ["tournee", *arguments]
    try:
        with pytest.raises(SystemExit) as ended:
            main()
    finally:
        sys.argv = before
    assert isinstance(ended.value.code, int | None)
    return ended.value.code or 0


def fill(folder: Path) -> None:
    for kind in ("sites", "bins", "vehicles"):
        assert tournee("import", kind, str(folder / f"{kind}.csv")) == 0


def quiet(**environ: str) -> dict[str, str]:
    """Return an environment in which a part of its own process says at once that it is alive."""
    return {"TOURNEE_ROADS__PROVIDER": "great_circle", "TOURNEE_COLLECTOR__HEARTBEAT_S": "0.2", **environ}
