"""What arrives: raw messages, and the directory of bins they are held against."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import datetime

from tournee.domain import Sensor
from tournee.store import Store


@dataclass(frozen=True, slots=True)
class Received:
    """One message as it came off the wire.

    Parameters
    ----------
    packet_id, epoch
        What its acknowledgement needs: a packet id means something only within the connection it came by.
    """

    topic: str
    payload: bytes
    received_at: datetime
    packet_id: int = 0
    epoch: int = 0


@dataclass(frozen=True, slots=True)
class Directory:
    """The bins we know, each with its sensor where it has one."""

    sensors: Mapping[str, Sensor | None]

    def __contains__(self, bin_id: str) -> bool:
        return bin_id in self.sensors

    def asking(self, store: Store, bin_ids: Collection[str]) -> Directory:
        """Return a directory that also knows those of `bin_ids` that are in the store; what is known is not asked again."""
        strangers = [bin_id for bin_id in bin_ids if bin_id not in self.sensors]
        return Directory({**self.sensors, **store.sensors_of(strangers)}) if strangers else self
