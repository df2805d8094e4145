"""What if: the same deposits in a town that does one thing otherwise."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import timedelta

from optimizer.closed_loop.known import Sensing
from optimizer.closed_loop.scenario import Scenario
from tournee.domain import DisposalFacility, Network
from tournee.errors import ConfigError

WEEKDAYS = ("mo", "tu", "we", "th", "fr", "sa", "su")
OPTION = "--what-if"


@dataclass(frozen=True, slots=True)
class World:
    """What a run takes place in: a town, and how well its bins are measured."""

    scenario: Scenario
    sensing: Sensing

    @property
    def network(self) -> Network:
        """What stands in the town."""
        return self.scenario.network

    def with_network(self, network: Network) -> World:
        """Return the world with other things standing in the town."""
        return replace(self, scenario=replace(self.scenario, network=network))


type Change = Callable[[World, str], World]
"""Takes the world, and what stands behind the colon; returns another one."""


def changed(world: World, what_if: str) -> World:
    """Return the world with one thing otherwise; as it is where nothing is said.

    Parameters
    ----------
    what_if
        A name of `WHAT_IFS`, some with more behind a colon: `collect-on:mo+we+fr`, `facility-closed:north`.

    Raises
    ------
    ConfigError
        There is no such thing, or it can't be in this town.
    """
    name, _, more = what_if.partition(":")
    if not name:
        return world
    if name not in WHAT_IFS:
        raise ConfigError(OPTION, what_if, f"one of {', '.join(WHAT_IFS)}")
    return WHAT_IFS[name](world, more)


def one_truck_less(world: World, _: str) -> World:
    """Leave the last truck at home, with all its segments of the day."""
    names = list(dict.fromkeys(vehicle.name for vehicle in world.network.vehicles))
    if len(names) == 1:
        raise ConfigError(
            OPTION, "one-truck-less", f"a town with more than one truck; {names[0]} is the only one"
        )
    left = tuple(vehicle for vehicle in world.network.vehicles if vehicle.name != names[-1])
    return world.with_network(replace(world.network, vehicles=left))


def no_sunday(world: World, _: str) -> World:
    """Let nobody drive on Sundays."""
    return _collecting(world, world.scenario.weekdays - {WEEKDAYS.index("su")}, "no-sunday")


def collect_on(world: World, days: str) -> World:
    """Let trucks go out on these days of the week alone."""
    named = days.lower().split("+")
    if unknown := [day for day in named if day not in WEEKDAYS]:
        raise ConfigError(OPTION, f"collect-on:{unknown[0]}", "days such as collect-on:mo+we+fr")
    return _collecting(world, frozenset(map(WEEKDAYS.index, named)), f"collect-on:{days}")


def half_the_sensors(world: World, _: str) -> World:
    """Measure every second bin only, drawn by lot."""
    without = 1 - (1 - world.sensing.without) / 2
    return replace(world, sensing=replace(world.sensing, without=without))


def facility_closed(world: World, facility_id: str) -> World:
    """Keep a facility shut in the first measured week: the one that is named, or else the last."""
    ids = [one.facility_id for one in world.network.facilities]
    shut = facility_id or ids[-1]
    if shut not in ids or len(ids) == 1:
        raise ConfigError(
            OPTION, f"facility-closed:{shut}", f"one of several facilities; there is {', '.join(ids)}"
        )
    facilities = tuple(
        _shut(one, world.scenario) if one.facility_id == shut else one for one in world.network.facilities
    )
    return world.with_network(replace(world.network, facilities=facilities))


def _shut(facility: DisposalFacility, scenario: Scenario) -> DisposalFacility:
    first, last = (scenario.measured_from_at + timedelta(days=ahead) for ahead in (0, 6))
    hours = f"{facility.opening_hours or '24/7'}; {first:%Y %b %d}-{last:%Y %b %d} off"
    return replace(facility, opening_hours=hours)


def _collecting(world: World, weekdays: frozenset[int], said: str) -> World:
    if not weekdays:
        raise ConfigError(OPTION, said, "at least one day of the week on which trucks go out")
    return replace(world, scenario=replace(world.scenario, weekdays=weekdays))


WHAT_IFS: dict[str, Change] = {
    "one-truck-less": one_truck_less,
    "no-sunday": no_sunday,
    "collect-on": collect_on,
    "half-the-sensors": half_the_sensors,
    "facility-closed": facility_closed,
}
