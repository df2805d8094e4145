"""From when on things are kept, and when the house is tidied."""

from __future__ import annotations

from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import pytest

from collector.keeping import due_at, limits, sentence
from tournee.settings import RetentionSettings
from tournee.store import Tidied
from tournee.store.slices import SLICE_ROWS, OldRows, slices

HELSINKI = ZoneInfo("Europe/Helsinki")
HOUR = 3_600_000


def test_readings_are_kept_from_a_midnight_on() -> None:
    now = datetime(2026, 11, 23, 1, 30, tzinfo=HELSINKI)  # still the 22nd in UTC
    what = limits(RetentionSettings(raw_days=20, refusals_days=5), now)
    assert what.raw_before == datetime(2026, 11, 2, tzinfo=UTC)
    assert what.refusals_before == datetime(2026, 11, 18, 1, 30, tzinfo=HELSINKI)


@pytest.mark.parametrize(
    ("now", "due"),
    [
        ("2026-11-23T02:59+02:00", "2026-11-22T03:00+02:00"),
        ("2026-11-23T03:00+02:00", "2026-11-23T03:00+02:00"),
        ("2026-11-22T23:30+00:00", "2026-11-22T03:00+02:00"),
        ("2026-03-29T12:00+03:00", "2026-03-29T04:00+03:00"),  # the night without three o'clock
    ],
)
def test_tidying_is_due_at_an_hour_of_the_towns_day(now: str, due: str) -> None:
    assert due_at(datetime.fromisoformat(now), 3, HELSINKI) == datetime.fromisoformat(due)


def test_the_sentence_says_what_was_done_and_no_more() -> None:
    assert sentence(Tidied()) == "Nothing is old enough to go."
    done = Tidied(readings=1_200, hours=60, refusals=3, forecasts=2)
    assert sentence(done) == "1,200 readings became 60 hours; 3 refusals, 2 forecasts went."
    assert sentence(Tidied(readings=7), would=True) == "7 readings would become hours."
    assert sentence(Tidied(messages=1), would=True) == "1 messages would go."
    assert "stay for the next time" in sentence(Tidied(busy_days=2))


def test_a_slice_is_never_longer_than_a_short_transaction() -> None:
    before = datetime(2026, 11, 23, tzinfo=UTC)
    until = int(before.timestamp() * 1_000)
    few = [OldRows(key, 300, until - 9 * HOUR) for key in range(1, 21)]
    huge = OldRows(99, 5 * SLICE_ROWS, until - 500 * HOUR + 1)
    cut = list(slices([*few[:3], huge, *few[3:]], before))
    own = [one for one in cut if 99 in one.bin_keys]
    assert [one.bin_keys for one in own] == [[99]] * 5
    assert [one.until for one in own[:-1]] == [one.since for one in own[1:]]
    assert (own[0].since, own[-1].until) == (until - 500 * HOUR, until)
    assert all(one.since % HOUR == 0 for one in own)
    shared = [one for one in cut if 99 not in one.bin_keys]
    assert sorted(key for one in shared for key in one.bin_keys) == list(range(1, 21))
    assert max(len(one.bin_keys) for one in shared) * 300 <= SLICE_ROWS
