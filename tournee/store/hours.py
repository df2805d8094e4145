"""Readings become hours: what is known of a bin in an hour once its single readings are too old to be worth their place.

An hour is merged into one that is there already: a reading that came late adds to it, and nothing is counted twice as long as a
reading is rolled up in the transaction that drops it.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from sqlalchemy import Connection, text

HOUR_MS = 3_600_000

_GATHER = f"""
SELECT bin_key, measured_at / {HOUR_MS} * {HOUR_MS} AS hour_at,
  count(*) FILTER (WHERE quality = 'accepted') AS num_accepted,
  count(*) FILTER (WHERE quality <> 'accepted') AS num_suspicious,
  max(measured_at) FILTER (WHERE quality = 'accepted') AS last_measured_at,
  min(fill_level) FILTER (WHERE quality = 'accepted') AS min_fill_level,
  avg(fill_level) FILTER (WHERE quality = 'accepted') AS mean_fill_level,
  max(fill_level) FILTER (WHERE quality = 'accepted') AS max_fill_level,
  max(temperature_c) AS max_temperature_c
FROM reading WHERE {{which}} GROUP BY bin_key, measured_at / {HOUR_MS}
"""  # noqa: S608 - our own numbers and conditions
_NAMES = (
    "bin_key, hour_at, num_accepted, num_suspicious, last_measured_at, last_fill_level, "
    "min_fill_level, mean_fill_level, max_fill_level, max_temperature_c"
)
_EXTREMES = {"min_fill_level": "<", "max_fill_level": ">", "max_temperature_c": ">", "last_measured_at": ">"}


def _preferred(name: str, judged: str, order: str) -> str:
    """Return the change that takes the new value where it is judged better, or nothing was there."""
    new, kept = f"excluded.{judged}", f"reading_hour.{judged}"
    return f"{name} = CASE WHEN {new} {order} {kept} OR {kept} IS NULL THEN excluded.{name} ELSE reading_hour.{name} END"


_MEAN = (
    "mean_fill_level = CASE WHEN excluded.num_accepted = 0 THEN reading_hour.mean_fill_level "
    "WHEN reading_hour.num_accepted = 0 THEN excluded.mean_fill_level "
    "ELSE (reading_hour.mean_fill_level * reading_hour.num_accepted "
    "+ excluded.mean_fill_level * excluded.num_accepted) "
    "/ (reading_hour.num_accepted + excluded.num_accepted) END"
)
_CHANGES = ", ".join(
    [
        *(f"{name} = reading_hour.{name} + excluded.{name}" for name in ("num_accepted", "num_suspicious")),
        *(_preferred(name, name, order) for name, order in _EXTREMES.items()),
        _preferred("last_fill_level", "last_measured_at", ">"),
        _MEAN,
    ]
)
_ROLL_UP = f"""
INSERT INTO reading_hour ({_NAMES})
SELECT gathered.bin_key, hour_at, num_accepted, num_suspicious, last_measured_at, last.fill_level,
  min_fill_level, mean_fill_level, max_fill_level, max_temperature_c
FROM ({_GATHER}) AS gathered LEFT JOIN reading AS last
ON last.bin_key = gathered.bin_key AND last.measured_at = last_measured_at
  AND last.measured_at >= :since AND last.measured_at < :until
WHERE true ON CONFLICT (bin_key, hour_at) DO UPDATE SET {_CHANGES}
"""  # noqa: S608 - our own columns


def roll_up(connection: Connection, which: str, values: Mapping[str, Any]) -> int:
    """Merge the readings that fulfil a condition into their hours; return how many hours were touched.

    Parameters
    ----------
    which
        SQL over the columns of `reading`, with named parameters.
    values
        Its parameters; `since` and `until` bound its instants, in milliseconds.
    """
    return connection.execute(text(_ROLL_UP.format(which=which)), values).rowcount
