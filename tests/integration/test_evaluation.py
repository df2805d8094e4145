"""From a simulated town to a report, as a person types it."""

from __future__ import annotations

import json
from datetime import timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from simulator.town import SimulatedTown
from tests.cli_fixtures import tournee
from tests.collector_fixtures import opened
from tests.town_fixtures import helsinki, helsinki_extract
from tournee.clock import utc_now
from tournee.domain import Reading, ServiceEvent
from tournee.settings import SimulatorSettings
from tournee.store import Batch


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
    assert "bins: 12" in (folder / "out" / "report-en.html").read_text(encoding="utf-8")


def test_a_what_if_that_is_none_is_a_sentence(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert tournee("simulate", "--bins", "3", "--days", "1", "--export", str(folder / "town")) == 0
    assert tournee("evaluate", "town", "--policy", "threshold:70", "--what-if", "magic") == 2
    assert "--what-if: 'magic' is not valid: expected one of one-truck-less" in capsys.readouterr().err


@pytest.fixture
def lived(folder: Path) -> Path:
    """A store with five weeks and a half of twelve simulated bins, as the collector would have kept them."""
    zone, today = ZoneInfo("Europe/Helsinki"), utc_now()
    city = helsinki(num_bins=12)
    simulated = SimulatedTown(city, SimulatorSettings(num_bins=12, seed=7), today - timedelta(days=39), zone)
    sent = list(simulated.advance(today))
    with opened(f"sqlite:///{folder}/var/tournee.db") as store:
        store.save_network(city.network)
        readings = [one for one in sent if isinstance(one, Reading)]
        services = [one for one in sent if isinstance(one, ServiceEvent)]
        store.record(Batch(readings=readings, services=services))
    return folder


def test_a_city_evaluates_its_own_history(lived: Path, capsys: pytest.CaptureFixture[str]) -> None:
    depot_id = helsinki(num_bins=12).depot.depot_id
    asked = ("own", "--from-store", depot_id, "--policy", "threshold:70,tournee:1", "--iterations", "20")
    assert tournee("evaluate", *asked, "--json") == 0
    told = capsys.readouterr()
    assert "7 days count" in told.err
    rows = json.loads(told.out)["rows"]
    assert [(row["policy"], row["mean"]["days"], row["mean"]["bins"]) for row in rows] == [
        ("threshold", 7, 12),
        ("tournee", 7, 12),
    ]
    assert rows[0]["mean"]["services"] > 0
    assert "filled with mean rates" in (lived / "own" / "README.md").read_text(encoding="utf-8")


def test_a_city_without_a_history_is_told_what_it_needs(
    folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    with opened(f"sqlite:///{folder}/var/tournee.db") as store:
        store.save_network(helsinki(num_bins=12).network)
    depot_id = helsinki(num_bins=12).depot.depot_id
    assert tournee("evaluate", "own", "--from-store", depot_id) == 1
    assert "35 days of readings or services are needed" in capsys.readouterr().err
    assert tournee("evaluate", "own", "--from-store", "nowhere") == 1
    assert "There is no depot 'nowhere'" in capsys.readouterr().err
