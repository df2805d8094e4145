"""What is old turns into hours or goes; nothing is lost, nothing counted twice, whenever it is interrupted."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from threading import Event
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from collector.keeping import PART, limits, tidy, tidy_if_due
from tests.collector_fixtures import BINS, opened, stock
from tests.keeping_fixtures import hours, summed_up
from tests.postgres import EMPTY, Postgres
from tournee.domain import (
    Forecast,
    ForecastBasis,
    MessageStatus,
    PostedMessage,
    Quality,
    Reading,
    Refusal,
)
from tournee.settings import RetentionSettings
from tournee.store import Batch, Limits, Store, Tidied, keeping, slices
from tournee.store import hours as store_hours
from tournee.store.keeping import Keeping

NOW = datetime(2026, 11, 23, 12, tzinfo=UTC)
SETTINGS = RetentionSettings()
LIMITS = limits(SETTINGS, NOW)
OLD = LIMITS.raw_before - timedelta(days=3)
ALL = datetime(2020, 1, 1, tzinfo=UTC), datetime(2030, 1, 1, tzinfo=UTC)


@pytest.fixture
def town(any_store: Store) -> Store:
    """A store that knows the bins a to h."""
    return stock(any_store)


def reading(minutes: float, fill_level: float = 0.5, bin_id: str = "a", **more: Any) -> Reading:
    """Return a reading so many minutes after an old midnight."""
    at = OLD + timedelta(minutes=minutes)
    return replace(Reading(bin_id, at, at, fill_level), **more)


def tidied(store: Store, what: Limits = LIMITS) -> Tidied:
    return sum(store.tidy(what), Tidied())


def test_old_readings_become_hours(town: Store) -> None:
    old = [
        reading(10, 0.2, temperature_c=4.0),
        reading(50, 0.4),
        reading(55, 0.9, quality=Quality.SUSPICIOUS, temperature_c=31.0),
        reading(60, 0.5),
        reading(70, 0.6, "b", quality=Quality.SUSPICIOUS),
    ]
    kept = Reading("a", LIMITS.raw_before, NOW, 0.7)
    town.record(Batch([*old, kept]))
    assert town.overdue(LIMITS) == Tidied(readings=5)
    assert tidied(town) == Tidied(readings=5, hours=3)
    assert hours(town) == summed_up(old)
    assert town.readings_of("a", *ALL, limit=9) == (kept,)
    assert (town.counts().readings, town.overdue(LIMITS)) == (6, Tidied())
    assert tidied(town) == Tidied()


def test_a_late_reading_is_merged_into_its_hour(town: Store) -> None:
    first = [reading(30, 0.4), reading(31, 0.8, "b", quality=Quality.SUSPICIOUS)]
    late = [reading(20, 0.1), reading(40, 0.6, "b", temperature_c=-3.0)]
    later = [reading(50, 0.9), reading(10, 0.2, quality=Quality.SUSPICIOUS, temperature_c=9.0)]
    for batch in (first, late, later):
        town.record(Batch(batch))
        tidied(town)
    assert hours(town) == summed_up([*first, *late, *later])


def test_a_day_that_is_not_whole_yet_stays(town: Store) -> None:
    """Limits are midnights: what lies on the near side is left alone, to the millisecond."""
    last, first = LIMITS.raw_before - timedelta(milliseconds=1), LIMITS.raw_before
    town.record(Batch([Reading("a", last, NOW, 0.5), Reading("a", first, NOW, 0.6)]))
    assert tidied(town) == Tidied(readings=1, hours=1)
    assert [one.measured_at for one in town.readings_of("a", *ALL, limit=9)] == [first]


def test_the_frame_goes_on_where_readings_end(town: Store) -> None:
    old = [
        reading(10, 0.2),
        reading(50, 0.4),
        reading(55, 0.9, quality=Quality.SUSPICIOUS),
        reading(70, 0.3, "b"),
    ]
    new = [Reading("a", NOW, NOW, 0.8, quality=Quality.SUSPICIOUS)]
    town.record(Batch([*old, *new]))
    before = town.readings(["a", "b"], *ALL)
    tidied(town)
    frame = town.readings(["b", "a", "nobody"], *ALL)
    assert list(frame.itertuples(index=False, name=None)) == [
        ("a", old[1].measured_at, 0.4, "accepted"),
        ("a", NOW, 0.8, "suspicious"),
        ("b", old[3].measured_at, 0.3, "accepted"),
    ]
    assert list(frame.dtypes) == list(before.dtypes)
    assert len(town.readings(["a"], old[1].measured_at, NOW)) == 1
    assert town.readings(["a"], old[1].measured_at + timedelta(milliseconds=1), NOW).empty
    assert town.readings([], *ALL).empty


def many() -> list[Reading]:
    """Return readings of eight bins over four old days, more than one slice holds."""
    return [
        reading(minute, minute % 97 / 100, BINS[number], quality=list(Quality)[minute % 7 == 0])
        for number in range(8)
        for minute in range(0, 4 * 1_440, 20)
    ]


def test_stopped_between_any_two_slices_it_goes_on_where_it_was(
    town: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(slices, "SLICE_ROWS", 150)
    before = [one for one in many() if one.measured_at < LIMITS.raw_before]
    town.record(Batch(before))
    done, rounds = Tidied(), 0
    while town.overdue(LIMITS).rows:
        done += next(town.tidy(LIMITS))  # and never asked again
        rounds += 1
    assert rounds >= 3
    assert done.readings == len(before)
    assert hours(town) == summed_up(before)


def test_a_slice_that_fails_half_way_is_as_if_it_had_not_begun(
    town: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    class Cut(Exception):
        """The power."""

    def rolled_up_and_cut(*arguments: Any) -> int:
        roll_up(*arguments)
        raise Cut

    roll_up = store_hours.roll_up
    town.record(Batch([reading(10), reading(20)]))
    with monkeypatch.context() as patched:
        patched.setattr(keeping, "roll_up", rolled_up_and_cut)
        with pytest.raises(Cut):
            tidied(town)
    assert (hours(town), town.overdue(LIMITS)) == ({}, Tidied(readings=2))
    assert tidied(town).readings == 2


moments = st.integers(0, 3 * 1_440 * 4 - 1).map(lambda quarter: OLD + timedelta(seconds=15 * quarter))
levels = st.floats(0, 1.5)
old_readings = st.builds(
    lambda bin_id, at, level, quality, warmth: Reading(
        bin_id, at, at, level, temperature_c=warmth, quality=quality
    ),
    st.sampled_from("ab"),
    moments,
    levels,
    st.sampled_from(Quality),
    st.none() | st.floats(-40, 80),
)


@settings(
    max_examples=15,
    deadline=None,
    phases=[Phase.explicit, Phase.reuse, Phase.generate],
    suppress_health_check=[HealthCheck.too_slow],
)
@given(
    batches=st.lists(
        st.lists(old_readings, max_size=12, unique_by=lambda one: (one.bin_id, one.measured_at)), max_size=4
    )
)
def test_both_databases_make_the_same_hours_of_any_batches(
    postgres: Postgres, batches: list[list[Reading]]
) -> None:
    # Not shrunk: each try is a new database.
    seen = {(one.bin_id, one.measured_at): one for batch in reversed(batches) for one in reversed(batch)}
    fresh = [[one for one in batch if seen[one.bin_id, one.measured_at] is one] for batch in batches]
    with opened("sqlite://") as lite, opened(postgres.new_database(EMPTY)) as big:
        for store in (stock(lite), stock(big)):
            for batch in fresh:
                store.record(Batch(batch))
                tidied(store)
            assert hours(store) == summed_up(seen.values())
            assert store.counts().readings == len(seen)


def test_what_is_settled_closed_or_forgotten_goes(town: Store) -> None:
    long_ago, lately = NOW - timedelta(days=500), NOW - timedelta(days=1)
    refusals = [
        Refusal("t", bytes([n]), "unreadable", "", long_ago if n else lately, n + 1) for n in range(3)
    ]
    town.record(Batch(refusals=refusals))
    for number, status in enumerate((MessageStatus.WAITING, MessageStatus.STORED)):
        town.post_message(PostedMessage(f"old-{number}", "native", b"", long_ago, status))
        town.post_message(PostedMessage(f"new-{number}", "native", b"", lately, status))
    foreseen = Forecast(
        "a", long_ago, NOW, NOW, 0.5, ((0.5, 0.5),), 0.1, 1.0, 0.1, ForecastBasis.READINGS, None
    )
    town.save_forecasts([foreseen, replace(foreseen, made_at=lately)])
    expected = Tidied(refusals=2, messages=1, forecasts=1)
    assert town.overdue(LIMITS) == expected
    assert tidied(town) == expected
    assert [one.received_at for one in town.refusals(9)] == [lately]
    assert town.counts().refused == 6, "what was refused stays counted"
    assert [one.message_id for one in town.waiting_messages(9)] == ["old-0", "new-0"]
    assert town.posted_message("new-1")
    assert town.forecasts()["a"].made_at == lately


def test_more_than_one_handful_of_refusals_goes(town: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(keeping, "KEYS_AT_ONCE", 3)
    long_ago = NOW - timedelta(days=500)
    town.record(Batch(refusals=[Refusal("t", bytes([n]), "unreadable", "", long_ago) for n in range(10)]))
    assert tidied(town).refusals == 10


def test_it_is_done_once_a_night(town: Store) -> None:
    town.record(Batch([reading(10)]))
    helsinki, stop = ZoneInfo("Europe/Helsinki"), Event()
    done = tidy_if_due(town, SETTINGS, helsinki, NOW, stop)
    assert done == Tidied(readings=1, hours=1)
    assert town.heartbeats()[PART].detail == "1 readings became 1 hours."
    assert tidy_if_due(town, SETTINGS, helsinki, NOW + timedelta(hours=12), stop) is None
    assert tidy_if_due(town, SETTINGS, helsinki, NOW + timedelta(hours=14), stop) == Tidied()


def test_it_ends_when_it_is_told_to_and_is_due_again(town: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(slices, "SLICE_ROWS", 2)
    town.record(Batch([reading(minute) for minute in (0, 60, 1_440, 1_500, 2_880)]))
    stop = Event()
    stop.set()
    tidy_if_due(town, SETTINGS, ZoneInfo("UTC"), NOW, stop)
    assert PART not in town.heartbeats()
    heard: list[Tidied] = []
    rest = tidy(town, LIMITS, Event(), heard.append)
    assert (rest, len(town.readings(["a"], *ALL))) == (sum(heard, Tidied()), 5)
    assert 0 < rest.readings < 5


@pytest.fixture
def big(postgres: Postgres) -> str:
    """The address of an empty store on PostgreSQL."""
    return postgres.new_database(EMPTY)


def test_a_day_that_somebody_always_looks_at_stays_for_the_next_time(
    big: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(keeping, "DROP_TRIES", 2)
    monkeypatch.setattr("tournee.store.partitions.LOCK_WAIT_MS", 20)
    with opened(big) as store, opened(big) as other:
        stock(store).record(Batch([reading(10)]))
        with other._reads() as looking:
            looking.exec_driver_sql("SELECT count(*) FROM reading")
            assert tidied(store) == Tidied(busy_days=1)
        assert (hours(store), store.overdue(LIMITS).readings) == ({}, 1)
        assert tidied(store) == Tidied(readings=1, hours=1)


def test_a_reading_that_comes_while_its_day_is_rolled_up_is_not_dropped_with_it(
    big: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    roll_up, late = store_hours.roll_up, [reading(20, 0.9)]

    def rolled_up_with_company(*arguments: Any) -> int:
        touched = roll_up(*arguments)
        if late:
            other.record(Batch([late.pop()]))
        return touched

    monkeypatch.setattr(keeping, "roll_up", rolled_up_with_company)
    with opened(big) as store, opened(big) as other:
        stock(store).record(Batch([reading(10, 0.1)]))
        assert tidied(store) == Tidied(readings=2, hours=1)
        assert hours(store) == summed_up([reading(10, 0.1), reading(20, 0.9)])


def test_two_that_tidy_at_once_count_everything_once(big: str) -> None:
    with opened(big) as store, opened(big) as other:
        stock(store).record(Batch([reading(10), reading(1_450)]))
        one, two = store.tidy(LIMITS), Keeping.tidy(other, LIMITS)
        parts = [next(one), next(two), *one, *two]
        assert sum(parts, Tidied()).readings == 2
        assert len(hours(store)) == 2
