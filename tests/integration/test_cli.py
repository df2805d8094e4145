"""What a person types, and what comes back: a result, or a sentence and an exit code, never a traceback."""

from __future__ import annotations

import json
import os
import re
import signal
from datetime import timedelta
from pathlib import Path

import pytest
from typer import Typer

from tests.cli_fixtures import ROOT, fill, quiet, tournee
from tests.collector_fixtures import Process, module_path, opened, running, stock, wait_for
from tournee.cli.commands import app
from tournee.clock import utc_now
from tournee.domain import Reading
from tournee.store import Batch

COMMANDS = (
    "collect", "watch", "reconsider", "optimize", "serve", "plan", "replan", "simulate", "evaluate", "demo",
    "import", "export", "decode", "roads", "tidy", "backtest",
)  # fmt: skip


# --- settings --------------------------------------------------------------------------------------------------


def test_a_wrong_key_is_one_line_with_the_nearest_key_and_exit_code_2(folder: Path) -> None:
    (folder / "config.yaml").write_text("broker:\n  hots: example\n", encoding="utf-8")
    process = Process(folder, "collect")
    assert process.wait() == 2
    sentence = (
        "tournee: broker.hots: 'example' is not valid: expected a known key; did you mean `broker.host`?"
    )
    assert process.words().splitlines() == [sentence]


def test_a_wrong_value_from_the_environment_names_its_key(
    folder: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("TOURNEE_BROKER__PORT", "70000")
    assert tournee("collect") == 2
    assert capsys.readouterr().err.startswith("tournee: broker.port: 70000 is not valid: expected ")


@pytest.mark.parametrize(
    ("url", "code", "sentence"),
    [
        ("nonsense", 2, "store.url: 'nonsense' is not valid"),
        ("nosuchdb://me:secret@host/x", 2, "store.url: 'nosuchdb' is not valid"),
        ("sqlite:///bins.csv/deep/town.db", 1, "can't be made: Not a directory. Correct store.url"),
        ("sqlite:///bins.csv", 1, "The database did not answer: file is not a database."),
    ],
)
def test_a_store_that_can_not_be_opened_is_a_sentence(
    folder: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    url: str,
    code: int,
    sentence: str,
) -> None:
    monkeypatch.setenv("TOURNEE_STORE__URL", url)
    assert tournee("export", "bins", "out.csv") == code
    said = capsys.readouterr().err
    assert sentence in said
    assert "secret" not in said


@pytest.mark.parametrize("command", COMMANDS)
def test_every_command_explains_itself(
    folder: Path, capsys: pytest.CaptureFixture[str], command: str
) -> None:
    assert tournee(command, "--help") == 0
    said = capsys.readouterr().out
    assert f"tournee {command}" in said
    assert re.search(r"[A-Z][^.]+\.", said), "a whole sentence"


def named(group: Typer) -> list[str]:
    """Return the names of a group's commands: their own, or their functions'."""
    return [one.name or one.callback.__name__ for one in group.registered_commands if one.callback]


def test_the_list_of_commands_is_complete(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert tournee("--help") == 0
    said = capsys.readouterr().out
    assert all(re.search(rf"\b{command}\b", said) for command in COMMANDS)
    assert sorted(named(app)) == sorted(COMMANDS)


# --- files and plans -------------------------------------------------------------------------------------------


def test_what_is_imported_can_be_exported(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    fill(folder)
    assert "6 bins imported from bins.csv" in capsys.readouterr().out
    assert tournee("export", "bins", "town.geojson") == 0
    assert "bins written to town.geojson" in capsys.readouterr().out
    features = json.loads((folder / "town.geojson").read_text(encoding="utf-8"))["features"]
    assert {one["properties"]["bin_id"] for one in features} == {"p1", "p2", "p3", "r1", "r2", "r3"}
    assert tournee("export", "vehicles", "again.csv") == 0
    assert tournee("import", "vehicles", "again.csv") == 0


def test_bad_rows_are_named_and_nothing_is_kept(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    fill(folder)
    bad = (folder / "bins.csv").read_text(encoding="utf-8").replace("p1,", "new,").replace("60.1676", "north")
    (folder / "bad.csv").write_text(bad, encoding="utf-8")
    assert tournee("import", "bins", "bad.csv") == 1
    said = capsys.readouterr().err
    assert said.startswith("tournee: bad.csv: nothing was imported")
    assert re.search(r"line 4, lat: 'north': .+", said)
    with opened(f"sqlite:///{folder}/var/tournee.db") as store:
        assert "new" not in {one.bin_id for one in store.bins()}


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (("import", "bins", "nowhere.csv"), "nowhere.csv"),
        (("export", "bins", "no/such/folder.csv"), "no/such/folder.csv can't be written: No such file or directory."),
        (("export", "vehicles", "v.geojson"), "Vehicles have no place on the map: export them to a .csv file."),
        (("plan", "--depot", "nowhere", "--date", "2026-11-23"), "There is no depot 'nowhere'."),
    ],
)  # fmt: skip
def test_a_failure_is_a_sentence_and_exit_code_1(
    folder: Path, arguments: tuple[str, ...], sentence: str
) -> None:
    process = Process(folder, *arguments, **quiet())
    assert process.wait() == 1
    assert process.words().startswith("tournee: ")
    assert sentence in process.words()
    assert "Traceback" not in process.words()


def test_a_missing_extract_is_named(
    folder: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    fill(folder)
    monkeypatch.setenv("TOURNEE_ROADS__EXTRACT", "nowhere.osm.pbf")
    monkeypatch.setenv("TOURNEE_ROADS__PROVIDER", "valhalla")
    assert tournee("plan", "--depot", "harbour", "--date", "2026-11-23") == 1
    assert "nowhere.osm.pbf is not there" in capsys.readouterr().err
    assert tournee("simulate", "--bins", "30") == 1
    assert "nowhere.osm.pbf is not there" in capsys.readouterr().err


def test_a_plan_is_shown_and_kept_as_a_draft(
    folder: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("TOURNEE_SELECTION__MUST_RISK", "0.1")
    trucks = (folder / "vehicles.csv").read_text(encoding="utf-8").replace("Blue truck", "Blue [/old] truck")
    (folder / "vehicles.csv").write_text(trucks, encoding="utf-8")
    fill(folder)
    assert tournee("plan", "--depot", "harbour", "--date", "2026-11-23", "--seed", "3") == 0
    said = capsys.readouterr().out
    rows = [[cell.strip() for cell in line.split("│")] for line in said.splitlines() if "│" in line]
    assert [row[1:4] for row in rows] == [["Blue [/old] truck", "1", "3"], ["Grey truck", "1", "3"]]
    assert (
        "Every bin that must be emptied is served, 0 more may wait; 0 rules broken; the plan is a draft."
        in said
    )
    assert "Travel times are an estimate, not from a road network." in said
    with opened(f"sqlite:///{folder}/var/tournee.db") as store:
        (summary,) = store.plans()
        assert (summary.num_stops, summary.num_violations, summary.status) == (6, 0, "draft")
        assert summary.plan_id in said


def test_ctrl_c_takes_the_best_plan_so_far(folder: Path) -> None:
    """The search has an hour, and would use it."""
    fill(folder)
    endless = {"TOURNEE_SOLVER__MAX_SOLUTIONS": "1000000000", "TOURNEE_SOLVER__MAX_SECONDS": "3600"}
    patient = {"TOURNEE_SELECTION__MUST_RISK": "0.1", "TOURNEE_ROADS__PROVIDER": "great_circle"}
    with running(
        folder, "plan", "--depot", "harbour", "--date", "2026-11-23", **endless, **patient
    ) as process:
        wait_for(lambda: "routing" in process.words(), "the search")
        os.kill(process.pid, signal.SIGINT)
        assert process.wait() == 0
        assert "Taking the best plan so far." in process.words()
        assert (
            "Every bin that must be emptied is served, 0 more may wait; 0 rules broken; the plan is a draft."
            in process.words()
        )
    with opened(f"sqlite:///{folder}/var/tournee.db") as store:
        (summary,) = store.plans()
        assert store.plan(summary.plan_id).provenance["ended"].startswith("by a person, after ")


def test_a_demo_never_speaks_from_the_future(capsys: pytest.CaptureFixture[str]) -> None:
    assert tournee("demo", "--once", "--date", "2999-01-01") == 1
    assert "The demo can't plan 2999-01-01 yet" in capsys.readouterr().err


def test_the_parts_of_a_demo_read_the_file_that_was_named(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("TOURNEE_CONFIG", "")  # so that what the command sets is undone after this test
    (tmp_path / "other.yaml").write_text("town: {language: fr}", encoding="utf-8")
    monkeypatch.delenv("TOURNEE_CONFIG")
    assert tournee("--config", str(tmp_path / "other.yaml"), "demo", "--once", "--date", "2999-01-01") == 1
    assert os.environ["TOURNEE_CONFIG"] == str(tmp_path / "other.yaml")


def test_a_person_can_ask_for_a_bin(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    fill(folder)
    plan = ("plan", "--depot", "harbour", "--date", "2026-11-23")
    assert tournee(*plan, "--bin", "p1") == 0
    with opened(f"sqlite:///{folder}/var/tournee.db") as store:
        stops = {stop.bin_id: stop for stop in store.plan(store.plans()[0].plan_id).services()}
    reason = stops["p1"].reason
    assert reason is not None
    assert reason.code == "requested"
    assert tournee(*plan, "--bin", "nobody") == 1
    assert "There is no bin 'nobody'." in capsys.readouterr().err


def test_a_plan_is_changed_in_the_day_and_the_change_is_told(
    folder: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("TOURNEE_SELECTION__MUST_RISK", "0.1")
    fill(folder)
    assert tournee("plan", "--depot", "harbour", "--date", "2026-11-23") == 0
    with opened(f"sqlite:///{folder}/var/tournee.db") as store:
        plan_id = store.plans()[0].plan_id
        assert tournee("replan", plan_id) == 1
        assert "only the published plan of a day can be changed" in capsys.readouterr().err
        plan = store.publish_plan(plan_id, "Aino", store.plan(plan_id).as_of_at)
        truck, bin_id = plan.routes[0].vehicle_id, plan.routes[1].services[-1].place_ref
        clock = ("--at", "05:00")
        assert tournee("replan", plan_id, *clock, "--truck-down", truck, "--remove", bin_id) == 0
        said = " ".join(capsys.readouterr().out.split())
        assert "open stops change their truck or move by more than three places" in said
        (draft, _) = store.plans()
        assert (draft.status, draft.num_violations) == ("draft", 0)
        assert draft.plan_id in said
        assert {route.vehicle_id for route in store.plan(draft.plan_id).routes} == {plan.routes[1].vehicle_id}
        assert store.plan(draft.plan_id).previous_plan_id == plan_id
        store.publish_plan(draft.plan_id, "Aino", plan.as_of_at)
        assert tournee("replan", draft.plan_id, "--at", "05:10", "--truck-back", truck) == 0
        again = store.plan(store.plans()[0].plan_id)
        assert [one.kind for one in again.changes] == ["truck_down", "bin_removed", "truck_back"]
        assert again.violations == ()


def test_the_package_itself_is_a_program(folder: Path) -> None:
    assert module_path()["PYTHONPATH"].startswith(str(ROOT))
    process = Process(folder, "--help", **quiet())
    assert process.wait() == 0
    assert "Plans waste collection" in process.words()


# --- tidying ---------------------------------------------------------------------------------------------------


def test_tidying_says_what_it_would_do_does_it_and_says_what_it_did(
    folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    old = utc_now() - timedelta(days=200)
    with opened("sqlite:///var/tournee.db") as store:
        stock(store).record(Batch([Reading("a", old, old, 0.5), Reading("a", utc_now(), old, 0.5)]))
    assert tournee("tidy", "--dry-run") == 0
    assert capsys.readouterr().out == "1 readings would become hours.\n"
    assert tournee("tidy", "--json") == 0
    done = json.loads(capsys.readouterr().out)
    assert (done["dry_run"], done["readings"], done["hours"], done["refusals"]) == (False, 1, 1, 0)
    assert tournee("tidy") == 0
    assert capsys.readouterr().out == "Nothing is old enough to go.\n"


def test_the_roads_show_what_was_understood(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (folder / "config.yaml").write_text("roads: {overrides: city.yaml}")
    (folder / "city.yaml").write_text("forbidden: [{name: Old bridge, point: {lat: 60, lon: 25}}]")
    assert tournee("roads") == 0
    said = capsys.readouterr().out
    assert "Forbidden: Old bridge, every truck" in said
    assert "Not heeded by great_circle: Old bridge." in said
    (folder / "city.yaml").write_text("forbidden: [{name: Old bridge, point: {lat: 60, lng: 25}}]")
    assert tournee("roads") == 2
    assert "city.yaml: forbidden.Old bridge.point" in capsys.readouterr().err
