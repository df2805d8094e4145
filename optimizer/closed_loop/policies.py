"""The names of the policies, and the settings that each is compared at."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from optimizer.closed_loop.fixed_calendar import FixedCalendar
from optimizer.closed_loop.foresight import Ours, Perfect
from optimizer.closed_loop.policy import Policy
from optimizer.closed_loop.prize import PrizeCollecting
from optimizer.closed_loop.simple import DaysToFull, Fullest, Threshold
from tournee.settings import SelectionSettings


@dataclass(frozen=True, slots=True)
class Entry:
    """A policy by name.

    Parameters
    ----------
    make
        Makes a fresh one for a run, from one setting and the section of the settings.
    settings
        What its curve is drawn through where a person asks for nothing else; of those that heed the section, multiples
        of its price of an hour over.
    meaning
        What the setting is, for people.
    heeds_selection
        Whether the section of the settings changes anything about it.
    """

    make: Callable[[float, SelectionSettings], Policy]
    settings: tuple[float, ...]
    meaning: str
    heeds_selection: bool = False


AROUND_OURS = (0.1, 0.3, 1, 4)
"""Times the price that a city has set: where an hour of a truck costs nothing the lower half is what cities accept, else the upper."""

POLICIES: dict[str, Entry] = {
    "fullest": Entry(
        lambda number, _: Fullest(number), (0.2, 0.25, 0.3, 0.4), "bins a day, or below 1 their share of all"
    ),
    "calendar": Entry(
        lambda caution, _: FixedCalendar(caution), (1.0, 1.5, 2.0), "standard deviations of room left"
    ),
    "threshold": Entry(lambda percent, _: Threshold(percent), (50, 60, 70, 80), "fill level in percent"),
    "days_to_full": Entry(lambda days, _: DaysToFull(days), (1.0, 1.5, 2.0), "days until full"),
    "prize": Entry(lambda prize, _: PrizeCollecting(prize), (7, 15, 30, 60), "euros for a certain overflow"),
    "tournee": Entry(
        lambda eur, section: Ours(_at_hour_price(section, eur)),
        AROUND_OURS,
        "euros for an hour over",
        heeds_selection=True,
    ),
    "perfect": Entry(
        lambda eur, section: Perfect(_at_hour_price(section, eur)),
        AROUND_OURS,
        "euros for an hour over",
        heeds_selection=True,
    ),
}


def usual_settings(name: str, section: SelectionSettings) -> tuple[float, ...]:
    """Return what a policy's curve is drawn through: a city's own price of an hour over is on ours."""
    entry = POLICIES[name]
    if not entry.heeds_selection:
        return entry.settings
    prices = (float(f"{many * section.overflow_eur_per_hour:.3g}") for many in entry.settings)
    return tuple(dict.fromkeys(prices))  # an hour that costs nothing is one price


def _at_hour_price(section: SelectionSettings, eur: float) -> SelectionSettings:
    return section.model_copy(update={"overflow_eur_per_hour": eur})
