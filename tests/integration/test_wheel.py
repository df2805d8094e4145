"""What a person installs holds everything that runs, and nothing else."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import tomllib
import zipfile
from collections.abc import Iterator
from email.parser import Parser
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
PACKAGES: list[str] = PROJECT["tool"]["setuptools"]["packages"]
FETCHED = ("api/static/vendor", "api/static/tiles")  # at set-up; never committed


def sources() -> list[str]:
    """Return every file of the work tree that is or could be committed."""
    asked = ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"]
    answer = subprocess.run(asked, cwd=ROOT, capture_output=True, check=False)
    if answer.returncode:
        pytest.skip("this is no git work tree, so what belongs to the project is not known")
    return [name for name in answer.stdout.decode().split("\0") if name and (ROOT / name).is_file()]


def fetched() -> list[str]:
    """Return the files that set-up fetches for the map."""
    found = [path for folder in FETCHED for path in (ROOT / folder).rglob("*") if path.is_file()]
    if not found:
        (pytest.fail if os.environ.get("CI") == "true" else pytest.skip)(
            "the map's assets are not there: run python tools/fetch_assets.py"
        )
    return [path.relative_to(ROOT).as_posix() for path in found]


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Iterator[zipfile.ZipFile]:
    """The wheel, built from a copy: setuptools leaves a `build` folder behind, and packs what an old one holds."""
    tree, out = tmp_path_factory.mktemp("tree"), tmp_path_factory.mktemp("wheel")
    for name in [*sources(), *fetched()]:
        (tree / name).parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(ROOT / name, tree / name)
    command = [sys.executable, "-m", "pip", "wheel", "--quiet", "--no-deps", "--no-build-isolation", "--no-index", "-w", str(out), "."]  # fmt: skip
    built = subprocess.run(command, cwd=tree, capture_output=True, text=True, timeout=200, check=False)
    assert built.returncode == 0, built.stderr
    (found,) = out.glob("*.whl")
    with zipfile.ZipFile(found) as opened:
        yield opened


def packed(wheel: zipfile.ZipFile) -> set[str]:
    return {name for name in wheel.namelist() if ".dist-info/" not in name}


def test_everything_that_stands_in_a_package_is_packed(wheel: zipfile.ZipFile) -> None:
    """Code, migrations, the broker's configuration, templates, texts, scripts and styles: whatever lies there."""
    tops = {package.partition(".")[0] for package in PACKAGES}
    wanted = {name for name in [*sources(), *fetched()] if name.partition("/")[0] in tops}
    assert wanted - packed(wheel) == set()


MISSED_FIRST = """
tournee/cli/mosquitto.conf
optimizer/matrix/truck.lua
tournee/migrations/env.py
tournee/py.typed
api/templates/plan.html
api/locales/fr.json
api/static/map.js
api/static/vendor/leaflet/dist/leaflet.js
api/static/vendor/leaflet/LICENSE
"""


def test_what_would_be_missed_first_is_there(wheel: zipfile.ZipFile) -> None:
    assert set(MISSED_FIRST.split()) - packed(wheel) == set()


def test_every_migration_is_packed(wheel: zipfile.ZipFile) -> None:
    versions = {path.name for path in (ROOT / "tournee" / "migrations" / "versions").glob("[0-9]*.py")}
    assert versions
    assert {f"tournee/migrations/versions/{name}" for name in versions} <= packed(wheel)


def test_nothing_else_is_packed(wheel: zipfile.ZipFile) -> None:
    tops = {package.partition(".")[0] for package in PACKAGES}
    assert {name.partition("/")[0] for name in packed(wheel)} == tops
    assert not [
        name for name in packed(wheel) if "test" in Path(name).parts[-1].split("_") or "__pycache__" in name
    ]


def test_it_says_what_it_is_and_installs_the_command(wheel: zipfile.ZipFile) -> None:
    (info,) = {name.partition("/")[0] for name in wheel.namelist()} - {
        name.partition("/")[0] for name in packed(wheel)
    }
    metadata = Parser().parsestr(wheel.read(f"{info}/METADATA").decode())
    assert (metadata["Name"], metadata["Version"]) == ("tournee", PROJECT["project"]["version"])
    needed = metadata.get_all("Requires-Dist") or []
    assert len([one for one in needed if "extra ==" not in one]) == len(PROJECT["project"]["dependencies"])
    assert "tournee = tournee.cli:main" in wheel.read(f"{info}/entry_points.txt").decode()
    assert any(name.endswith("licenses/LICENSE") for name in wheel.namelist())


def test_what_is_packed_runs_without_the_work_tree(wheel: zipfile.ZipFile, tmp_path: Path) -> None:
    wheel.extractall(tmp_path / "installed")
    shutil.copy(ROOT / "docs" / "tutorial" / "sites.csv", tmp_path)
    program = "from api.app import create_app; import tournee; print(tournee.__file__); from tournee.cli import main; main()"
    answer = subprocess.run(
        [sys.executable, "-c", program, "import", "sites", "sites.csv"],
        cwd=tmp_path,
        env={**os.environ, "PYTHONPATH": str(tmp_path / "installed")},
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    assert answer.returncode == 0, answer.stderr
    where, said = answer.stdout.splitlines()
    assert Path(where).is_relative_to(tmp_path / "installed")
    assert said == "3 sites imported from sites.csv"
