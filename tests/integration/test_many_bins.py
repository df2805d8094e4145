"""Questions about many bins at once are answered by columns, and come to the same as one by one."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

from tests.towns import town
from tournee.domain import LatestLevel, Quality, Reading
from tournee.store import Batch, Store

NOON = datetime(2026, 11, 23, 12, tzinfo=UTC)
IDS = [f"bin-{number:04}" for number in range(1_200)]  # more than one query has parameters for


def stock(store: Store) -> None:
    network = town("D--a--F").network
    bins = tuple(replace(network.bins[0], bin_id=bin_id) for bin_id in IDS)
    store.save_network(replace(network, bins=bins, sensors=()))


def reading(number: int) -> Reading:
    """Return a reading that has, over all numbers, every value of every field and none."""
    at = NOON - timedelta(milliseconds=number * 1_001)
    full = Reading(
        IDS[number], at, at + timedelta(milliseconds=7), number / 1_000, f"s-{number}", 812.5, -3.25, 3.6,
        Quality.SUSPICIOUS, "jump", 0.75, is_tilted=number % 2 == 0, rssi_dbm=-112.0, frame_counter=2**31 + number,
    )  # fmt: skip
    return full if number % 3 else Reading(IDS[number], at, at, number / 1_000)


def test_latest_readings_have_every_field_as_it_was(any_store: Store) -> None:
    stock(any_store)
    assert any_store.latest_readings() == {}
    said = [reading(number) for number in range(len(IDS))]
    any_store.record(Batch(said))
    latest = any_store.latest_readings()
    assert latest == {one.bin_id: one for one in said}
    assert {type(one.is_tilted) for one in latest.values()} == {bool, type(None)}
    assert hash(latest[IDS[1]]) == hash(said[1])
    page = any_store.latest_readings(limit=2, offset=3)
    assert list(page.values()) == said[3:5]
    assert any_store.num_measured() == len(IDS)


def test_latest_levels_are_those_of_the_latest_readings(any_store: Store) -> None:
    stock(any_store)
    assert any_store.latest_levels() == {}
    any_store.record(Batch([reading(number) for number in range(len(IDS))]))
    assert any_store.latest_levels() == {
        bin_id: LatestLevel(one.measured_at, one.fill_level, one.quality)
        for bin_id, one in any_store.latest_readings().items()
    }


def test_the_frame_of_many_bins_is_sorted_and_has_those_asked_for(any_store: Store) -> None:
    stock(any_store)
    said = [reading(number) for number in range(len(IDS))]
    earlier = [replace(one, measured_at=one.measured_at - timedelta(days=3)) for one in said]
    any_store.record(Batch([*said, *earlier]))
    asked = [*IDS[:600][::-1], IDS[700]]
    frame = any_store.readings(asked, NOON - timedelta(days=9), NOON + timedelta(1))
    expected = sorted(
        (one.bin_id, one.measured_at, one.fill_level, one.quality.value)
        for one in [*said, *earlier]
        if one.bin_id in set(asked)
    )
    assert list(frame.itertuples(index=False, name=None)) == expected
    assert any_store.readings(asked, NOON - timedelta(days=9), NOON - timedelta(days=8)).empty
