"""A simulated town as a scenario's folder: what is read from it is what was simulated."""

from __future__ import annotations

import filecmp
from dataclasses import replace
from datetime import UTC, date, datetime, time, timedelta
from pathlib import Path

import numpy as np
import pytest

from optimizer.closed_loop.scenario_files import read_scenario
from simulator.city import City
from simulator.export import Travel, export_town
from simulator.filling import WEEKDAYS, Filling
from tests.town_fixtures import HELSINKI
from tournee.domain import (
    Bin,
    Break,
    Depot,
    DisposalFacility,
    Location,
    Network,
    Shift,
    Vehicle,
    WasteStream,
)
from tournee.errors import TourneeError
from tournee.scenario_folder import Span, segments_of
from tournee.settings import SimulatorSettings

GLASS, RESIDUAL = WasteStream.GLASS, WasteStream.RESIDUAL
SETTINGS = SimulatorSettings(seed=4)
SPAN = Span(date(2024, 3, 25), date(2024, 3, 30), date(2024, 4, 5))
"""In the night to March 31 the clock goes on by an hour."""

SHIFT = Shift(time(6), time(14), (Break(time(9, 30), time(11), 1_800),))


def a_bin(number: int, stream: WasteStream) -> Bin:
    place = Location(60.1 + number / 100, 24.9)
    bin_id = f"bin-{number}"
    one = Bin(bin_id, f"place-{number // 2}", "depot", "", place, stream, "660 L", 660.0, 85.0)
    return replace(one, place_time_s=45, service_time_s=75, district="Kamppi")


CITY = City(
    Depot("depot", "Depot", Location(60.1, 24.8)),
    (a_bin(0, RESIDUAL), a_bin(1, GLASS), a_bin(2, RESIDUAL)),
    (),
    (
        Vehicle(
            "truck", "depot", "Truck", frozenset({GLASS, RESIDUAL}), 8_000.0, 18.0, SHIFT, {RESIDUAL: 4.0}
        ),
    ),
    (
        DisposalFacility(
            "plant", "Plant", Location(60.2, 24.7), frozenset({GLASS, RESIDUAL}), 900, "Mo-Fr 06:00-18:00"
        ),
    ),
)


def roads(network: Network) -> Travel:
    """Numbers that tell where they come from: row times ten and column."""
    size = 1 + len(network.bins) + len(network.facilities)
    metres = np.arange(size)[:, None] * 10 + np.arange(size)
    return Travel(metres, metres * 2)


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("town") / "deep"
    export_town(CITY, SETTINGS, SPAN, roads, folder, HELSINKI)
    return folder


def test_what_stands_there_is_read_again(folder: Path) -> None:
    scenario = read_scenario(folder)
    kept = ("bin_id", "place_id", "location", "waste_stream", "volume_l", "density_kg_per_m3", "place_time_s", "service_time_s", "district")  # fmt: skip
    for told, one in zip(scenario.bins, CITY.bins, strict=True):
        assert [getattr(told, name) for name in kept] == [getattr(one, name) for name in kept]
    (plant,) = scenario.network.facilities
    assert (plant.facility_id, plant.unloading_time_s, plant.opening_hours) == (
        "plant",
        900,
        "Mo-Fr 06:00-18:00",
    )
    assert plant.waste_streams == {GLASS, RESIDUAL}
    assert scenario.network.depot.location == CITY.depot.location
    trucks = scenario.network.vehicles
    assert [(one.shift.start, one.shift.end) for one in trucks] == [
        (time(6), time(9, 30)),
        (time(10), time(14)),
    ]
    assert {one.body_m3 for one in trucks} == {18.0}, "of loose glass, which is not compacted"
    assert scenario.matrix.distance_m[2, 4] == 24
    assert scenario.matrix.travel_time_s[4, 2] == 84
    assert (scenario.start_at, scenario.end_at) == (
        datetime(2024, 3, 25, tzinfo=UTC),
        datetime(2024, 4, 5, tzinfo=UTC),
    )


def test_bins_hold_what_the_simulator_says_at_any_moment(folder: Path) -> None:
    scenario = read_scenario(folder)
    filling = Filling(CITY.bins, SETTINGS, SPAN.start_at(HELSINKI), HELSINKI)
    for hours in (0.5, 30, 100, 150, 200, 500):
        at = SPAN.start_at(HELSINKI).astimezone(UTC) + timedelta(hours=hours)
        local_s = scenario.seconds(at.astimezone(HELSINKI).replace(tzinfo=UTC))
        for number, one in enumerate(CITY.bins):
            mine = (scenario.deposits.bins == number) & (scenario.deposits.at_s <= local_s)
            level = scenario.deposits.litres[mine].sum() / one.volume_l
            assert level == pytest.approx(filling.fill_level(one.bin_id, at), abs=1e-5)


def test_deposits_go_on_after_the_last_day_and_records_show_about_the_truth(folder: Path) -> None:
    scenario = read_scenario(folder)
    assert scenario.deposits.at_s[-1] > scenario.seconds(scenario.end_at) + 40 * 86_400
    truth = Filling(CITY.bins, SETTINGS, SPAN.start_at(HELSINKI), HELSINKI)
    for one, litres in zip(CITY.bins, scenario.records.litres_per_day, strict=True):
        assert litres == pytest.approx(one.volume_l / truth.mean_fill_days(one.bin_id), rel=0.35)
    by_day = scenario.records.rhythm.reshape(7, 24).mean(axis=1)
    assert by_day == pytest.approx(WEEKDAYS, abs=1e-4)


def test_the_same_town_is_the_same_folder(folder: Path, tmp_path: Path) -> None:
    export_town(CITY, SETTINGS, SPAN, roads, tmp_path, HELSINKI)
    names = sorted(path.name for path in folder.iterdir())
    assert len(names) == 8
    assert filecmp.cmpfiles(folder, tmp_path, names, shallow=False)[0] == names


def test_a_shift_is_cut_at_its_breaks() -> None:
    def said(*breaks: Break) -> list[str]:
        shift = Shift(time(6), time(14), breaks)
        return [f"{start:%H:%M}-{end:%H:%M}" for start, end in segments_of(shift)]

    assert said() == ["06:00-14:00"]
    first, noon = Break(time(6), time(7), 600), Break(time(12), time(13), 2_700)
    assert said(noon, first) == ["06:10-12:00", "12:45-14:00"]


def test_a_folder_that_can_not_be_written_is_named(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("", encoding="utf-8")
    with pytest.raises(TourneeError, match="can't be written"):
        export_town(CITY, SETTINGS, SPAN, roads, tmp_path / "file", HELSINKI)
