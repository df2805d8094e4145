"""Two passes over a sequence of visits: how early it can leave each of them, and how late it may come to each.

Exact for windows, the shift and breaks that the clock names, where no rule is to be broken; breaks that are due by what was
done are left out. An earlier end of a visit is never worse for what follows, so a time for each number of breaks that are over
is all there is to know. Savelsbergh (1992), forward time slack, https://doi.org/10.1287/ijoc.4.2.146.
"""

from __future__ import annotations

from collections.abc import Sequence

from tournee.duty import Duty, Rest, Visit, Windows

NEVER = 10**12
"""Later than any time: a visit that can't be reached with so many breaks over."""

type Times = list[int]
"""Seconds, one for each number of breaks that are over: none, one, and so on."""


def earliest_leaves(visits: Sequence[Visit], duty: Duty) -> list[Times]:
    """Return when a truck can leave each visit, at the earliest; `NEVER` or later where it can't.

    Of the last visit only what keeps the shift, and the breaks that are due by then, is not `NEVER`.
    """
    comes = _over_at_the_depot(duty)
    found: list[Times] = []
    for visit in visits:
        if found:
            comes = arrivals(found[-1], visit.travel_time_s, duty.rests)
        found.append([opening(visit.windows, one) + visit.service_time_s for one in comes])
    found[-1] = [one if one <= limit else NEVER for one, limit in zip(found[-1], _ends(duty), strict=True)]
    return found


def latest_arrivals(visits: Sequence[Visit], duty: Duty, end_s: int | None = None) -> list[Times]:
    """Return when a truck may come to each visit, at the latest; `-NEVER` or earlier where no way is left.

    Parameters
    ----------
    end_s
        When it has to be back; None: when its shift asks for it.
    """
    limits = _ends(duty)
    if end_s is not None:
        limits = [min(one, end_s) for one in limits]
    found: list[Times] = []
    for visit in reversed(visits):
        found.append([_closing(visit.windows, one - visit.service_time_s) for one in limits])
        limits = _departures(found[-1], visit.travel_time_s, duty.rests)
    return found[::-1]


def latest_start(visits: Sequence[Visit], duty: Duty, end_s: int) -> int:
    """Return when a truck may leave its depot, at the latest, to be back by a time; `-NEVER` or earlier where it can't be."""
    leaves = latest_arrivals(visits, duty, end_s)[0]
    over = _over_at_the_depot(duty)
    return max((one for one, since in zip(leaves, over, strict=True) if one >= since), default=-NEVER)


def arrivals(leaves: Times, way_s: int, rests: Sequence[Rest]) -> Times:
    """Return when a truck comes to a visit, at the earliest, from when it could leave the one before: breaks are before the leg or after it."""
    if not rests:
        return [leaves[0] + way_s]
    return _rested([one + way_s for one in _rested(leaves, rests)], rests)


def opening(windows: Windows, at_s: int) -> int:
    """Return when a place that is reached at a time is open; `NEVER` where it is not any more."""
    for opens, closes in windows:
        if at_s <= closes:
            return max(at_s, opens)
    return NEVER


def _over_at_the_depot(duty: Duty) -> Times:
    """Return when a shift begins for a truck that takes so many of its breaks before it leaves."""
    over = [duty.start_s]
    for rest in duty.rests:
        over.append(max(over[-1], rest.earliest_s + rest.duration_s))
    return over


def _ends(duty: Duty) -> Times:
    """Return when a truck must be back that took so many of its breaks: the others are none if it is back before them."""
    rests = duty.rests
    return [
        min([duty.latest_s, *(rest.latest_s for rest in rests[taken:])]) for taken in range(len(rests) + 1)
    ]


def _rested(ready: Times, rests: Sequence[Rest]) -> Times:
    """Return when a truck is ready if it may take breaks where it stands."""
    found = ready[:1]
    for rest, one in zip(rests, ready[1:], strict=True):
        over = max(found[-1], rest.earliest_s) + rest.duration_s
        found.append(min(one, over) if found[-1] <= rest.latest_s else one)
    return found


def _departures(comes: Times, way_s: int, rests: Sequence[Rest]) -> Times:
    """Return when a truck may leave a visit, at the latest, from when it may come to the next."""
    if not rests:
        return [comes[0] - way_s]
    return _to_rest([one - way_s for one in _to_rest(comes, rests)], rests)


def _to_rest(limits: Times, rests: Sequence[Rest]) -> Times:
    """Return by when a truck has to be there if it may take breaks where it stands."""
    found = limits[-1:]
    for rest, one in zip(reversed(rests), reversed(limits[:-1]), strict=True):
        begins = min(rest.latest_s, found[-1] - rest.duration_s)
        found.append(max(one, begins) if begins >= rest.earliest_s else one)
    return found[::-1]


def _closing(windows: Windows, limit_s: int) -> int:
    """Return the last time until a limit at which a place is open."""
    return max((min(closes, limit_s) for opens, closes in windows if opens <= limit_s), default=-NEVER)
