"""Files in and out: a round trip changes nothing, and a bad row keeps the whole file out."""

from __future__ import annotations

from pathlib import Path

import pytest

from tournee.domain import HOURS_AT_THE_WHEEL, SIX_HOURS_OF_WORK
from tournee.errors import Conflict, ImportRefused
from tournee.store import Store
from tournee.transfer import Kind, export_text, import_file

SITES = """kind,site_id,name,lat,lon,waste_streams,unloading_time_s,opening_hours,queue_time_s
depot,d1,Depot,60.17,24.94,,,,
facility,f1,Sorting,60.18,24.95,glass paper,600,Mo-Fr 06:00-14:00,300
"""
BINS = """bin_id,depot_id,address,lat,lon,waste_stream,volume_l,density_kg_per_m3,sensor_id,empty_distance_mm,full_distance_mm,vehicle_ids
b1,d1,"Aleksanterinkatu 1, courtyard",60.17,24.95,glass,3000,300,s1,2000,200,v1 v2
b2,d1,Aleksanterinkatu 2,60.171,24.951,paper,660,145,,,,
"""
VEHICLES = """vehicle_id,depot_id,name,waste_streams,payload_kg,body_m3,compaction,shift_start,shift_end,breaks,break_rules,overtime_max_s,cost_per_use_eur,stops_max,day_max_kg,day_max_m3
v1,d1,Truck,glass paper,8000,20,paper=3.5,06:00,14:00,10:00-12:00=30,work=6:00/20 driving=4:30/45/15+30,1800,25,60,20000,
"""
TEXTS = {Kind.SITES: SITES, Kind.BINS: BINS, Kind.VEHICLES: VEHICLES}


def write(folder: Path, name: str, text: str) -> Path:
    path = folder / name
    path.write_text(text, encoding="utf-8")
    return path


@pytest.fixture
def town(store: Store, tmp_path: Path) -> Store:
    """A store with two bins, two sites and a truck, all from files."""
    for kind, text in TEXTS.items():
        import_file(store, kind, write(tmp_path, f"{kind}.csv", text))
    return store


def test_files_become_domain_objects(town: Store) -> None:
    network = town.network("d1")
    glass, paper = network.bins
    assert (glass.address, glass.place_id, glass.volume_l, paper.waste_stream) == (
        "Aleksanterinkatu 1, courtyard",
        "b1",
        3_000,
        "paper",
    )
    assert network.sensors[0].fill_level(200) == 1
    assert network.vehicles[0].compaction == {"paper": 3.5}
    assert network.vehicles[0].shift.breaks[0].duration_s == 1_800
    assert network.vehicles[0].shift.break_rules == (SIX_HOURS_OF_WORK, HOURS_AT_THE_WHEEL)
    assert network.vehicles[0].overtime_max_s == 1_800
    assert network.vehicles[0].cost_per_use_eur == 25.0
    assert (network.vehicles[0].stops_max, network.vehicles[0].day_max_kg) == (60, 20_000.0)
    assert network.vehicles[0].day_max_m3 is None
    assert glass.vehicle_ids == {"v1", "v2"}
    assert paper.vehicle_ids == frozenset()
    assert network.facilities[0].queue_time_s == 300
    assert network.facilities[0].waste_streams == {"glass", "paper"}


@pytest.mark.parametrize("kind", Kind)
@pytest.mark.parametrize("ending", ["csv", "geojson"])
def test_a_round_trip_changes_nothing(town: Store, tmp_path: Path, kind: Kind, ending: str) -> None:
    if (kind, ending) == (Kind.VEHICLES, "geojson"):
        with pytest.raises(Conflict, match=r"\.csv"):
            export_text(town, kind, as_geojson=True)
        return
    before = town.network("d1")
    text = export_text(town, kind, as_geojson=ending == "geojson")
    import_file(town, kind, write(tmp_path, f"out.{ending}", text))
    assert town.network("d1") == before


@pytest.mark.parametrize(
    ("kind", "old", "new", "said"),
    [
        (Kind.BINS, "60.171", "600.171", "line 3, lat: '600.171': expected less than or equal to 90"),
        (Kind.BINS, ",660,", ",lots,", "line 3, volume_l: 'lots': expected a valid number"),
        (Kind.BINS, ",660,", ",-1,", "line 3, volume_l: '-1': expected greater than 0"),
        (Kind.BINS, "paper", "plutonium", "line 3, waste_stream: 'plutonium': expected 'residual', 'packaging'"),
        (Kind.BINS, "b2,d1", "b1,d1", "line 3, bin_id: 'b1': the same as in line 2"),
        (Kind.BINS, "b2,d1", "b2,d9", "b2, depot_id: 'd9': there is no such depot"),
        (Kind.BINS, "b2,d1", "b/2,d1", "line 3, bin_id"),
        (Kind.BINS, "bin_id", "bin_ie", "bin_id: '': must not be empty"),
        (Kind.BINS, "address", "adress", "adress: 'Aleksanterinkatu 2': is no column that we know"),
        (Kind.BINS, ",,,\n", ",,,,,9\n", "line 3, (too many cells)"),
        (Kind.SITES, "Mo-Fr 06:00-14:00", "Mondays", "line 3, opening_hours: 'Mondays': expected opening hours such as"),
        (Kind.VEHICLES, "06:00,14:00", "06:00,05:00", "line 2, shift_end: '05:00': expected a time after shift_start 06:00"),
        (Kind.VEHICLES, "paper=3.5", "paper:3.5", "line 2, compaction: 'paper:3.5': expected pairs such as"),
        (Kind.VEHICLES, "10:00-12:00=30", "10:00", "line 2, breaks: '10:00': expected pairs such as"),
        (Kind.VEHICLES, "work=6:00/20", "work=6/20", "expected pairs such as work=6:00/20"),
        (Kind.VEHICLES, "work=6:00/20", "sleep=6:00/20", "line 2, break_rules: 'sleep=6:00/20"),
        (Kind.VEHICLES, "work=6:00/20", "work=6:00/0", "expected hours and minutes above 0"),
        (Kind.VEHICLES, ",1800,", ",-1,", "line 2, overtime_max_s: '-1': expected greater than or equal to 0"),
        (Kind.VEHICLES, ",60,20000,", ",0,20000,", "line 2, stops_max: '0': expected greater than or equal to 1"),
    ],
)  # fmt: skip
def test_a_bad_cell_is_named_and_nothing_is_kept(
    town: Store, tmp_path: Path, kind: Kind, old: str, new: str, said: str
) -> None:
    before = town.network("d1")
    text = TEXTS[kind].replace(old, new).replace("Aleksanterinkatu 1", "Changed 1")
    assert new in text
    with pytest.raises(ImportRefused) as refused:
        import_file(town, kind, write(tmp_path, "bad.csv", text))
    assert said in str(refused.value)
    assert "nothing was imported" in str(refused.value)
    assert town.network("d1") == before


@pytest.mark.parametrize(
    ("name", "content", "said"),
    [
        ("bins.geojson", b"{", "not a GeoJSON feature collection"),
        ("bins.geojson", b'{"features": [{"geometry": null}]}', "not a GeoJSON feature collection"),
        ("bins.csv", b"\xff\xfe\x00", "not UTF-8"),
    ],
)
def test_a_file_of_another_kind_is_refused(
    town: Store, tmp_path: Path, name: str, content: bytes, said: str
) -> None:
    path = tmp_path / name
    path.write_bytes(content)
    with pytest.raises(ImportRefused, match=said):
        import_file(town, Kind.BINS, path)


def test_a_missing_file_is_refused(store: Store, tmp_path: Path) -> None:
    with pytest.raises(ImportRefused, match="No such file"):
        import_file(store, Kind.BINS, tmp_path / "none.csv")
