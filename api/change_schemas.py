"""What goes over the wire about changes in the day, and about what one plan changes of another."""

from __future__ import annotations

from typing import Any

from pydantic import AwareDatetime, BaseModel, ConfigDict, Field

from api.schemas import In, Out
from tournee.domain import DayChangeKind, Difference


class DayChangeIn(In):
    """One thing that happened; `ref` is the id of the vehicle, facility or bin that `kind` speaks of."""

    kind: DayChangeKind
    ref: str = Field(min_length=1, max_length=200, examples=["V2"])


class ChangesIn(In):
    """What happened to a published plan; a worker makes a draft of it that a person publishes, or not."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {
                    "changes": [
                        {"kind": "truck_down", "ref": "V2"},
                        {"kind": "bin_added", "ref": "B-0042"},
                        {"kind": "stop_locked", "ref": "B-0007"},
                    ]
                }
            ]
        }
    )
    changes: list[DayChangeIn] = Field([], max_length=1_000, description="Empty: only look for better rounds")
    as_of_at: AwareDatetime | None = Field(
        None, description="What lies before is done and stays; now, if left out"
    )
    seed: int = Field(0, ge=0, le=2**31 - 1, description="Same request, same seed, same data: same plan")


class MovedOut(Out):
    """A stop that another truck makes now."""

    bin_id: str
    from_vehicle_id: str
    to_vehicle_id: str


class RouteDifferenceOut(Out):
    """What changes for one truck; `distance_m` and `duration_s` are how much more, less than zero is less."""

    vehicle_id: str
    vehicle_name: str
    added: list[str]
    removed: list[str]
    moved_in: list[MovedOut]
    moved_out: list[MovedOut]
    shifted: list[str] = Field(description="Kept, but more than three places from where they were")
    distance_m: int
    duration_s: int


class DifferenceOut(BaseModel):
    """What one plan changes of another; stops already made do not count."""

    old_plan_id: str
    new_plan_id: str
    num_kept: int = Field(description="Open stops that both plans make")
    num_changed: int = Field(
        description="Those of them that changed their truck, or moved by more than three places"
    )
    share_changed: float = Field(ge=0, le=1, examples=[0.08])
    distance_m: int
    duration_s: int
    routes: list[RouteDifferenceOut]


def difference_out(told: Difference) -> dict[str, Any]:
    """Return a difference as `DifferenceOut` reads it."""
    names = "old_plan_id new_plan_id num_kept num_changed share_changed distance_m duration_s"
    return {name: getattr(told, name) for name in names.split()} | {"routes": list(told.routes)}
