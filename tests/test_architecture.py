"""The one rule, as a test: the four never import one another, and each outside library has its own file."""

from __future__ import annotations

import ast
import sys
import tomllib
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]
FOUR = ("collector", "optimizer", "api", "simulator")
COMPOSITION_ROOT = "tournee/cli/"

# library -> the files (or folders, ending in /) that may import it
HOMES = {
    "paho": ("collector/subscriber.py", "collector/watching/broker.py", "simulator/publisher.py"),
    "ortools": ("optimizer/solver/",),
    "pyvrp": ("optimizer/solver/",),
    "valhalla": ("optimizer/matrix/valhalla.py", "optimizer/matrix/tiles.py"),
    "folium": ("api/maps.py", "api/maps/"),
    "branca": ("api/maps.py", "api/maps/"),
    "jinja2": ("api/pages/templates.py", "optimizer/reports/pages.py"),
    "gpxpy": ("api/exports/gpx.py",),
    "fastapi": ("api/",),
    "starlette": ("api/",),
    "uvicorn": ("api/",),
    "sqlalchemy": ("tournee/tables/", "tournee/store/", "tournee/migrations/"),
    "psycopg": ("tournee/store/",),
    "alembic": ("tournee/migrations/",),
    "holidays": ("optimizer/forecast/calendar.py",),
    "yaml": ("tournee/settings/loading.py", "collector/profiles.py", "optimizer/matrix/overrides.py"),
    "prometheus_client": ("collector/metrics.py",),
    "pyarrow": ("optimizer/closed_loop/scenario_files.py", "tournee/scenario_folder.py"),
    "msgspec": ("tournee/messages.py", "collector/decoders/"),
    "opening_hours": ("tournee/opening.py",),
    "osmium": ("simulator/city.py", "simulator/streets.py", "optimizer/matrix/osrm_data.py"),
    "osrm": ("optimizer/matrix/osrm_worker.py",),
    "quickjs": ("collector/sandbox_worker.py",),
    "typer": (COMPOSITION_ROOT,),
    "rich": (COMPOSITION_ROOT,),
    "pythonjsonlogger": ("tournee/cli/logs.py",),
    "amqtt": (COMPOSITION_ROOT,),
    "httpx": ("collector/watching/webhook.py", "optimizer/matrix/over_http.py", COMPOSITION_ROOT),
}
PURE_WATCH = ("collector.watching.findings", "tournee.announcements", "tournee.domain", "tournee.settings")
PURE = {
    "tournee/domain/__init__.py": ("tournee.domain",),
    "tournee/domain/town.py": (),
    "tournee/domain/happenings.py": (),
    "tournee/domain/plans.py": ("tournee.domain",),
    "tournee/domain/progress.py": (),
    "tournee/domain/changes.py": (),
    "tournee/difference.py": ("tournee.domain",),
    "tournee/day_changes.py": ("tournee.domain", "tournee.errors"),
    "tournee/announcements.py": ("tournee.domain",),
    "collector/watching/findings.py": ("tournee.announcements", "tournee.domain"),
    "collector/watching/assess.py": PURE_WATCH,
    "collector/watching/compare.py": PURE_WATCH,
    "tournee/errors.py": (),
    "tournee/geo.py": ("tournee.domain",),
    "tournee/duty.py": ("tournee.domain",),
    "tournee/break_labels.py": ("tournee.domain", "tournee.duty"),
    "tournee/break_rules.py": ("tournee.break_labels", "tournee.domain", "tournee.duty"),
    "tournee/passes.py": ("tournee.duty",),
    "tournee/timeline.py": (
        "tournee.break_labels",
        "tournee.break_rules",
        "tournee.domain",
        "tournee.duty",
        "tournee.passes",
    ),
    "tournee/timeline_check.py": ("tournee.domain", "tournee.duty"),
    "tournee/messages.py": ("msgspec", "tournee.domain", "tournee.errors"),
}
STANDARD = frozenset(sys.stdlib_module_names)

FILES = sorted(
    path.relative_to(ROOT).as_posix()
    for top in (*FOUR, "tournee")
    for path in (ROOT / top).rglob("*.py")
    if "__pycache__" not in path.parts
)


def imports(name: str) -> Iterator[str]:
    """Yield the full name of every module that a file imports, wherever in the file."""
    for node in ast.walk(ast.parse((ROOT / name).read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{name} imports relatively; say the whole name"
            assert node.module
            yield from (f"{node.module}.{alias.name}" for alias in node.names)


def top(module: str) -> str:
    return module.partition(".")[0]


def lives_in(name: str, homes: tuple[str, ...]) -> bool:
    return any(name == home or (home.endswith("/") and name.startswith(home)) for home in homes)


@pytest.mark.parametrize("name", FILES)
def test_the_four_never_meet_and_an_outside_library_is_touched_at_home_only(name: str) -> None:
    imported, own = set(imports(name)), top(name.replace("/", "."))
    strangers = {module for module in imported if top(module) in FOUR and top(module) != own}
    assert not strangers or name.startswith(COMPOSITION_ROOT), (
        f"{name} imports {sorted(strangers)}: let them meet through MQTT or the store"
    )
    lost = {top(module) for module in imported if not lives_in(name, HOMES.get(top(module), (name,)))}
    assert not lost, (
        f"{name} imports {sorted(lost)}; their homes are {[HOMES[library] for library in sorted(lost)]}"
    )


@pytest.mark.parametrize("name", PURE)
def test_the_pure_files_stay_pure(name: str) -> None:
    allowed = PURE[name]
    foreign = {m for m in imports(name) if top(m) not in STANDARD and not m.startswith(allowed or ("\0",))}
    assert not foreign, f"{name} is pure, and imports {sorted(foreign)}"


def test_every_home_exists() -> None:
    """A rule about a file that is gone protects nothing."""
    homes = {home for places in HOMES.values() for home in places} - {"api/maps/"}
    gone = sorted(home for home in homes if not (ROOT / home).exists())
    assert not gone


def test_no_module_hides_one_of_the_standard_library() -> None:
    """`import queue` inside a package is safe; a top-level module of that name is not."""
    tops = {path.stem for path in ROOT.glob("*.py")} | {*FOUR, "tournee", "tests", "benchmarks"}
    assert not tops & STANDARD


def test_packages_are_listed_one_by_one() -> None:
    listed = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["tool"]["setuptools"][
        "packages"
    ]
    with_code = {str(Path(name).parent).replace("/", ".") for name in FILES}
    assert sorted(listed) == sorted(with_code)
