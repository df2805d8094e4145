"""Tidying is killed again and again: in the end every reading is in its hour, once."""

from __future__ import annotations

from datetime import datetime, time, timedelta
from pathlib import Path

from tests.collector_fixtures import BINS, opened, running, stock, wait_for
from tests.keeping_fixtures import hours, summed_up
from tournee.clock import utc_now
from tournee.domain import Quality, Reading
from tournee.settings import RetentionSettings
from tournee.store import Batch

DAYS = 30


def old_readings() -> list[Reading]:
    """Return a month of readings, one in ten minutes of each bin, all of them past their time."""
    midnight = datetime.combine(utc_now(), time(), tzinfo=utc_now().tzinfo)
    first = midnight - timedelta(days=RetentionSettings().raw_days + DAYS + 2)
    return [
        Reading(bin_id, at, at, minute % 97 / 100, quality=list(Quality)[minute % 70 == 0])
        for minute in range(0, DAYS * 1_440, 10)
        for at in [first + timedelta(minutes=minute)]
        for bin_id in BINS
    ]


def test_killed_three_times_it_loses_nothing_and_counts_nothing_twice(any_url: str, tmp_path: Path) -> None:
    readings = old_readings()
    with opened(any_url) as store:
        stock(store)
        for start in range(0, len(readings), 5_000):
            store.record(Batch(readings[start : start + 5_000]))
        for _ in range(3):
            before = len(hours(store))
            with running(tmp_path, "tidy", TOURNEE_STORE__URL=any_url) as tidying:
                wait_for(lambda: len(hours(store)) > before, "an hour more")  # noqa: B023 - called in this round
                tidying.kill()
        assert len(hours(store)) < DAYS * 24 * len(BINS), "it was done before it was killed"
        with running(tmp_path, "tidy", TOURNEE_STORE__URL=any_url) as tidying:
            assert tidying.wait() == 0
        assert "became" in tidying.words()
        assert hours(store) == summed_up(readings)
        assert store.readings_of("a", readings[0].measured_at, utc_now(), limit=1) == ()
        assert store.counts().readings == len(readings)
