"""A truck and its shift as one flat row, with its breaks, rules and compaction in cells that a person can type."""

from __future__ import annotations

from dataclasses import asdict
from datetime import time
from typing import Annotated, Self

from pydantic import Field, field_serializer, field_validator

from tournee.domain import Break, BreakRule, Counted, Shift, TruckDimensions, Vehicle, WasteStream
from tournee.transfer.rows import FlatRow, Id, Name, Streams


class VehicleRow(FlatRow):
    """A truck and its shift; `compaction` reads `residual=5 paper=3`, `breaks` reads `10:00-12:00=30` (minutes).

    `break_rules` reads `work=6:00/20 driving=4:30/45/15+30`: after how long at the latest, minutes, and perhaps the
    same in parts.
    """

    vehicle_id: Id = Field(description="its name")
    depot_id: Id = Field(description="where its shift begins and ends")
    name: Name = Field(description="what people call it")
    waste_streams: Streams = Field(min_length=1, description="what it takes, apart by spaces; one at a time")
    payload_kg: float = Field(gt=0, le=60_000, description="what it carries at once")
    body_m3: float = Field(gt=0, le=150, description="room in its body")
    compaction: dict[WasteStream, Annotated[float, Field(ge=1, le=20)]] = Field(
        {},
        description="how many times smaller a stream gets in it: `residual=5 paper=3`; a stream not named: not at all",
    )
    shift_start: time = Field(description="local time")
    shift_end: time = Field(description="local time, the same day")
    breaks: tuple[Break, ...] = Field(
        (), description="`10:00-12:00=30`: begins between the two, so many minutes; several apart by spaces"
    )
    break_rules: tuple[BreakRule, ...] = Field(
        (),
        description="`work=6:00/20 driving=4:30/45/15+30`: after so long at the latest, so many minutes, or the same in parts",
    )
    length_m: float = Field(9.5, gt=0, le=40, description="decides which streets it may use")
    width_m: float = Field(2.5, gt=0, le=5, description="the same")
    height_m: float = Field(3.6, gt=0, le=6, description="the same")
    weight_t: float = Field(19.0, gt=0, le=60, description="the same")
    axle_load_t: float = Field(10.0, gt=0, le=20, description="the same")
    cost_per_km_eur: float = Field(1.2, ge=0, le=1_000, description="of driving")
    cost_per_hour_eur: float = Field(100.0, ge=0, le=10_000, description="of being out, breaks left out")
    overtime_max_s: int = Field(
        0, ge=0, le=43_200, description="by how much it may be back after its shift, in seconds"
    )
    overtime_cost_per_hour_eur: float = Field(
        50.0, ge=0, le=10_000, description="on top of what any hour costs"
    )
    cost_per_use_eur: float = Field(0.0, ge=0, le=10_000, description="of sending it out at all")
    stops_max: int | None = Field(
        None, ge=1, le=10_000, description="bins a day, over all trips; empty: as many as it has time for"
    )
    day_max_kg: float | None = Field(
        None, gt=0, le=1_000_000, description="what it collects in a day; empty: no limit"
    )
    day_max_m3: float | None = Field(None, gt=0, le=10_000, description="the same in compacted m³")

    @field_validator("compaction", mode="before")
    @classmethod
    def _split_compaction(cls, value: object) -> object:
        return dict(_pair(part, "residual=5") for part in value.split()) if isinstance(value, str) else value

    @field_serializer("compaction")
    def _join_compaction(self, value: dict[WasteStream, float]) -> str:
        return " ".join(f"{stream}={ratio:g}" for stream, ratio in sorted(value.items()))

    @field_validator("breaks", mode="before")
    @classmethod
    def _split_breaks(cls, value: object) -> object:
        return tuple(map(_break, value.split())) if isinstance(value, str) else value

    @field_serializer("breaks")
    def _join_breaks(self, value: tuple[Break, ...]) -> str:
        return " ".join(f"{b.earliest:%H:%M}-{b.latest:%H:%M}={b.duration_s // 60}" for b in value)

    @field_validator("break_rules", mode="before")
    @classmethod
    def _split_rules(cls, value: object) -> object:
        return tuple(map(_break_rule, value.split())) if isinstance(value, str) else value

    @field_serializer("break_rules")
    def _join_rules(self, value: tuple[BreakRule, ...]) -> str:
        return " ".join(map(_rule_text, value))

    @field_serializer("shift_start", "shift_end")
    def _clock(self, value: time) -> str:
        return f"{value:%H:%M}"

    @field_validator("shift_end")
    @classmethod
    def _after_start(cls, end: time, info: object) -> time:
        start = getattr(info, "data", {}).get("shift_start")
        if start is not None and end <= start:
            message = f"a time after shift_start {start:%H:%M}, the same day"
            raise ValueError(message)
        return end

    def vehicle(self) -> Vehicle:
        """Return the vehicle."""
        sizes = set(TruckDimensions.__slots__)
        values = {name: getattr(self, name) for name in type(self).model_fields}
        dimensions = TruckDimensions(**{name: values.pop(name) for name in sizes})
        shift = Shift(*(values.pop(name) for name in ("shift_start", "shift_end", "breaks", "break_rules")))
        return Vehicle(**values, shift=shift, dimensions=dimensions)

    @classmethod
    def of(cls, vehicle: Vehicle) -> Self:
        """Write a vehicle."""
        names = set(cls.model_fields) & set(Vehicle.__slots__)
        shift = {
            "shift_start": vehicle.shift.start,
            "shift_end": vehicle.shift.end,
            "breaks": vehicle.shift.breaks,
            "break_rules": vehicle.shift.break_rules,
        }
        return cls(**{name: getattr(vehicle, name) for name in names} | shift | asdict(vehicle.dimensions))


def _pair(part: str, example: str) -> tuple[str, str]:
    name, equals, value = part.partition("=")
    if not equals:
        message = f"pairs such as {example}"
        raise ValueError(message)
    return name, value


def _break(part: str) -> Break:
    window, minutes = _pair(part, "10:00-12:00=30 (earliest, latest, minutes)")
    earliest, _, latest = window.partition("-")
    return Break(time.fromisoformat(earliest), time.fromisoformat(latest), 60 * int(minutes))


def _break_rule(part: str) -> BreakRule:
    example = "work=6:00/20 or driving=4:30/45/15+30 (hours, minutes, parts)"
    counts, figures = _pair(part, example)
    after, *minutes = figures.split("/")
    hours, colon, rest = after.partition(":")
    if not colon or not 1 <= len(minutes) <= 2 or counts not in set(Counted):
        message = f"pairs such as {example}"
        raise ValueError(message)
    parts = tuple(60 * int(one) for one in minutes[1].split("+")) if minutes[1:] else ()
    rule = BreakRule(Counted(counts), 3_600 * int(hours) + 60 * int(rest), 60 * int(minutes[0]), parts)
    if min(rule.limit_s, rule.break_s, *parts, rule.break_s) <= 0:
        message = f"hours and minutes above 0, such as {example}"
        raise ValueError(message)
    return rule


def _rule_text(rule: BreakRule) -> str:
    hours, minutes = divmod(rule.limit_s // 60, 60)
    parts = "/" + "+".join(str(part // 60) for part in rule.parts) if rule.parts else ""
    return f"{rule.counts}={hours}:{minutes:02d}/{rule.break_s // 60}{parts}"
