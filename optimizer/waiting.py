"""What leaving a bin today is worth: expected overflow, and the change in the cost of the coming days. Pure.

Each bin is asked when it should best be served, as if it stood alone: on the day on which one day more costs more in overflow than
it saves in services. The bins of a day are then neighbors: one that many others join on its day costs little then, and is not worth a detour today; one
that will stand alone is. Both depend on each other, so they are worked out in a few rounds.

What is in a bin has to be brought away on whichever day: where room ends the rounds, its share of a truckload's way out and back (`hauls`) is
saved later if it is spent today. So it decides nothing about the day, and is what a bin's price has on top: a truck with room left
fetches more for it, and one that would have to go out for little pays it in full. Loads that time ends save nothing: `haul_share`.

For bin i and the k-th possible visit: serve, at the detour d(i, k) of that day; or wait for the next, at the expected overflow m(i, k),
less what a day of waiting saves, g(i): a detour in every cycle, spread over its days. So h(k) = min(d(k), m(k) - g * days + h(k + 1)), and the price of
leaving it today is m(0) - g * days + h(1).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import NamedTuple

import numpy as np

from optimizer.detours import Detours, Floats, Indices
from optimizer.forecast import Asked, Model, predict_frame
from optimizer.hauls import hauls_eur
from optimizer.history import History
from tournee.domain import Bin, Network
from tournee.settings import SelectionSettings

SECONDS_PER_DAY = 86_400

ROUNDS = 3
"""By then the days on which bins are served hardly change."""

TYPICAL_VISITS = 3
"""Coming days whose detours make the typical one: later ones miss what comes again after being served."""

DUE_H = 1.0
"""Expected hours over from which a bin is due, before any cost is known."""

LEAST_SHARE = 0.8
"""Of the detour from its nearest neighbors of all: no round comes by for less."""

SMALLEST_EUR = 0.05
"""Leaving a bin that costs less is worth no detour at all."""

FULL_ENOUGH = 0.85
"""How full a bin is served far ahead, where no day of it is in sight."""

RATE_MIN = 1e-4
"""Slower than this no bin fills, in fractions of its volume a day."""


class Waiting(NamedTuple):
    """What leaving one bin today costs, and what that has to reach, in euros.

    Parameters
    ----------
    eur
        Less than zero where it would be emptied too early.
    least_eur
        The cheapest detour to it, wherever the trucks go today.
    haul_eur
        What bringing away its content later would cost on top.
    """

    eur: float
    least_eur: float
    haul_eur: float = 0.0

    @property
    def price_eur(self) -> float:
        """What it is worth not to have to come for it later."""
        return self.eur + self.haul_eur

    @property
    def pays_detour(self) -> bool:
        """Tell whether there may be a round that is worth it."""
        return self.eur > self.least_eur


@dataclass(frozen=True)
class Ahead:
    """What comes if nobody empties a bin, per bin (rows) and possible visit (columns), the one of today first.

    Parameters
    ----------
    overflow_h
        Expected hours over, shape (bins, visits): from one visit to the next.
    hour_eur
        What an hour over costs at each bin, shape (bins,).
    levels, rates
        Fill level today, and its rise in a day; shape (bins,).
    days
        Days from one visit to the next, shape (visits,).
    """

    overflow_h: Floats
    hour_eur: Floats
    levels: Floats
    rates: Floats
    days: Floats


def prices_of_waiting(ahead: Ahead, detours: Detours, policy: SelectionSettings) -> list[Waiting]:
    """Return what leaving each bin today costs."""
    due = np.column_stack([ahead.overflow_h > DUE_H, np.ones(len(ahead.levels), dtype=bool)])
    served = np.argmax(due, axis=1)  # a first guess, to begin with
    for _ in range(ROUNDS):
        by_visit = [detours.eur(np.flatnonzero(served == number)) for number in range(len(ahead.days))]
        price, served = _weighed(ahead, policy.detour_share * np.column_stack(by_visit))
    least = np.maximum(LEAST_SHARE * detours.eur(np.arange(len(price))), SMALLEST_EUR)
    return list(map(Waiting, price.tolist(), least.tolist()))


def _weighed(ahead: Ahead, detour: Floats) -> tuple[Floats, Indices]:
    """Return what leaving each bin today costs, and the visit at which it is best served: backwards from the last one."""
    overflow_eur = ahead.overflow_h * ahead.hour_eur[:, None]
    typical = detour[:, :TYPICAL_VISITS].mean(axis=1)
    rates = np.maximum(ahead.rates, RATE_MIN)
    saved_in_a_day = typical * rates / FULL_ENOUGH
    days_beyond = np.maximum(np.maximum(FULL_ENOUGH - ahead.levels, 0.0) / rates - ahead.days.sum(), 0.0)
    later, price = typical - saved_in_a_day * days_beyond, np.zeros(len(rates))
    best = np.full(len(rates), len(ahead.days))
    for number in range(len(ahead.days) - 1, -1, -1):
        price = overflow_eur[:, number] - saved_in_a_day * ahead.days[number] + later
        is_served = detour[:, number] <= price
        best = np.where(is_served, number, best)
        later = np.where(is_served, detour[:, number], price)
    return price, best


class Foreseen(NamedTuple):
    """What a forecast of some bins stands on, and what was known when it was made."""

    model: Model
    history: History
    bins: Sequence[Bin]
    made_at: datetime


def _foreseen(known: Foreseen, instants: Sequence[datetime]) -> tuple[Floats, Floats]:
    """Return the chances of having run over by each instant, shape (bins, instants), and the levels at the first, if nobody comes."""
    frame = predict_frame(*known, instants, Asked(np.asarray([0.5])))
    shape = len(instants), len(known.bins)
    chances = frame["overflow_probability"].to_numpy(dtype=np.float64).reshape(shape).T
    return chances, frame["point"].to_numpy(dtype=np.float64).reshape(shape)[0]


def prices_foreseen(
    known: Foreseen, visits: Sequence[datetime], hour_eur: Floats, where: tuple[Network, SelectionSettings]
) -> dict[str, Waiting]:
    """Return what leaving each bin today costs, by its id.

    Parameters
    ----------
    visits
        When each bin could be visited: today, on the next days of service, and once more for the end of the last wait.
    hour_eur
        What an hour of overflow costs at each bin (`fairness.hour_prices`).
    """
    network, policy = where
    if not known.bins:
        return {}
    days = np.diff([visit.timestamp() for visit in visits]) / SECONDS_PER_DAY
    chances, levels = _foreseen(known, visits)
    ahead = Ahead(overflow_hours(chances, days), hour_eur, levels, known.model.rates.to_numpy(), days)
    return prices_by_bin(network, ahead, policy)


def overflow_hours(chances: Floats, days: Floats) -> Floats:
    """Return the expected hours over from each visit to the next, from the chances of having run over by each.

    Parameters
    ----------
    chances
        Shape (bins, visits + 1), rising with the visits.
    days
        From one visit to the next, shape (visits,).
    """
    hours: Floats = (chances[:, :-1] + chances[:, 1:]) / 2 * days * 24
    return hours


def prices_by_bin(network: Network, ahead: Ahead, policy: SelectionSettings) -> dict[str, Waiting]:
    """Return what leaving each bin of a network today costs, by its id; streams don't share a trip."""
    prices: dict[str, Waiting] = {}
    streams = np.asarray([one.waste_stream.value for one in network.bins])
    for stream in np.unique(streams):
        own = np.flatnonzero(streams == stream)
        bins = [network.bins[at] for at in own]
        detours = Detours(bins, network.depot, network.vehicles)
        part = Ahead(
            ahead.overflow_h[own], ahead.hour_eur[own], ahead.levels[own], ahead.rates[own], ahead.days
        )
        found = prices_of_waiting(part, detours, policy)
        hauls = policy.haul_share * hauls_eur(bins, part.levels, network)
        prices |= {
            one.bin_id: price._replace(haul_eur=float(haul))
            for one, price, haul in zip(bins, found, hauls, strict=True)
        }
    return prices
