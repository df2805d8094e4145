"""Anybody's CSV is understood, or the bad cell is named."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from optimizer.backtest import read_readings, read_services
from tournee.domain import ServiceOutcome, WasteStream
from tournee.errors import ImportRefused

ZONE = ZoneInfo("Europe/Paris")


def written(folder: Path, text: str) -> Path:
    path = folder / "file.csv"
    path.write_text(text, encoding="utf-8")
    return path


@pytest.mark.parametrize(
    ("headings", "cell"),
    [
        ("bin_id,measured_at,fill_level", "2026-11-23T06:15:00Z"),
        ("Bin ID,Timestamp,Fullness", "2026-11-23T07:15:00+01:00"),
        ("serial;date;level", "23-11-2026 07:15"),
        ("container id;Date Time;Fill Percent", "23/11/2026 07:15:00"),
        ("bin,time,fill", "2026-11-23 07:15"),
        ("bin,time,fill", "1795414500"),
        ("bin,time,fill", "1795414500000"),
    ],
)
def test_names_and_dates_as_people_write_them(tmp_path: Path, headings: str, cell: str) -> None:
    separator = ";" if ";" in headings else ","
    text = "\n".join([headings, separator.join(["a", cell, "0.5"]), separator.join(["b", cell, "1"])])
    frame = read_readings(written(tmp_path, text), ZONE).frame
    assert frame["bin_id"].tolist() == ["a", "b"]
    assert set(frame["measured_at"]) == {datetime(2026, 11, 23, 6, 15, tzinfo=UTC)}
    assert frame["fill_level"].tolist() == [0.5, 1.0]


@pytest.mark.parametrize(
    ("levels", "full", "understood"),
    [
        (("0", "10"), None, [0.0, 1.0]),
        (("50 %", "80"), None, [0.5, 0.8]),
        (("0,5", "1,1"), None, [0.5, 1.1]),
        (("2", "3"), 4.0, [0.5, 0.75]),
    ],
)
def test_the_level_that_means_full_is_found_out_or_said(
    tmp_path: Path, levels: tuple[str, str], full: float | None, understood: list[float]
) -> None:
    text = f"bin_id;measured_at;fill_level\na;2026-11-22;{levels[0]}\na;2026-11-23;{levels[1]}\n"
    assert read_readings(written(tmp_path, text), ZONE, full).frame["fill_level"].tolist() == understood


def test_a_missing_echo_is_no_zero_and_streams_are_taken(tmp_path: Path) -> None:
    text = "bin_id,measured_at,fill_level,stream\na,2026-11-22,,glass\nb,2026-11-22,0.4,tins\n"
    read = read_readings(written(tmp_path, text), ZONE)
    assert read.frame["fill_level"].isna().tolist() == [True, False]
    assert read.streams == {"a": WasteStream.GLASS}


@pytest.mark.parametrize(
    ("text", "where"),
    [
        ("", "file, rows"),
        ("bin_id,measured_at,fill_level\n", "file, rows"),
        ("bin_id,when,fill_level\na,2026-11-22,0.5\n", "line 1, measured_at"),
        ("bin_id,measured_at,fill_level\na,2026-11-22,half\n", "line 2, fill_level: 'half'"),
        ("bin_id,measured_at,fill_level\n,2026-11-22,0.5\n", "line 2, bin_id: ''"),
        ("bin_id,measured_at,fill_level\na,2026-11-22,0.5\na,soon,0.5\n", "line 3, measured_at: 'soon'"),
        ("bin_id,measured_at,fill_level\na,2026-11-22,7000\n", "--full 1023"),
        ("bin_id,measured_at,fill_level\na,2026-11-22,\n", "holds no level"),
    ],
)
def test_a_bad_cell_is_named(tmp_path: Path, text: str, where: str) -> None:
    with pytest.raises(ImportRefused, match="nothing was imported") as refused:
        read_readings(written(tmp_path, text), ZONE)
    assert where in str(refused.value)


def test_a_file_that_is_not_there_or_no_text_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ImportRefused, match="No such file"):
        read_readings(tmp_path / "gone.csv", ZONE)
    (tmp_path / "file.csv").write_bytes(b"\xff\xfe\x00bin")
    with pytest.raises(ImportRefused, match="not UTF-8"):
        read_readings(tmp_path / "file.csv", ZONE)


def test_services_with_and_without_a_look(tmp_path: Path) -> None:
    text = "bin_id,emptied_at,fullness,outcome\na,2026-11-22 07:00,8,served\na,2026-11-23 07:00,,skipped\n"
    first, second = read_services(written(tmp_path, text), ZONE, full=10)
    assert (first.fill_level_seen, first.served_at) == (0.8, datetime(2026, 11, 22, 6, tzinfo=UTC))
    assert (second.fill_level_seen, second.outcome) == (None, ServiceOutcome.SKIPPED)
    only = read_services(written(tmp_path, "bin,collected\na,2026-11-22\n"), ZONE)
    assert only[0].fill_level_seen is None
