"""Our own JSON, as `tournee.messages` defines it."""

from __future__ import annotations

from collector.inbox import Directory, Received
from tournee.domain import Reading, ServiceEvent
from tournee.errors import MessageRejected, RejectionReason
from tournee.messages import Subject, decode_reading, decode_service, read_topic


def decode_native(message: Received, directory: Directory, prefix: str) -> Reading | ServiceEvent:
    """Return the reading or service in one of our own messages, or raise `MessageRejected`."""
    subject, bin_id = read_topic(prefix, message.topic)
    if bin_id not in directory:
        detail = f"there is no bin {bin_id!r}; import it, or correct the topic that the sensor publishes on"
        raise MessageRejected(message.topic, RejectionReason.UNKNOWN_BIN, detail)
    if subject is Subject.READINGS:
        sensor = directory.sensors[bin_id]
        return decode_reading(message.topic, message.payload, bin_id, sensor, message.received_at)
    return decode_service(message.topic, message.payload, bin_id)
