"""The names of the policies, and the settings that each is compared at."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from optimizer.closed_loop.policy import Policy
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
        What its curve is drawn through where a person asks for nothing else.
    meaning
        What the setting is, for people.
    """

    make: Callable[[float, SelectionSettings], Policy]
    settings: tuple[float, ...]
    meaning: str


POLICIES: dict[str, Entry] = {
    "fullest": Entry(lambda number, _: Fullest(number), (50, 55, 60), "bins a day"),
    "threshold": Entry(lambda percent, _: Threshold(percent), (60, 70, 80, 90), "fill level in percent"),
    "days_to_full": Entry(lambda days, _: DaysToFull(days), (1.0, 1.5, 2.0), "days until full"),
}
