"""A scenario of twelve bins made by hand: one street with the depot at its beginning, so that every figure can be counted."""

from __future__ import annotations

import csv
import json
from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from pathlib import Path

import numpy as np
import pyarrow as pa
from pyarrow import parquet

START = datetime(2024, 1, 1)  # noqa: DTZ001 - a scenario's clock has no zone
DAYS, WARMUP_DAYS = 12, 3
BINS = 12
CAPACITY_L = 1_000.0
STEP_M, STEP_S = 1_000, 60
BACKWARDS = 5
"""Going back from bin to bin is so many times as far: a round goes out along the street, and home."""

PLACE_S, CONTAINER_S, UNLOADING_S = 60, 60, 300
BODY_L = 20_000


def deposits_by_hand() -> list[tuple[int, float, float]]:
    """Return (bin, seconds from the start, litres): bin 0 gets 450 l a day, each further one less, always at 21:00."""
    found = [(at, 30.0, 50.0 * at) for at in range(BINS)]
    for day in range(DAYS + 2):
        found += [(at, day * 86_400 + 75_600.0 + at, 450.0 - 30.0 * at) for at in range(BINS)]
    return sorted(found, key=lambda one: one[1])


def write_scenario(
    folder: Path, *, changed: Mapping[str, object] | None = None, body_l: int = BODY_L
) -> Path:
    """Write the scenario by hand; `changed` adds keys to scenario.json."""
    folder.mkdir(parents=True, exist_ok=True)
    ids = [f"b{at:02}" for at in range(BINS)]
    _rows(
        folder / "bins.csv",
        ["bin_id", "lat", "lon", "containers", "capacity_l", "hist_deposits_per_day", "district"],
        [
            [one, 53.2, 6.5 + at / 60, 1, CAPACITY_L, 0.0, "near" if at < 6 else "far"]
            for at, one in enumerate(ids)
        ],
    )
    _rows(
        folder / "vehicles.csv",
        ["vehicle_id", "capacity_l", "shift_start", "segments"],
        [["v1", body_l, "07:00", "07:00-10:00 10:30-12:00"]],
    )
    _rows(
        folder / "sites.csv",
        ["site_id", "kind", "lat", "lon", "unloading_s"],
        [["depot", "depot+disposal", 53.2, 6.49, UNLOADING_S]],
    )
    _rows(folder / "rhythm.csv", ["hour_of_week", "factor"], [[hour, 1.0] for hour in range(168)])
    about = {
        "start": START.date().isoformat(),
        "warmup_end": (START + timedelta(days=WARMUP_DAYS)).date().isoformat(),
        "end": (START + timedelta(days=DAYS)).date().isoformat(),
        "service_s_per_place": PLACE_S,
        "service_s_per_container": CONTAINER_S,
    }
    (folder / "scenario.json").write_text(json.dumps({**about, **(changed or {})}), encoding="utf-8")
    steps = np.arange(BINS + 1)
    ahead = steps[None, :] - steps[:, None]
    length = np.where(ahead >= 0, ahead, -BACKWARDS * ahead)
    length[:, 0] = steps
    np.savez(
        folder / "matrix.npz",
        ids=np.asarray(["depot", *ids]),
        distance_m=(length * STEP_M).astype(np.int32),
        duration_s=(length * STEP_S).astype(np.int32),
    )
    rows = deposits_by_hand()
    table = {
        "bin_id": [ids[at] for at, _, _ in rows],
        "at": pa.array([START + timedelta(seconds=moment) for _, moment, _ in rows], pa.timestamp("ms")),
        "litres": pa.array([litres for *_, litres in rows], pa.float32()),
    }
    parquet.write_table(pa.table(table), folder / "arrivals.parquet")
    return folder


def _rows(path: Path, header: Sequence[str], rows: Sequence[Sequence[object]]) -> None:
    with path.open("w", encoding="utf-8", newline="") as file:
        csv.writer(file).writerows([header, *rows])
