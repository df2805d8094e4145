"""A diary -> figures, over the measured days alone."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from optimizer.closed_loop.contents import Spill
from optimizer.closed_loop.loop import Diary
from optimizer.closed_loop.scenario import SECONDS_PER_DAY, Floats, Scenario


@dataclass(frozen=True, slots=True)
class Prices:
    """What driving costs, in diesel, carbon dioxide and euros; FIELD-NOTES: collection at 75 L/100 km, 3.1 kg a litre."""

    diesel_l_per_km: float = 0.75
    co2e_kg_per_l: float = 3.1
    eur_per_km: float = 1.2
    eur_per_hour: float = 100.0


@dataclass(frozen=True, slots=True)
class Figures:
    """What a policy did in the measured days.

    Parameters
    ----------
    hours
        From leaving the depot to being back, added up; breaks held at the depot are not in it.
    overflow_h, overflow_l
        Hours during which bins ran over, over all bins whether visited or not; and what lay beside them then.
    fill_at_pickup, fill_at_pickup_p10
        Mean and 10th percentile of the fill level that a crew found.
    half_empty_visits
        Services of a bin less than half full.
    fleet_fill_start, fleet_fill_end
        Mean fill level of all bins as the measured days begin and end: what a policy has borrowed from the future.
    musts_left
        Bins that had to be emptied on a day and were not.
    overload_l, extra_unloadings
        Litres that did not fit into a truck's body at first, where bins held more than was foreseen; and how often a truck
        was full before its plan said so, unloaded and came back. The ways for it are in `km` and `hours`.
    """

    days: int
    bins: int
    km: float
    hours: float
    diesel_l: float
    co2e_kg: float
    cost_eur: float
    services: int
    overflow_h: float
    overflow_l: float
    overflows: int
    fill_at_pickup: float
    fill_at_pickup_p10: float
    half_empty_visits: int
    fleet_fill_start: float
    fleet_fill_end: float
    musts_left: int
    overload_l: float
    extra_unloadings: int
    solver_s: float

    @property
    def km_per_day(self) -> float:
        """Kilometres of all trucks in a day."""
        return self.km / self.days

    @property
    def overflow_per_bin_day(self) -> float:
        """Overflow bin-hours per bin and day: what policies are compared at."""
        return self.overflow_h / self.days / self.bins


def figures_of(scenario: Scenario, diary: Diary, prices: Prices) -> Figures:
    """Return a run's figures; nothing that happened before the measured days counts."""
    from_s, to_s = measured_span(scenario)
    driven = [one for one in diary.driven if one.day >= scenario.measured_from_at.date()]
    services = [one for one in diary.services if from_s <= one.at_s < to_s]
    fills = np.asarray([one.litres / scenario.capacity_l[one.bin] for one in services])
    spills = [one for one in diary.spills if one.to_s > from_s]
    km = sum(one.metres for one in driven) / 1_000
    hours = sum(one.seconds for one in driven) / 3_600
    diesel_l = km * prices.diesel_l_per_km
    return Figures(
        days=len([day for day in scenario.days if day >= scenario.measured_from_at.date()]),
        bins=len(scenario.bins),
        km=km,
        hours=hours,
        diesel_l=diesel_l,
        co2e_kg=diesel_l * prices.co2e_kg_per_l,
        cost_eur=km * prices.eur_per_km + hours * prices.eur_per_hour,
        services=len(services),
        overflow_h=float(overflow_hours(scenario, diary).sum()),
        overflow_l=sum(one.litres for one in spills),
        overflows=len(spills),
        fill_at_pickup=float(fills.mean()) if len(fills) else 0.0,
        fill_at_pickup_p10=float(np.quantile(fills, 0.1)) if len(fills) else 0.0,
        half_empty_visits=int((fills < 0.5).sum()),
        fleet_fill_start=float(diary.levels_at_start.mean()),
        fleet_fill_end=float(diary.levels_at_end.mean()),
        musts_left=sum(one.musts_left for one in driven),
        overload_l=sum(one.overload_l for one in services),
        extra_unloadings=sum(one.extra_unloadings for one in services),
        solver_s=sum(one.solver_s for one in driven),
    )


def measured_span(scenario: Scenario) -> tuple[float, float]:
    """Return when the measured days begin and end, in seconds from the start."""
    return scenario.seconds(scenario.measured_from_at), scenario.seconds(scenario.end_at)


def overflow_hours(scenario: Scenario, diary: Diary) -> Floats:
    """Return the hours that each bin ran over in the measured days."""
    from_s, to_s = measured_span(scenario)
    hours = np.zeros(len(scenario.bins))
    for spill in diary.spills:
        hours[spill.bin] += _inside(spill, from_s, to_s) / 3_600
    return hours


def by_district(scenario: Scenario, diary: Diary) -> dict[str, float]:
    """Return overflow bin-hours per bin and day of each district."""
    hours = overflow_hours(scenario, diary)
    names = np.asarray(districts_of(scenario))
    days = (scenario.end_at - scenario.measured_from_at).days
    return {str(name): float(hours[names == name].mean() / days) for name in np.unique(names)}


def districts_of(scenario: Scenario) -> Sequence[str]:
    """Return each bin's district; where a scenario names none, the quarter of the town that it lies in."""
    places = np.asarray([one.location for one in scenario.bins])
    north, east = (places > np.median(places, axis=0)).T
    quarters = [
        f"{'north' if n else 'south'}-{'east' if e else 'west'}" for n, e in zip(north, east, strict=True)
    ]
    return [one.district or quarter for one, quarter in zip(scenario.bins, quarters, strict=True)]


def overflow_by_day(scenario: Scenario, diary: Diary) -> list[float]:
    """Return the overflow bin-hours of each measured day."""
    from_s, to_s = measured_span(scenario)
    edges = np.arange(from_s, to_s, SECONDS_PER_DAY)
    return [
        sum(_inside(spill, edge, edge + SECONDS_PER_DAY) for spill in diary.spills) / 3_600 for edge in edges
    ]


def _inside(spill: Spill, from_s: float, to_s: float) -> float:
    return max(min(spill.to_s, to_s) - max(spill.from_s, from_s), 0.0)
