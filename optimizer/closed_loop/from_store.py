"""A city's own history in the store -> a scenario's folder: what its own weeks would have been under another policy."""

from __future__ import annotations

from datetime import datetime, timedelta
from pathlib import Path
from typing import NamedTuple

from optimizer.building import profiles_of
from optimizer.closed_loop.rebuilding import RECORD_DAYS, WARM_UP_DAYS, rebuild, span_of
from optimizer.history import clean
from optimizer.matrix import Place
from optimizer.plan import Kitchen
from optimizer.visits import WEEKDAYS
from tournee.domain import Network
from tournee.errors import TourneeError
from tournee.scenario_folder import Span, Town, write_scenario


class Written(NamedTuple):
    """What a folder holds: its days, the number of deposits, and the share of them that somebody saw."""

    span: Span
    num_deposits: int
    share_seen: float


def write_from_store(folder: Path, kitchen: Kitchen, depot_id: str, until: datetime) -> Written:
    """Write the scenario of a depot's last weeks; what its sensors and crews saw is what people threw in.

    The records that policies know are of the weeks before: nothing of what they are scored on.

    Raises
    ------
    NotFound
        There is no such depot.
    TourneeError
        It has no vehicle, no facility or no bins, or less than five weeks of history; or the folder can't be written.
    Unavailable
        The store or the road network did not answer; safe to try again.
    """
    network = kitchen.store.network(depot_id)
    _check(network)
    bin_ids = [one.bin_id for one in network.bins]
    since = until - timedelta(days=kitchen.forecast.history_days)
    history = clean(
        kitchen.store.readings(bin_ids, since, until),
        kitchen.store.services(bin_ids, since, until),
        kitchen.forecast.emptying_drop,
    )
    span = span_of(history, until, kitchen.zone)
    if span is None:
        days = RECORD_DAYS + WARM_UP_DAYS + 7
        message = f"Depot {depot_id} has too short a history: {days} days of readings or services are needed. Come back then, or use `tournee simulate --export`."
        raise TourneeError(message)
    rebuilt = rebuild(history, network.bins, span, kitchen.zone)
    places = [Place(network.depot.location)]
    places += [Place(one.location, one.curb_side) for one in network.bins]
    places += [Place(one.location) for one in network.facilities]
    travel = kitchen.roads.matrix(places, profiles_of(network)[0])
    town = Town(network, travel.distance_m, travel.travel_time_s, rebuilt.litres_per_day, rebuilt.rhythm)
    note = (
        f"Depot {depot_id} from {span.start_date} on, from its own history; {rebuilt.share_seen:.0%} of the time somebody saw what rose, the rest is "
        f"filled with mean rates. Ways: {travel.source}. Written by `tournee evaluate --from-store`."
    )
    weekdays = [WEEKDAYS.index(day) for day in kitchen.selection.weekdays]
    write_scenario(folder, town, span, rebuilt.thrown, zone=kitchen.zone, note=note, weekdays=weekdays)
    return Written(span, len(rebuilt.thrown.at_s), rebuilt.share_seen)


def _check(network: Network) -> None:
    for name, things in (
        ("bins", network.bins),
        ("vehicles", network.vehicles),
        ("facilities", network.facilities),
    ):
        if not things:
            message = f"Depot {network.depot.depot_id} has no {name}: import them first (`tournee import`)."
            raise TourneeError(message)
