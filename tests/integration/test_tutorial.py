"""The tutorial is true: every command in it, in order, says what the page shows."""

from __future__ import annotations

import os
import re
import shlex
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

import pytest

from tests.collector_fixtures import module_path

ROOT = Path(__file__).parents[2]
PAGE = (ROOT / "docs" / "tutorial.md").read_text(encoding="utf-8")
BLOCKS = re.findall(r"^```console\n(.*?)^```", PAGE, re.DOTALL | re.MULTILINE)
ANYTHING = "…"


class Said(NamedTuple):
    """A command of the tutorial and the lines that the page shows below it."""

    command: str
    shown: tuple[str, ...]


def commands() -> Iterator[Said]:
    for block in BLOCKS:
        for part in re.split(r"^\$ ", block, flags=re.MULTILINE)[1:]:
            command, *shown = part.rstrip().splitlines()
            yield Said(command, tuple(shown))


def words(line: str) -> str:
    return " ".join(line.split())


def pattern_of(shown: tuple[str, ...]) -> str:
    """Return the expression that an answer must match: its lines in order, `…` being any lines."""
    lines = [r"(?:.*\n)*?" if line == ANYTHING else re.escape(words(line)) + r"\n" for line in shown]
    return "".join(lines)


def run(command: str, folder: Path, environ: dict[str, str]) -> str:
    name, *arguments = shlex.split(command)
    assert name == "tournee", f"the tutorial runs {name}, and this test does not"
    answer = subprocess.run(
        [sys.executable, "-m", "tournee", *arguments],
        cwd=folder,
        env=environ,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        timeout=120,
        check=False,
    )
    return "".join(f"{words(line)}\n" for line in answer.stdout.decode().splitlines())


def test_the_page_has_commands() -> None:
    assert len(BLOCKS) >= 4
    assert sum(said.command.startswith("tournee ") for said in commands()) >= 6


def test_every_command_says_what_the_page_shows(tmp_path: Path) -> None:
    for file in (ROOT / "docs" / "tutorial").glob("*.csv"):
        shutil.copy(file, tmp_path)
    own = {name: value for name, value in os.environ.items() if not name.startswith("TOURNEE_")}
    environ = {**own, **module_path(), "COLUMNS": "200"}
    for command, shown in commands():
        if command.startswith("export "):
            name, _, value = command.removeprefix("export ").partition("=")
            environ[name] = value
            continue
        answer = run(command, tmp_path, environ)
        assert re.fullmatch(pattern_of(shown), answer), f"$ {command}\n{answer}"


@pytest.mark.parametrize(
    ("shown", "answer", "is_true"),
    [
        (("a", "…", "c"), "a\nb\nb\nc\n", True),
        (("a", "…", "c"), "a\nc\n", True),
        (("a", "c"), "a\nb\nc\n", False),
        (("a",), "a\nb\n", False),
        (("c", "…", "a"), "a\nc\n", False),
    ],
)
def test_what_is_compared(shown: tuple[str, ...], answer: str, *, is_true: bool) -> None:
    assert bool(re.fullmatch(pattern_of(shown), answer)) is is_true


def test_the_message_of_the_tutorial_names_a_bin_of_the_tutorial() -> None:
    bin_ids = re.findall(r"tournee/v1/readings/(\w+)", PAGE)
    bins = (ROOT / "docs" / "tutorial" / "bins.csv").read_text(encoding="utf-8")
    assert bin_ids
    assert all(f"\n{bin_id}," in bins for bin_id in bin_ids)
