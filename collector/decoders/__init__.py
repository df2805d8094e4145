"""Bytes -> domain, one file per wire format; pure."""

from __future__ import annotations

from collector.decoders.native import decode_native
from collector.inbox import Directory, Received
from collector.screening import screen_reading, screen_service
from tournee.domain import Reading, ServiceEvent
from tournee.errors import MessageRejected, RejectionReason
from tournee.settings import CollectorSettings


def understand(
    message: Received, directory: Directory, prefix: str, settings: CollectorSettings
) -> Reading | ServiceEvent:
    """Return what a message says, decoded and screened.

    Raises
    ------
    MessageRejected
        It can't be read or believed; the only exception that leaves here, whatever the bytes.
    """
    _check_size(message, settings)
    said = decode_native(message, directory, prefix)
    if isinstance(said, Reading):
        return screen_reading(message.topic, said, settings)
    return screen_service(message.topic, said, message.received_at, settings)


def _check_size(message: Received, settings: CollectorSettings) -> None:
    if len(message.payload) > settings.payload_max_bytes:
        detail = f"{len(message.payload)} bytes, more than the {settings.payload_max_bytes} that are read"
        raise MessageRejected(message.topic, RejectionReason.TOO_LARGE, detail)
