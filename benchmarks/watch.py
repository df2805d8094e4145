"""Looks for probes in a database, whoever writes them there, and notes when each was there.

It asks the driver and not the store: on two cores a look every 2 ms must cost next to nothing.
"""

from __future__ import annotations

import sqlite3
import time
from typing import Any

import numpy as np
import psycopg

LOOK_S = 0.002


class Watch:
    """The readings of one bin, as they become visible to others: after their commit.

    Parameters
    ----------
    url
        As `store.url`.
    """

    def __init__(self, url: str, bin_id: str) -> None:
        is_lite = url.startswith("sqlite")
        self._database: Any = (
            sqlite3.connect(url.removeprefix("sqlite:///"), isolation_level=None)
            if is_lite
            else psycopg.connect(url, autocommit=True)
        )
        mark = "?" if is_lite else "%s"
        key = self._ask(f"SELECT bin_key FROM bin WHERE bin_id = {mark}", (bin_id,))[0][0]  # noqa: S608 - our own words
        self._key, self._oldest = key, time.time_ns() // 1_000_000
        self._since = self._oldest
        self._query = f"SELECT measured_at FROM reading WHERE bin_key = {mark} AND measured_at > {mark}"  # noqa: S608
        self.seen: dict[int, float] = {}

    def look(self) -> None:
        """Look once, after a short pause."""
        time.sleep(LOOK_S)
        found = self._ask(self._query, (self._key, self._since))
        now = time.time() * 1_000
        for (at,) in found:
            self.seen.setdefault(at, now)
        if found:
            self._since = max(self._oldest, max(self.seen) - 1_000)  # messages may overtake one another

    def forget(self) -> None:
        """Look for later probes only from now on."""
        self._since = self._oldest = max(self.seen, default=self._since)
        self.seen.clear()

    def seconds(self) -> float:
        """Return how long it was from the first probe's instant to the last one's commit."""
        return (max(self.seen.values()) - min(self.seen)) / 1_000

    def latencies_ms(self, percentiles: list[float]) -> list[float]:
        """Return percentiles of how long the probes took."""
        return [
            float(value)
            for value in np.percentile([seen - at for at, seen in self.seen.items()], percentiles)
        ]

    def count(self) -> int:
        """Return how many readings there are, counted one by one: the store's own figure knows only what it wrote itself."""
        return int(self._ask("SELECT count(*) FROM reading", ())[0][0])

    def close(self) -> None:
        """Let go of the connection."""
        self._database.close()

    def _ask(self, query: str, values: tuple[object, ...]) -> list[Any]:
        rows: list[Any] = self._database.execute(query, values).fetchall()
        return rows
