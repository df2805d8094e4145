"""What readings should become when they are rolled up, and what they became."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime

import pytest
from sqlalchemy import select

from tournee import tables
from tournee.domain import Quality, Reading
from tournee.store import Store


def hours(store: Store) -> dict[tuple[str, datetime], dict[str, object]]:
    """Return every hour there is, by bin and start."""
    query = select(tables.bin_.c.bin_id, tables.reading_hour).join_from(tables.reading_hour, tables.bin_)
    with store._reads() as connection:
        rows = [dict(row) for row in connection.execute(query).mappings()]
    return {(row.pop("bin_id"), row.pop("hour_at")): row for row in rows if row.pop("bin_key")}


def summed_up(readings: Iterable[Reading]) -> dict[tuple[str, datetime], dict[str, object]]:
    """Return what hours of these readings should say."""
    grouped: dict[tuple[str, datetime], list[Reading]] = {}
    for one in sorted(readings, key=lambda one: one.measured_at):
        start = one.measured_at.replace(minute=0, second=0, microsecond=0)
        grouped.setdefault((one.bin_id, start), []).append(one)
    return {key: _summary(some) for key, some in grouped.items()}


def _summary(some: Sequence[Reading]) -> dict[str, object]:
    good = [one for one in some if one.quality is Quality.ACCEPTED]
    levels = [one.fill_level for one in good]
    return {
        "num_accepted": len(good),
        "num_suspicious": len(some) - len(good),
        "last_measured_at": good[-1].measured_at if good else None,
        "last_fill_level": good[-1].fill_level if good else None,
        "min_fill_level": min(levels, default=None),
        "mean_fill_level": pytest.approx(sum(levels) / len(levels)) if levels else None,
        "max_fill_level": max(levels, default=None),
        "max_temperature_c": max(
            (one.temperature_c for one in some if one.temperature_c is not None), default=None
        ),
    }
