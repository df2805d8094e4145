"""Reading foreign JSON with care: a wrong type anywhere is a refusal that names the field, never another error."""

from __future__ import annotations

import binascii
import math
from base64 import b64decode
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

import msgspec

from tournee.errors import MessageRejected, RejectionReason

_decoder = msgspec.json.Decoder()
TEXT_MAX_CHARS = 200


@dataclass(frozen=True, slots=True)
class Envelope:
    """One JSON object of a message, and where in the message it stands."""

    topic: str
    values: Mapping[str, Any]
    path: str = ""

    @classmethod
    def of(cls, topic: str, payload: bytes) -> Envelope:
        """Return the object that a payload is, or raise `MessageRejected`."""
        try:
            values = _decoder.decode(payload)
        except (msgspec.DecodeError, UnicodeDecodeError) as broken:
            raise MessageRejected(topic, RejectionReason.UNREADABLE, str(broken)) from broken
        except RecursionError as deep:
            raise MessageRejected(topic, RejectionReason.UNREADABLE, "nested too deeply") from deep
        if not isinstance(values, dict):
            raise MessageRejected(topic, RejectionReason.UNREADABLE, "it is no JSON object")
        return cls(topic, values)

    def __contains__(self, name: str) -> bool:
        return self.values.get(name) is not None

    def part(self, name: str) -> Envelope:
        """Return the object under a name; absent is empty."""
        value = self.values.get(name)
        if not isinstance(value, dict | None):
            raise self.refused(name, "is no object")
        return Envelope(self.topic, value or {}, f"{self.path}{name}.")

    def parts(self, name: str) -> list[Envelope]:
        """Return the objects listed under a name; absent is none."""
        value = self.values.get(name)
        if value is None:
            return []
        if not isinstance(value, list) or not all(isinstance(each, dict) for each in value):
            raise self.refused(name, "is no list of objects")
        return [Envelope(self.topic, each, f"{self.path}{name}.") for each in value]

    def text(self, name: str, default: str | None = None) -> str:
        """Return the text under a name; without a default it must be there, and say something."""
        value = self.values.get(name, default)
        if value is None or (value == "" and default is None):
            raise self.refused(name, "is missing")
        if not isinstance(value, str) or len(value) > TEXT_MAX_CHARS:
            raise self.refused(name, f"is no text of at most {TEXT_MAX_CHARS} characters")
        return value

    def count(self, name: str, default: int = 0) -> int:
        """Return the whole number under a name; a server that omits it means the default."""
        value = self.values.get(name)
        if value is None:
            return default
        if isinstance(value, str) and value.isascii() and value.isdigit() and len(value) <= 10:
            return int(value)  # ThingPark writes numbers as text
        if isinstance(value, bool) or not isinstance(value, int) or not 0 <= value < 2**32:
            raise self.refused(name, "is no whole number from 0 to 4294967295")
        return value

    def number(self, name: str) -> float | None:
        """Return the finite number under a name; None where it is absent or says nothing."""
        value = self.values.get(name)
        try:
            number = float(value) if isinstance(value, int | float | str) else math.nan
        except (ValueError, OverflowError):
            return None
        return number if math.isfinite(number) else None

    def base64(self, name: str) -> bytes:
        """Return the bytes under a name; absent is none."""
        try:
            return b64decode(self._bytes_text(name), validate=True)
        except (ValueError, binascii.Error) as broken:
            raise self.refused(name, "is no base64") from broken

    def hex(self, name: str) -> bytes:
        """Return the bytes under a name, written in hexadecimal; absent is none."""
        try:
            return bytes.fromhex(self._bytes_text(name))
        except ValueError as broken:
            raise self.refused(name, "is no hexadecimal") from broken

    def _bytes_text(self, name: str) -> str:
        value = self.values.get(name)
        if not isinstance(value, str | None):
            raise self.refused(name, "is no text")
        return value or ""

    def instant(self, name: str) -> datetime | None:
        """Return the instant under a name: ISO 8601 with an offset, or milliseconds since 1970; absent is None."""
        value = self.values.get(name)
        if value is None or value == "":
            return None
        try:
            return _instant(value)
        except (ValueError, TypeError, OverflowError, OSError) as broken:
            raise self.refused(name, "is no instant with an offset, such as 2026-11-23T12:00:00Z") from broken

    def fields(self, name: str) -> Mapping[str, Any] | None:
        """Return what the server has decoded; None where it has decoded nothing."""
        value = self.values.get(name)
        return value if isinstance(value, dict) and value else None

    def refused(self, name: str, why: str) -> MessageRejected:
        """Return the refusal that names a field."""
        return MessageRejected(self.topic, RejectionReason.UNREADABLE, f"`{self.path}{name}` {why}")


def best(gateways: list[Envelope], *snr_names: str) -> tuple[float | None, float | None]:
    """Return rssi and snr of the gateway that heard the device best; None where nobody says."""
    heard = [(rssi, each) for each in gateways if (rssi := each.number("rssi")) is not None]
    if not heard:
        return None, None
    rssi, gateway = max(heard, key=lambda pair: pair[0])
    snrs = (gateway.number(name) for name in snr_names)
    return rssi, next((snr for snr in snrs if snr is not None), None)


def _instant(value: object) -> datetime:
    if isinstance(value, int | float) and not isinstance(value, bool):
        return datetime.fromtimestamp(value / 1_000, UTC)
    if not isinstance(value, str):
        raise TypeError
    try:
        said = datetime.fromisoformat(value)
    except ValueError:
        said = datetime.strptime(
            value, "%Y-%m%dT%H:%M:%S.%f%z"
        )  # a gateway of Milesight writes 2020-0327T...
    if said.tzinfo is None:
        raise ValueError(value)
    return said.astimezone(UTC)
