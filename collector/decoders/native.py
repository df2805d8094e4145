"""Our own JSON, as `tournee.messages` defines it: one reading, a list of them, or a service."""

from __future__ import annotations

from collections.abc import Iterator

from collector.directory import Directory
from collector.inbox import Received
from tournee.domain import Reading, ServiceEvent
from tournee.errors import MessageRejected, RejectionReason
from tournee.messages import (
    ReadingMessage,
    Subject,
    decode_list,
    decode_reading,
    decode_service,
    is_list,
    read_topic,
    reading_of,
)

POSTED_TOPIC = "http/native"


def decode_native(
    message: Received, directory: Directory, prefix: str
) -> Iterator[Reading | ServiceEvent | MessageRejected]:
    """Yield what one of our own messages says, each of its readings by itself: a bad one does not spoil the others.

    Raises
    ------
    MessageRejected
        The message as a whole can't be read.
    """
    subject, bin_id = _address(message, prefix)
    if subject is Subject.SERVICES:
        _check_known(message.topic, bin_id, directory)
        yield decode_service(message.topic, message.payload, bin_id)
    elif is_list(message.payload):
        for number, payload in enumerate(decode_list(message.topic, message.payload), start=1):
            yield _of_list(message, number, payload, bin_id, directory)
    else:
        yield _reading(message, decode_reading(message.topic, message.payload), bin_id, directory)


def named_bins(message: Received, prefix: str) -> set[str]:
    """Return the bins that one of our own messages may be about, to look them up ahead; it may be any bytes at all."""
    try:
        _, bin_id = _address(message, prefix)
        if bin_id:
            return {bin_id}
        topic, payload = message.topic, message.payload
        payloads = decode_list(topic, payload) if is_list(payload) else [payload]
    except MessageRejected:
        return set()
    return {bin_id for each in payloads if (bin_id := _named(message.topic, each))}


def _named(topic: str, payload: bytes) -> str:
    try:
        return decode_reading(topic, payload).bin_id
    except MessageRejected:
        return ""


def _address(message: Received, prefix: str) -> tuple[Subject, str]:
    return (Subject.READINGS, "") if message.topic == POSTED_TOPIC else read_topic(prefix, message.topic)


def _of_list(
    message: Received, number: int, payload: bytes, bin_id: str, directory: Directory
) -> Reading | MessageRejected:
    try:
        return _reading(message, decode_reading(message.topic, payload), bin_id, directory)
    except MessageRejected as bad:
        return MessageRejected(bad.topic, bad.reason, f"reading {number} of the list: {bad.detail}")


def _reading(message: Received, said: ReadingMessage, bin_id: str, directory: Directory) -> Reading:
    bin_id = bin_id or said.bin_id
    if not bin_id:
        detail = "`bin_id` is missing: a reading names its bin, or stands on the topic of one"
        raise MessageRejected(message.topic, RejectionReason.UNREADABLE, detail)
    _check_known(message.topic, bin_id, directory)
    return reading_of(message.topic, said, bin_id, directory.sensors[bin_id], message.received_at)


def _check_known(topic: str, bin_id: str, directory: Directory) -> None:
    if bin_id not in directory.sensors:
        detail = f"there is no bin {bin_id!r}; import it, or correct the topic that the sensor publishes on"
        raise MessageRejected(topic, RejectionReason.UNKNOWN_BIN, detail)
