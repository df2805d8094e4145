"""What happens in the day, and what it does to the plan that is driven."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum


class DayChangeKind(StrEnum):
    """What happened, and what `DayChange.ref` names."""

    TRUCK_DOWN = "truck_down"  # a vehicle: it stays where it is, with what it carries
    TRUCK_BACK = "truck_back"  # a vehicle that was down: it goes on from where it stands
    FACILITY_CLOSED = "facility_closed"  # a disposal facility, until it is said to be open again
    FACILITY_OPEN = "facility_open"  # a facility that was closed
    BIN_ADDED = "bin_added"  # a bin that is on no round
    BIN_REMOVED = "bin_removed"  # a bin that need not be emptied after all
    STOP_LOCKED = (
        "stop_locked"  # a bin that stays on its truck, in the order of the others that are locked there
    )


@dataclass(frozen=True, slots=True)
class DayChange:
    """One thing that happened in the day, told by a person: `ref` is the id of the vehicle, facility or bin."""

    kind: DayChangeKind
    ref: str


@dataclass(frozen=True, slots=True)
class Moved:
    """A stop that another truck makes now."""

    bin_id: str
    from_vehicle_id: str
    to_vehicle_id: str


@dataclass(frozen=True, slots=True)
class RouteDifference:
    """What changes for one truck.

    Parameters
    ----------
    added, removed
        Bins that no truck had before, and bins that no truck has any more.
    moved_in, moved_out
        Stops that it takes over from another truck, and hands to one.
    shifted
        Stops it keeps, more than three places from where they were among those it keeps.
    distance_m, duration_s
        How much further and longer; less than zero is less.
    """

    vehicle_id: str
    vehicle_name: str
    added: tuple[str, ...] = ()
    removed: tuple[str, ...] = ()
    moved_in: tuple[Moved, ...] = ()
    moved_out: tuple[Moved, ...] = ()
    shifted: tuple[str, ...] = ()
    distance_m: int = 0
    duration_s: int = 0

    @property
    def is_empty(self) -> bool:
        """Whether its driver has nothing new to do; times may differ."""
        return not (self.added or self.removed or self.moved_in or self.moved_out or self.shifted)


@dataclass(frozen=True, slots=True)
class Difference:
    """What one plan has that another had not, per truck and in all.

    Parameters
    ----------
    num_kept
        Open stops that both plans make.
    num_changed
        Those of them that changed their truck or moved by more than three places.
    """

    old_plan_id: str
    new_plan_id: str
    routes: tuple[RouteDifference, ...] = field(default=())
    num_kept: int = 0
    num_changed: int = 0

    @property
    def share_changed(self) -> float:
        """How much is no longer what the drivers have: changed stops per open stop that both plans make, 0..1."""
        return self.num_changed / self.num_kept if self.num_kept else 0.0

    @property
    def is_empty(self) -> bool:
        """Whether every driver has what he had."""
        return all(route.is_empty for route in self.routes)

    @property
    def distance_m(self) -> int:
        """How many metres more all trucks drive."""
        return sum(route.distance_m for route in self.routes)

    @property
    def duration_s(self) -> int:
        """How many seconds more all trucks are out."""
        return sum(route.duration_s for route in self.routes)
