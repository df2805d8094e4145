"""What stops are called in files that leave the house: address first, an id means nothing to a driver."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import NamedTuple

from api.wording import Wording
from tournee.domain import Bin, Route, Stop, StopKind


class NamedStop(NamedTuple):
    """A stop of a route, with the number that the map shows (0 where a bin is not emptied) and its name."""

    number: int
    name: str
    address: str
    stop: Stop


def named_stops(route: Route, bins: Mapping[str, Bin], wording: Wording) -> Iterator[NamedStop]:
    """Yield every stop of a route in driving order."""
    number = 0
    for stop in route.stops:
        number += stop.kind is StopKind.SERVICE
        address = _address(stop, bins)
        yield NamedStop(
            number if stop.kind is StopKind.SERVICE else 0,
            _name(stop, number, address, wording),
            address,
            stop,
        )


def description(named: NamedStop, wording: Wording) -> str:
    """Return a stop's facts in one line: time, stream, fill level, reason."""
    stop = named.stop
    facts = [wording.span(stop.service_start_at, stop.departure_at)]
    if stop.waste_stream and stop.kind is StopKind.SERVICE:
        facts.append(wording.stream(stop.waste_stream))
    if stop.fill_level is not None:
        facts.append(f"{wording.say('fill_forecast')} {wording.percent(stop.fill_level)}")
    if stop.reason:
        facts.append(wording.reason(stop.reason))
    return "; ".join(facts)


def _address(stop: Stop, bins: Mapping[str, Bin]) -> str:
    one = bins.get(stop.bin_id or "")
    if one and one.address:
        return one.address
    return stop.label or ("" if stop.kind is StopKind.BREAK else stop.place_ref)


def _name(stop: Stop, number: int, address: str, wording: Wording) -> str:
    if stop.kind is StopKind.SERVICE:
        return f"{address} ({number})"
    kind = wording.say(stop.kind.value, "kinds")
    return f"{kind}: {address}" if address else kind
