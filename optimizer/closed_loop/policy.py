"""What a policy is: every morning it says which bins must and which may be emptied, and at what price."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Protocol

from optimizer.closed_loop.contents import Contents
from optimizer.closed_loop.known import Known
from optimizer.closed_loop.scenario import Floats, Scenario
from optimizer.selection import Wanted
from tournee.domain import Forecast, ForecastBasis, Reason, ReasonCode, Wish

MUST_EUR = 2_000.0
"""Price of leaving a must, for every policy: no detour comes near it."""


@dataclass(frozen=True)
class Morning:
    """A day's beginning, when its rounds are planned.

    Parameters
    ----------
    at_s
        When, in seconds from the scenario's start.
    known
        What a policy may look at, besides the scenario's network, travel and records.
    truth
        What only a policy with perfect knowledge may look at.
    """

    scenario: Scenario
    day: date
    at_s: float
    known: Known
    truth: Contents

    def visits_s(self, count: int) -> list[float]:
        """Return when bins can be visited, today first: the middle of the working day of the next days of service."""
        shifts = [vehicle.shift for vehicle in self.scenario.network.vehicles]
        starts = min(shift.start.hour * 60 + shift.start.minute for shift in shifts)
        ends = max(shift.end.hour * 60 + shift.end.minute for shift in shifts)
        middle_s = self.at_s + (ends - starts) * 60 / 2
        visits: list[float] = []
        ahead = 0
        while len(visits) < count:
            if (self.day + timedelta(days=ahead)).weekday() in self.scenario.weekdays:
                visits.append(middle_s + ahead * 86_400)
            ahead += 1
        return visits


class Policy(Protocol):
    """A way of choosing bins. One object lives through one run, and may remember."""

    def choose(self, morning: Morning) -> tuple[Wanted, ...]:
        """Return the bins that are wanted today; those not named are left."""
        ...


def wanted(morning: Morning, levels: Floats, prices_eur: dict[int, float | None]) -> tuple[Wanted, ...]:
    """Return bins, by their index, as wanted: those without a price are a must.

    Loads are what the levels of the morning come to by the middle of the working day at the records' rate.
    """
    scenario, (visit_s,) = morning.scenario, morning.visits_s(1)
    rates = scenario.records.litres_per_day / scenario.capacity_l
    loads = levels + rates * scenario.average_days(morning.at_s, visit_s)
    return tuple(_wanted(morning, at, float(loads[at]), price) for at, price in sorted(prices_eur.items()))


def musts(morning: Morning, levels: Floats, chosen: Iterable[int]) -> tuple[Wanted, ...]:
    """Return bins, by their index, that all have to be emptied today."""
    return wanted(morning, levels, dict.fromkeys((int(at) for at in chosen), None))


def _wanted(morning: Morning, at: int, level: float, price_eur: float | None) -> Wanted:
    now = morning.scenario.instant(morning.at_s)
    one = morning.scenario.bins[at]
    forecast = Forecast(one.bin_id, now, now, now, level, (), 0.0, 0.0, 0.0, ForecastBasis.READINGS)
    if price_eur is None:
        return Wanted(one, forecast, Wish.MUST, Reason(ReasonCode.REQUESTED), MUST_EUR)
    return Wanted(one, forecast, Wish.MAY, Reason(ReasonCode.WORTH_IT), price_eur)
