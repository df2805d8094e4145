"""Plausible? Fresh? Known? -> the reading, accepted or suspicious, or `MessageRejected`. Pure.

A reading is **refused** where it can't be a measurement of this bin at that time, **suspicious** where it can but nobody should
drive for it, **accepted** otherwise. What is put right in an accepted reading is said in its `quality_reason`.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime, timedelta, tzinfo

from collector.memory import LastReading
from tournee.domain import Quality, Reading, ServiceEvent
from tournee.errors import MessageRejected, RejectionReason
from tournee.settings import CollectorSettings

# A byte that was meant as signed: below zero arrives as 256 less the frost (MEASURED: 246 to 255).
UNSIGNED_MIN_C, UNSIGNED_MAX_C, UNSIGNED_SPAN_C = 206.0, 255.0, 256.0
CLOCK_SLACK = timedelta(minutes=5)
RANGES = {
    "distance_mm": (0.0, 20_000.0),
    "temperature_c": (-60.0, 125.0),
    "battery_v": (0.0, 30.0),
    "battery_level": (0.0, 1.0),
    "rssi_dbm": (-200.0, 50.0),
}


@dataclass(frozen=True, slots=True)
class Screen:
    """The rules of one town: its settings, and the zone of clocks that were set to local time."""

    settings: CollectorSettings
    zone: tzinfo

    def reading(self, topic: str, reading: Reading, last: LastReading | None) -> Reading:
        """Return the reading with its quality, its level at least 0.

        Parameters
        ----------
        last
            What the bin's sensor said before; None where it has said nothing yet.

        Raises
        ------
        MessageRejected
            The level leaves its range, the clock of the sensor can't be right, or the frame was heard before.
        """
        check_text(topic, reading.sensor_id)
        reading = self._in_time(topic, reading)
        self._check_level(topic, reading)
        if last is not None:
            self._check_frame(topic, reading, last)
        if reading.temperature_c is not None and UNSIGNED_MIN_C <= reading.temperature_c <= UNSIGNED_MAX_C:
            reading = _signed(reading)
        # Noise of a few points around empty is what good sensors do; it is no reason to lose them.
        if reading.fill_level < 0:
            reading = replace(reading, fill_level=0.0)
        doubt = _side_values(reading) or _tilt(reading) or (self._doubt(reading, last) if last else "")
        return replace(reading, quality=Quality.SUSPICIOUS, quality_reason=doubt) if doubt else reading

    def service(self, topic: str, service: ServiceEvent, received_at: datetime) -> ServiceEvent:
        """Return the service, or refuse it: its clock can't be right, or the level seen leaves its range."""
        check_text(topic, service.skip_reason + service.vehicle_id + service.plan_id)
        self._check_clock(topic, "served_at", service.served_at, received_at)
        seen = service.fill_level_seen
        if seen is not None and not seen <= self.settings.fill_level_max:
            detail = f"`fill_level_seen` {seen:g} is not between 0 and {self.settings.fill_level_max:g}"
            raise MessageRejected(topic, RejectionReason.OUT_OF_RANGE, detail)
        return service

    def _in_time(self, topic: str, reading: Reading) -> Reading:
        """Return the reading with a clock that can be right: one that says local time and calls it UTC is put right."""
        ahead = reading.measured_at - reading.received_at
        if ahead > timedelta(seconds=self.settings.future_max_s):
            offset = reading.received_at.astimezone(self.zone).utcoffset() or timedelta(0)
            if offset > timedelta(0) and abs(ahead - offset) <= CLOCK_SLACK:
                note = f"clock: local time sent as UTC, {offset} taken off"
                return replace(reading, measured_at=reading.measured_at - offset, quality_reason=note)
        self._check_clock(topic, "measured_at", reading.measured_at, reading.received_at)
        return reading

    def _check_clock(self, topic: str, name: str, said_at: datetime, received_at: datetime) -> None:
        if said_at > received_at + timedelta(seconds=self.settings.future_max_s):
            detail = (
                f"`{name}` {said_at.isoformat()} lies in the future; received at {received_at.isoformat()}"
            )
            raise MessageRejected(topic, RejectionReason.FROM_THE_FUTURE, detail)
        if said_at < received_at - timedelta(days=self.settings.age_max_days):
            detail = f"`{name}` {said_at.isoformat()} is more than {self.settings.age_max_days} days old"
            raise MessageRejected(topic, RejectionReason.TOO_OLD, detail)

    def _check_level(self, topic: str, reading: Reading) -> None:
        low, high = self.settings.fill_level_min, self.settings.fill_level_max
        if not low <= reading.fill_level <= high:
            detail = f"`fill_level` {reading.fill_level:g} is not between {low:g} and {high:g} (0 is empty, 1 is full)"
            raise MessageRejected(topic, RejectionReason.OUT_OF_RANGE, detail)

    def _check_frame(self, topic: str, reading: Reading, last: LastReading) -> None:
        first_at = last.first_of_frame(reading)
        if first_at is None or first_at == reading.measured_at:
            return  # the same instant is the same reading, which the store recognizes
        if abs(reading.measured_at - first_at) <= timedelta(seconds=self.settings.retransmission_max_s):
            detail = f"frame {reading.frame_counter} of {reading.sensor_id} was heard at {first_at.isoformat()} already"
            raise MessageRejected(topic, RejectionReason.RETRANSMITTED, detail)

    def _doubt(self, reading: Reading, last: LastReading) -> str:
        elapsed = reading.measured_at - last.reading.measured_at
        if elapsed <= timedelta(0):
            return ""  # it was overtaken: what came later says nothing of it
        return self._jump(reading, last.reading, elapsed) or self._stuck(reading, last)

    def _jump(self, reading: Reading, before: Reading, elapsed: timedelta) -> str:
        """Return why a level rose faster than people fill a bin; a second reading that says the same confirms it."""
        rise, hours = reading.fill_level - before.fill_level, elapsed / timedelta(hours=1)
        if rise <= self.settings.jump_max + self.settings.rise_max_per_hour * hours:
            return ""
        return f"jump: {before.fill_level:.2f} to {reading.fill_level:.2f} in {hours:.1f} h"

    def _stuck(self, reading: Reading, last: LastReading) -> str:
        """Return why an echo that never moves is none; a level without its distance may just be coarse."""
        days = self.settings.stuck_days
        if not days or reading.distance_mm is None or reading.fill_level != last.reading.fill_level:
            return ""
        is_moving = reading.fill_level == 0 or reading.measured_at - last.unchanged_since_at < timedelta(
            days=days
        )
        since = last.unchanged_since_at.isoformat(timespec="minutes")
        return "" if is_moving else f"stuck: {reading.distance_mm:g} mm since {since}"


def check_text(topic: str, text: str) -> None:
    """Refuse a text that not every database keeps: its message would be tried again for ever, and hold up all others."""
    if "\0" in text:
        raise MessageRejected(topic, RejectionReason.UNREADABLE, "a text in it holds the character NUL")


def _signed(reading: Reading) -> Reading:
    right = (reading.temperature_c or 0.0) - UNSIGNED_SPAN_C
    note = f"temperature: {reading.temperature_c:g} is a signed byte, {right:g}"
    reason = f"{reading.quality_reason}; {note}" if reading.quality_reason else note
    return replace(reading, temperature_c=right, quality_reason=reason)


def _side_values(reading: Reading) -> str:
    for name, (low, high) in RANGES.items():
        value = getattr(reading, name)
        if value is not None and not low <= value <= high:
            return f"range: `{name}` {value:g} is not between {low:g} and {high:g}"
    return ""


def _tilt(reading: Reading) -> str:
    return "tilt: the bin lies or its lid is open" if reading.is_tilted else ""
