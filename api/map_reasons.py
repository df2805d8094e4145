"""Why each bin is served, left or not wanted, for a click on the map. Pure.

Thousands of bins can wait for the same reason with other figures: its words are sent once, as a pattern, and the figures per bin.
"""

from __future__ import annotations

from collections.abc import Iterator
from string import Formatter

from api.wording import Wording
from tournee.domain import Plan, Reason

type Said = str | list[int | str]
"""A sentence; or the number of its pattern, and what to put into {0}, {1}, ..."""

SHARED = {"threshold", "risk_until_at", "may_fill_level", "max_days", "removed_at"}
"""Facts that are the same for most bins of a plan: they stay in the pattern."""


class Reasons:
    """The reasons of a plan by bin, in a reader's language; `patterns` are those that they name."""

    def __init__(self, plan: Plan, wording: Wording) -> None:
        self._wording = wording
        self._numbers: dict[str, int] = {}
        self.by_bin: dict[str, Said] = dict(self._served(plan))
        self.by_bin |= {one.bin_id: wording.reason(one.reason) for one in plan.unassigned}
        self.by_bin |= {one.bin_id: self._said(one.reason) for one in plan.not_wanted}

    @property
    def patterns(self) -> list[str]:
        """Sentences with {0}, {1}, ... in the places of the figures that differ."""
        return list(self._numbers)

    def _served(self, plan: Plan) -> Iterator[tuple[str, Said]]:
        """Yield on which round a bin is, and as which stop: the reason is at its pin."""
        pattern = self._wording.say("on_round", "more", truck="{0}", stop="{1}")
        for route in plan.routes:
            truck = route.vehicle_name or route.vehicle_id
            for number, stop in enumerate(route.services, start=1):
                yield stop.place_ref, [self._number(pattern), truck, number]

    def _said(self, reason: Reason) -> Said:
        sentence, facts = self._wording.unfilled(reason)
        names = [name for _, name, _, _ in Formatter().parse(sentence) if name]
        own = [name for name in dict.fromkeys(names) if name not in SHARED]
        places = {name: f"{{{at}}}" for at, name in enumerate(own)}
        pattern = sentence.format_map({name: places.get(name, facts[name]) for name in names})
        return [self._number(pattern), *(facts[name] for name in own)]

    def _number(self, pattern: str) -> int:
        return self._numbers.setdefault(pattern, len(self._numbers))
