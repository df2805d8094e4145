"""What a reading is worth, held against what the same sensor said before."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from collector.memory import LastReading
from collector.screening import Screen
from tournee.domain import Quality, Reading
from tournee.errors import MessageRejected, RejectionReason
from tournee.settings import CollectorSettings

NOW = datetime(2026, 11, 23, 12, tzinfo=UTC)
SCREEN = Screen(CollectorSettings(), ZoneInfo("Europe/Helsinki"))


def reading(level: float = 0.2, hours_ago: float = 0.0, **values: Any) -> Reading:
    at = NOW - timedelta(hours=hours_ago)
    return replace(Reading("b1", at, NOW, level, "s1"), **values)


def screened(said: Reading, *before: Reading) -> Reading:
    """Return what becomes of a reading after others of the same bin."""
    last: LastReading | None = None
    for one in before:
        kept = SCREEN.reading("t", one, last)
        if last is None:
            last = LastReading(kept, kept.measured_at)
        else:
            last.follow(kept)
    return SCREEN.reading("t", said, last)


def test_a_reading_like_the_one_before_is_accepted_as_it_is() -> None:
    assert screened(reading(0.25), reading(0.2, 2)) == reading(0.25)


@pytest.mark.parametrize(
    ("level", "hours", "is_jump"), [(0.45, 1, False), (0.75, 1, True), (0.75, 4, False), (0.0, 1, False)]
)
def test_a_level_that_rises_faster_than_people_fill_it_is_suspicious(
    level: float, hours: float, is_jump: bool
) -> None:
    said = screened(reading(level), reading(0.2, hours))
    assert (said.quality is Quality.SUSPICIOUS) == is_jump
    assert said.quality_reason == (f"jump: 0.20 to {level:.2f} in {hours:.1f} h" if is_jump else "")


def test_a_second_reading_that_says_the_same_confirms_a_jump() -> None:
    assert screened(reading(0.82), reading(0.2, 2), reading(0.8, 1)).quality is Quality.ACCEPTED


def test_a_reading_that_was_overtaken_is_not_held_against_what_came_later() -> None:
    late = reading(0.9, 3)
    assert screened(late, reading(0.2, 1)) == late


def test_the_same_frame_again_is_refused_and_its_exact_repeat_is_left_to_the_store() -> None:
    first, second = reading(0.2, 1, frame_counter=7), reading(0.21, 0.5, frame_counter=8)
    assert screened(first, first, second) == first
    with pytest.raises(MessageRejected, match=r"frame 7 of s1 was heard at 2026-11-23T11:00") as refused:
        screened(reading(0.2, 0.9, frame_counter=7), first, second)
    assert refused.value.reason is RejectionReason.RETRANSMITTED


def test_a_counter_that_starts_anew_is_no_repeat() -> None:
    assert screened(reading(frame_counter=0), reading(0.2, 3, frame_counter=0)).quality is Quality.ACCEPTED
    other = reading(0.2, 0.1, frame_counter=0, sensor_id="s2")
    assert screened(reading(frame_counter=0), other).quality is Quality.ACCEPTED


def test_an_echo_that_stands_still_for_weeks_is_stuck() -> None:
    def days(count: int, **more: Any) -> list[Reading]:
        return [reading(0.4, 24.0 * day, **more) for day in range(count, 0, -1)]

    said = screened(reading(0.4, distance_mm=840), *days(15, distance_mm=840))
    assert said.quality is Quality.SUSPICIOUS
    assert said.quality_reason == "stuck: 840 mm since 2026-11-08T12:00+00:00"
    assert screened(reading(0.4, distance_mm=840), *days(13, distance_mm=840)).quality is Quality.ACCEPTED
    assert screened(reading(0.4), *days(15)).quality is Quality.ACCEPTED, "a level alone may be coarse"
    empty = [replace(one, fill_level=0.0) for one in days(15, distance_mm=1_200)]
    assert screened(reading(0.0, distance_mm=1_200), *empty).quality is Quality.ACCEPTED


def test_a_clock_set_to_local_time_is_put_right() -> None:
    said = screened(reading(hours_ago=-2))
    assert (said.measured_at, said.quality) == (NOW, Quality.ACCEPTED)
    assert said.quality_reason == "clock: local time sent as UTC, 2:00:00 taken off"
    with pytest.raises(MessageRejected, match="lies in the future"):
        screened(reading(hours_ago=-1.5))


@pytest.mark.parametrize(("said", "meant"), [(250.0, -6.0), (246.0, -10.0), (21.5, 21.5), (-6.0, -6.0)])
def test_frost_without_a_sign_is_put_right(said: float, meant: float) -> None:
    kept = screened(reading(temperature_c=said))
    assert (kept.temperature_c, kept.quality) == (meant, Quality.ACCEPTED)
    assert bool(kept.quality_reason) == (said != meant)


@pytest.mark.parametrize(
    ("values", "why"),
    [
        ({"is_tilted": True}, "tilt"),
        ({"temperature_c": 140.0}, "range: `temperature_c` 140 is not between -60 and 125"),
        ({"battery_v": -1.0}, "range: `battery_v`"),
        ({"battery_level": 1.2}, "range: `battery_level`"),
        ({"distance_mm": 65_535.0}, "range: `distance_mm`"),
        ({"rssi_dbm": float("nan")}, "range: `rssi_dbm`"),
    ],
)
def test_what_no_such_device_measures_is_kept_and_not_trusted(values: dict[str, Any], why: str) -> None:
    said = screened(reading(**values))
    assert said.quality is Quality.SUSPICIOUS
    assert said.quality_reason.startswith(why)


def test_tilt_that_is_over_is_trusted_again() -> None:
    assert screened(reading(is_tilted=False), reading(0.2, 1, is_tilted=True)).quality is Quality.ACCEPTED
