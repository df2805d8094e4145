"""A simulated town -> a scenario's folder: the same streets, bins and deposits, for the closed loop of `tournee evaluate`."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta
from pathlib import Path
from typing import NamedTuple
from zoneinfo import ZoneInfo

import numpy as np

from simulator.city import City
from simulator.filling import DEPOSIT_MEAN_L, HOURS, WEEKDAYS, Filling
from simulator.seeds import stream
from tournee.domain import Bin, Network
from tournee.scenario_folder import Ints, Span, Thrown, Town, write_scenario
from tournee.settings import SimulatorSettings

RECORD_DAYS = 90
"""Days before the start that records tell of, by the number of deposits."""

AHEAD_DAYS = 42
"""Days of deposits after the last counted one, so that a policy with perfect knowledge sees no end."""


class Travel(NamedTuple):
    """Metres and seconds between every two of some places."""

    distance_m: Ints
    travel_time_s: Ints


type Roads = Callable[[Network], Travel]
"""Measures the ways between a depot, its bins and its facilities, in this order."""


def export_town(
    city: City, settings: SimulatorSettings, span: Span, roads: Roads, folder: Path, zone: ZoneInfo
) -> int:
    """Write a scenario's folder; return the number of deposits. Same city, settings, span and roads: same folder.

    Raises
    ------
    RoadsUnavailable
        The ways could not be measured.
    TourneeError
        The folder can't be written.
    """
    network = city.network
    travel = roads(network)
    filling = Filling(city.bins, settings, span.start_at(zone), zone)
    town = Town(
        network,
        travel.distance_m,
        travel.travel_time_s,
        [_recorded_l(one, filling.mean_fill_days(one.bin_id), settings.seed) for one in city.bins],
        np.outer(WEEKDAYS, HOURS).ravel().tolist(),
    )
    until = datetime.combine(span.end_date + timedelta(days=AHEAD_DAYS), datetime.min.time(), zone)
    thrown = _thrown(city, filling, until)
    note = (
        f"A simulated town of seed {settings.seed}: {len(city.bins)} bins at real addresses (map data (c) OpenStreetMap "
        "contributors, ODbL 1.0), deposits drawn. Written by `tournee simulate --export`; read by `tournee evaluate`."
    )
    write_scenario(folder, town, span, thrown, zone=zone, note=note)
    return len(thrown.at_s)


def _recorded_l(one: Bin, fill_days: float, seed: int) -> float:
    """Return the litres a day that records show: deposits counted over weeks, so with the chance that is in them."""
    mean_l = one.volume_l / fill_days
    num_deposits = mean_l / DEPOSIT_MEAN_L * RECORD_DAYS
    return float(stream(seed, f"records {one.bin_id}").poisson(num_deposits)) / RECORD_DAYS * DEPOSIT_MEAN_L


def _thrown(city: City, filling: Filling, until: datetime) -> Thrown:
    bins, times, litres = [], [], []
    for number, one in enumerate(city.bins):
        at_s, each_l = filling.deposits(one.bin_id, until)
        bins.append(np.full(len(at_s), number, dtype=np.int64))
        times.append(at_s)
        litres.append(each_l)
    return Thrown(np.concatenate(bins), np.concatenate(times), np.concatenate(litres))
