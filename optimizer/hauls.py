"""What bringing away what is in a bin costs: its share of a truckload's way to the facility and back, and of the time to unload. Pure.

Daganzo (1984, doi:10.1287/trsc.18.4.331): the length of capacitated rounds is about the ways out and back of all loads, plus what lies
between neighbors. The first grows with what is collected, whoever is visited on which day; the second is what `detours` measures.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from optimizer.detours import Floats, flat, metre_eur, second_eur
from tournee.domain import Bin, DisposalFacility, Network, Vehicle


def hauls_eur(bins: Sequence[Bin], levels: Floats, network: Network) -> Floats:
    """Return what each bin's content costs to bring away, shape (bins,).

    Parameters
    ----------
    bins
        Of one stream.
    levels
        Their fill levels, shape (bins,).
    network
        Its trucks and facilities; where none takes the stream, nothing is brought away, and that is free.
    """
    streams = {one.waste_stream for one in bins}
    trucks = [one for one in network.vehicles if streams <= one.waste_streams]
    facilities = [one for one in network.facilities if streams <= one.waste_streams]
    if not (trucks and facilities):
        return np.zeros(len(bins))
    loads = np.mean([_loads(bins, levels, truck) for truck in trucks], axis=0)
    hauls: Floats = loads * _load_eur(bins, facilities, trucks).min(axis=1)
    return hauls


def _loads(bins: Sequence[Bin], levels: Floats, truck: Vehicle) -> Floats:
    """Return how much of a truck each bin's content fills, by litres or by weight."""
    loose_l = np.asarray([one.loose_l(level) for one, level in zip(bins, levels, strict=True)])
    loose_kg = loose_l / 1_000 * np.asarray([one.density_kg_per_m3 for one in bins])
    body_l = truck.body_m3 * 1_000
    by_room: Floats = truck.compacted_l(bins[0].waste_stream, 1.0) / body_l * loose_l
    return np.maximum(by_room, loose_kg / truck.payload_kg)


def _load_eur(
    bins: Sequence[Bin], facilities: Sequence[DisposalFacility], trucks: Sequence[Vehicle]
) -> Floats:
    """Return what a whole truckload costs from each bin to each facility and back, the unloading included."""
    origin = facilities[0].location
    places, sites = (flat([one.location for one in some], origin) for some in (bins, facilities))
    ways_m = np.hypot(*np.moveaxis(places[:, None] - sites, -1, 0))
    unloading_s = np.asarray([one.queue_time_s + one.unloading_time_s for one in facilities])
    load_eur: Floats = 2 * ways_m * metre_eur(trucks) + unloading_s * second_eur(trucks)
    return load_eur
