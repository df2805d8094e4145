"""`tournee backtest` on a file of one's own, and on a real city's coarse levels."""

from __future__ import annotations

import json
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from optimizer.backtest import Trial, backtest, read_readings
from tests.cli_fixtures import tournee
from tests.unit.test_backtest import emptied, steady
from tournee.settings import ForecastSettings

WYNDHAM = Path(__file__).parents[3] / "shared" / "data" / "fill" / "wyndham-2018-2020.csv"


@pytest.fixture
def files(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder with readings and services of steady bins, and no settings."""
    monkeypatch.chdir(tmp_path)
    steady().drop(columns="quality").to_csv("readings.csv", index=False)
    lines = [f"{one.bin_id},{one.served_at.isoformat()}" for one in emptied()]
    Path("services.csv").write_text("bin_id,served_at\n" + "\n".join(lines), encoding="utf-8")
    return tmp_path


def test_figures_for_programs(files: Path, capsys: pytest.CaptureFixture[str]) -> None:
    asked = (
        "--readings",
        "readings.csv",
        "--services",
        "services.csv",
        "--origins",
        "5",
        "--hours",
        "24",
        "--json",
    )
    assert tournee("backtest", *asked) == 0
    told = json.loads(capsys.readouterr().out)
    assert [(one["horizon_h"], one["course"]) for one in told["scores"]] == [(24, "untouched"), (24, "usual")]
    assert told["scores"][0]["error"] < 2
    assert told["emptyings"]["found"]["6"] == 1.0


def test_sentences_a_table_and_a_report_for_people(files: Path, capsys: pytest.CaptureFixture[str]) -> None:
    asked = ("--readings", "readings.csv", "--origins", "3", "--out", "report")
    assert tournee("backtest", *asked) == 0
    told = capsys.readouterr().out
    assert "480 readings of 3 bins" in told
    assert " 24 " in told
    written = sorted(path.name for path in (files / "report").iterdir())
    assert written == ["backtest.json", "report-en.html", "report-fr.html", "windows.csv"]


def test_a_bad_file_is_a_sentence_and_an_exit_code(files: Path, capsys: pytest.CaptureFixture[str]) -> None:
    Path("readings.csv").write_text("bin_id,measured_at,fill_level\na,2026-11-22,full\n", encoding="utf-8")
    assert tournee("backtest", "--readings", "readings.csv") == 1
    assert "line 2, fill_level: 'full'" in capsys.readouterr().err


def test_a_real_city_is_foreseen_better_than_by_simple_rules() -> None:
    if not WYNDHAM.exists():
        pytest.skip("the readings of Wyndham are not beside this repository")
    zone = ZoneInfo("Australia/Melbourne")
    trial = Trial(zone, ForecastSettings(history_days=365), (24, 72), num_origins=90)
    made = backtest(read_readings(WYNDHAM, zone), (), trial)
    scores = {(one.horizon_h, one.course): one for one in made.scores}
    assert made.facts["origins"] == 90
    for hours, limit in ((24, 0.94), (72, 0.80)):
        assert scores[hours, "untouched"].ratio_to["persistence"] <= limit
    for hours, limit in ((24, 0.84), (72, 0.95)):
        assert scores[hours, "untouched"].ratio_to["mean_rate"] <= limit
    for hours, limit in ((24, 0.70), (72, 0.78)):
        assert scores[hours, "usual"].ratio_to["persistence"] <= limit
    assert all(0.87 <= one.coverage <= 0.94 for one in made.scores)
