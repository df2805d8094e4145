"""What a demo came to: figures for people, files for programs."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from time import perf_counter

from tournee.cli.desk import Desk
from tournee.domain import Plan, Wish
from tournee.store import Counts

EXPORTS = ("gpx", "geojson", "csv")
PUBLICATION = ("status", "published_at", "published_by")


@dataclass
class Stopwatch:
    """Seconds per named step; a step that comes again adds up."""

    seconds: dict[str, float] = field(default_factory=dict)

    @contextmanager
    def step(self, name: str) -> Iterator[None]:
        """Time what happens inside."""
        start = perf_counter()
        try:
            yield
        finally:
            self.seconds[name] = round(self.seconds.get(name, 0.0) + perf_counter() - start, 3)


@dataclass(frozen=True, slots=True)
class Outcome:
    """The demo in figures. Readings stored, repeated and refused add up to readings sent.

    Parameters
    ----------
    overflow_bin_hours
        Over all bins of the town and the whole of the simulated time, as the town knows it.
    """

    plan: Plan
    num_bins: int
    readings_sent: int
    counts: Counts
    refused_by_reason: dict[str, int]
    services_sent: int
    overflow_bin_hours: float
    violations: int
    seconds: dict[str, float]

    @property
    def minutes(self) -> float:
        """Working time of all vehicles."""
        return sum(route.duration_s for route in self.plan.routes) / 60

    @property
    def is_sound(self) -> bool:
        """Whether the verifier found nothing in any plan of the demo."""
        return self.violations == 0

    def summary(self) -> dict[str, object]:
        """Return the figures by name, as `summary.json` has them."""
        return {
            "plan_id": self.plan.plan_id,
            "service_date": self.plan.service_date.isoformat(),
            "published_by": self.plan.published_by,
            "bins": self.num_bins,
            "readings": {
                "sent": self.readings_sent,
                "stored": self.counts.readings,
                "repeated": self.counts.duplicates,
                "refused": self.counts.refused,
                "refused_by_reason": self.refused_by_reason,
            },
            "services": {"sent": self.services_sent, "stored": self.counts.services},
            "stops": sum(1 for _ in self.plan.services()),
            "trips": sum(len(route.trips) for route in self.plan.routes),
            "unassigned": len(self.plan.unassigned),
            "km": round(self.plan.distance_m / 1_000, 3),
            "minutes": round(self.minutes, 1),
            "overflow_bin_hours": round(self.overflow_bin_hours, 2),
            "violations": self.violations,
            "seconds": self.seconds,
        }

    def sentences(self) -> Iterator[str]:
        """Yield the figures as a person would say them."""
        counts = self.counts
        yield (
            f"{self.readings_sent:,} readings of {self.num_bins} bins sent: {counts.readings:,} stored, "
            f"{counts.duplicates:,} repeats recognized, {counts.refused:,} refused with a reason."
        )
        for route in self.plan.routes:
            hours, minutes = divmod(round(route.duration_s / 60), 60)
            yield (
                f"{route.vehicle_name}: {_many(len(route.services), 'bin')} in {_many(len(route.trips), 'trip')}, "
                f"{route.distance_m / 1_000:.1f} km, {hours} h {minutes:02}."
            )
        yield f"{left(self.plan)}, each with its reason; {self.violations} rules broken."


def left(plan: Plan) -> str:
    """Say which bins a plan leaves: those that it ought not to leave apart from those that may wait."""
    must = sum(unassigned.wish is Wish.MUST for unassigned in plan.unassigned)
    waiting = f"{len(plan.unassigned) - must} more may wait"
    if must:
        return f"{_many(must, 'bin')} that must be emptied left, {waiting}"
    return f"Every bin that must be emptied is served, {waiting}"


def _many(number: int, thing: str) -> str:
    return f"{number} {thing}{'' if number == 1 else 's'}"


def write_outcome(outcome: Outcome, desk: Desk, out: Path) -> None:
    """Write the plan, its map, the exports of each route and the figures into a folder.

    `plan.json` says what was decided, and is the same for the same seed; who published it, and when, is in `summary.json`.
    """
    out.mkdir(parents=True, exist_ok=True)
    address = f"/plans/{outcome.plan.plan_id}"
    decided = json.loads(desk.text(address))
    for name in PUBLICATION:
        decided.pop(name, None)
    _write_json(out / "plan.json", decided)
    (out / "map.html").write_text(desk.text(f"{address}/map.html"), encoding="utf-8")
    for route in outcome.plan.routes:
        for kind in EXPORTS:
            content = desk.text(f"{address}/routes/{route.vehicle_id}.{kind}")
            (out / f"{route.vehicle_id}.{kind}").write_text(content, encoding="utf-8", newline="")
    _write_json(out / "summary.json", outcome.summary())


def _write_json(path: Path, value: object) -> None:
    path.write_text(json.dumps(value, indent=2, ensure_ascii=False) + "\n", encoding="utf-8")
