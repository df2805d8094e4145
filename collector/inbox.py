"""What arrives: raw messages, and the directory of bins they are held against."""

from __future__ import annotations

from collections.abc import Mapping
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

    @classmethod
    def of(cls, store: Store) -> Directory:
        """Return the directory of everything in the store."""
        by_bin = {sensor.bin_id: sensor for sensor in store.sensors()}
        return cls({each.bin_id: by_bin.get(each.bin_id) for each in store.bins()})
