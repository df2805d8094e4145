"""From a simulated town to a report, as a person types it."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.integration.test_cli import tournee
from tests.town_fixtures import helsinki_extract


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A working folder, with the streets of Helsinki as straight lines."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("TOURNEE_ROADS__EXTRACT", str(helsinki_extract()))
    monkeypatch.setenv("TOURNEE_ROADS__PROVIDER", "great_circle")
    return tmp_path


def test_a_simulated_town_is_exported_and_evaluated(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert tournee("simulate", "--bins", "12", "--days", "2", "--seed", "3", "--export", "town") == 0
    assert "deposits in 12 bins written to town" in capsys.readouterr().out
    asked = ("town", "--policy", "threshold:70", "--iterations", "20", "--what-if", "no-sunday")
    assert tournee("evaluate", *asked, "--out", "out", "--json") == 0
    rows = json.loads(capsys.readouterr().out)["rows"]
    assert [row["what_if"] for row in rows] == ["", "no-sunday"]
    assert rows[0]["mean"]["days"] == 2
    assert rows[0]["mean"]["bins"] == 12
    assert "12 bins" in (folder / "out" / "report-en.html").read_text(encoding="utf-8")


def test_a_what_if_that_is_none_is_a_sentence(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert tournee("simulate", "--bins", "3", "--days", "1", "--export", str(folder / "town")) == 0
    assert tournee("evaluate", "town", "--policy", "threshold:70", "--what-if", "magic") == 2
    assert "--what-if: 'magic' is not valid: expected one of one-truck-less" in capsys.readouterr().err
