"""What one vehicle may do in its shift, where it is to go, and when it was where: the plain data of the clockwork."""

from __future__ import annotations

from dataclasses import dataclass

from tournee.domain import BreakRule, StopKind, WasteStream

NO_WAY = 2**31 - 1
"""Travel time or distance of a leg that does not exist; the same figure as a road matrix uses."""

ALWAYS = ((-(10**9), 10**9),)
"""Windows of a place that never closes."""

type Windows = tuple[tuple[int, int], ...]


@dataclass(frozen=True, slots=True)
class Rest:
    """A break of `duration_s` that must begin between two times, both included."""

    earliest_s: int
    latest_s: int
    duration_s: int


@dataclass(frozen=True, slots=True)
class Duty:
    """What one vehicle may do in its shift: when, how much, which streams (None: any).

    Parameters
    ----------
    payload_kg, body_l
        What it carries at once, from one unloading to the next; litres as compacted in it.
    max_stops, max_kg, max_l
        Services of the whole shift, and what they add up to; None: as many and as much as it has time for.
    max_duration_s
        From leaving to being back, waiting and breaks included, wherever in the shift that lies; None: the whole shift.
    overtime_max_s
        By how much it may be back after `end_s`, at a price.
    break_rules
        Breaks that are due by what was done; `rests` are those that the clock names, and count towards these.
    """

    start_s: int
    end_s: int
    rests: tuple[Rest, ...] = ()
    payload_kg: int = NO_WAY
    body_l: int = NO_WAY
    streams: frozenset[WasteStream] | None = None
    max_stops: int | None = None
    max_kg: int | None = None
    max_l: int | None = None
    max_duration_s: int | None = None
    break_rules: tuple[BreakRule, ...] = ()
    overtime_max_s: int = 0

    @property
    def latest_s(self) -> int:
        """When it must be back at the latest."""
        return self.end_s + self.overtime_max_s


@dataclass(frozen=True, slots=True)
class Visit:
    """Somewhere to go. The first is a START, the last an END.

    Parameters
    ----------
    travel_time_s, distance_m
        From the visit before; `NO_WAY` where no way exists.
    service_time_s
        Standing time of a service or an unloading, >= 0.
    windows
        When service may begin; empty means never.
    demand_kg, demand_l
        What a service adds to the load, litres as compacted in this vehicle.
    accepts
        The streams that an unloading takes; None means any.
    may_be_loaded
        Whether the truck may still carry something at an END; a round of waste ends empty.
    """

    kind: StopKind
    ref: str
    travel_time_s: int = 0
    distance_m: int = 0
    service_time_s: int = 0
    windows: Windows = ALWAYS
    demand_kg: int = 0
    demand_l: int = 0
    stream: WasteStream | None = None
    accepts: frozenset[WasteStream] | None = None
    may_be_loaded: bool = False


@dataclass(frozen=True, slots=True)
class Moment:
    """One visit or break with its times and what the truck carries when it leaves; the leg leads to it."""

    kind: StopKind
    ref: str
    arrival_s: int
    start_s: int
    departure_s: int
    load_kg: int = 0
    load_l: int = 0
    travel_time_s: int = 0
    distance_m: int = 0

    @property
    def waiting_s(self) -> int:
        """How long the truck stands before it may begin."""
        return self.start_s - self.arrival_s
