"""A message -> what is kept of it: readings and services that passed the screen, refusals with their reason."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from collector.decoders.native import decode_native, named_bins
from collector.devices import Roll, SideValues
from collector.directory import Directory
from collector.inbox import Received
from collector.screening import Screen
from collector.sources import Sources
from collector.uplink import Uplink
from tournee.domain import MessageStatus, PostedMessage, Reading, Refusal, ServiceEvent
from tournee.errors import MessageRejected, RejectionReason
from tournee.settings import SourceSettings
from tournee.store import Batch, Store

type Opened = tuple[SourceSettings, Sequence[Uplink]] | MessageRejected
"""A network server's message out of its envelope."""


@dataclass(frozen=True, slots=True)
class Complaint:
    """A sensor's message that says nothing of its bin, and what it says nevertheless."""

    sensor_id: str
    why: str
    at: datetime
    said: SideValues | None = None


@dataclass(slots=True)
class Understood:
    """What a batch of messages says."""

    readings: list[Reading] = field(default_factory=list)
    services: list[ServiceEvent] = field(default_factory=list)
    refusals: list[Refusal] = field(default_factory=list)
    settled: list[PostedMessage] = field(default_factory=list)
    complaints: list[Complaint] = field(default_factory=list)

    @property
    def batch(self) -> Batch:
        """What one transaction keeps."""
        return Batch(self.readings, self.services, self.refusals, self.settled)


@dataclass
class Interpreter:
    """Reads messages against a directory of bins and sensors. For one thread.

    Whatever the bytes, a message becomes readings, a service or refusals; only the store's own errors leave here.
    """

    prefix: str
    screen: Screen
    sources: Sources
    directory: Directory = field(default_factory=Directory)
    roll: Roll = field(default_factory=Roll)

    def read(self, messages: Sequence[Received], store: Store) -> Understood:
        """Return what messages say, in their order, with a directory that knows whoever they name.

        Raises
        ------
        StoreUnavailable
            The store can't be asked who a bin or sensor is.
        """
        opened = self._opened(messages)
        self._look_up(messages, opened, store)
        return self._understood(messages, opened)

    def understand(self, messages: Sequence[Received]) -> Understood:
        """Return what messages say, in their order, to whom the directory is all there is."""
        return self._understood(messages, self._opened(messages))

    def kept(self, understood: Understood) -> None:
        """Call the roll of the sensors that spoke in a batch that is on disk."""
        for reading in understood.readings:
            self.roll.heard(reading)
        for one in understood.complaints:
            self.roll.refused(one.sensor_id, one.why, one.at, one.said)

    def hand_over_roll(self, store: Store) -> None:
        """Write down what sensors said of themselves since the last time; on an error it is kept for the next."""
        store.note_devices(self.roll.states())
        self.roll.clear()

    def refresh(self, store: Store) -> None:
        """Forget the directory where the town has changed: a sensor may have been moved, or measured anew."""
        version = store.network_version()
        if version != self.directory.version:
            self.directory = Directory(version=version)

    def forget(self) -> None:
        """Forget the directory: a bin that it knows is gone."""
        self.directory = Directory()

    def _opened(self, messages: Sequence[Received]) -> dict[int, Opened]:
        return {
            index: self._open(source, message)
            for index, message in enumerate(messages)
            if (source := self.sources.of(message))
        }

    def _understood(self, messages: Sequence[Received], opened: Mapping[int, Opened]) -> Understood:
        understood = Understood()
        for index, message in enumerate(messages):
            self._read(message, opened.get(index), understood)
        return understood

    def _open(self, source: SourceSettings, message: Received) -> Opened:
        try:
            self._check_size(message)
            return source, self.sources.uplinks(source, message)
        except MessageRejected as rejected:
            return rejected

    def _look_up(self, messages: Sequence[Received], opened: Mapping[int, Opened], store: Store) -> None:
        bin_ids: set[str] = set()
        device_ids: set[str] = set()
        for index, message in enumerate(messages):
            match opened.get(index):
                case None:
                    bin_ids |= named_bins(message, self.prefix)
                case (_, uplinks):
                    device_ids |= {uplink.device_id for uplink in uplinks}
                    bin_ids |= {uplink.bin_id for uplink in uplinks if uplink.bin_id}
        self.directory.learn(store, bin_ids, device_ids)

    def _read(self, message: Received, opened: Opened | None, into: Understood) -> None:
        kept, bad = len(into.readings), len(into.refusals)
        try:
            match opened:
                case None:
                    self._read_own(message, into)
                case MessageRejected():
                    raise opened
                case (source, uplinks):
                    self._read_uplinks(source, message, uplinks, into)
        except MessageRejected as rejected:
            self._refuse(message, rejected, into)
        if message.message_id:
            into.settled.append(_settled(message, len(into.readings) - kept, into.refusals[bad:]))

    def _read_own(self, message: Received, into: Understood) -> None:
        self._check_size(message)
        for said in decode_native(message, self.directory, self.prefix):
            match said:
                case Reading():
                    self._take(message, said, into)
                case ServiceEvent():
                    into.services.append(self.screen.service(message.topic, said, message.received_at))
                case MessageRejected():
                    self._refuse(message, said, into)

    def _read_uplinks(
        self, source: SourceSettings, message: Received, uplinks: Sequence[Uplink], into: Understood
    ) -> None:
        for uplink in uplinks:
            try:
                sighting = self.sources.sight(source, message, uplink, self.directory)
            except MessageRejected as rejected:
                self._refuse(message, rejected, into, _known_name(self.directory, uplink))
                continue
            if isinstance(sighting.reading, Reading):
                self._take(message, sighting.reading, into)
            else:
                name = sighting.sensor.sensor_id if sighting.sensor else ""
                self._refuse(message, sighting.reading, into, name, sighting.said)

    def _take(self, message: Received, reading: Reading, into: Understood) -> None:
        """Keep a reading that passes the screen; the next is held against it."""
        try:
            screened = self.screen.reading(message.topic, reading, self.directory.last.get(reading.bin_id))
        except MessageRejected as rejected:
            self._refuse(message, rejected, into, reading.sensor_id, reading)
            return
        into.readings.append(screened)
        self.directory.remember(screened)

    def _refuse(
        self,
        message: Received,
        why: MessageRejected,
        into: Understood,
        sensor_id: str = "",
        said: SideValues | None = None,
    ) -> None:
        payload = message.payload[: self.screen.settings.payload_max_bytes]
        into.refusals.append(Refusal(message.topic, payload, why.reason, why.detail, message.received_at))
        name = sensor_id or self._sensor_on(message.topic)
        if name:
            into.complaints.append(Complaint(name, f"{why.reason}: {why.detail}", message.received_at, said))

    def _sensor_on(self, topic: str) -> str:
        """Return the sensor of the bin that one of our own topics names."""
        sensor = self.directory.sensors.get(topic.rpartition("/")[2])
        return sensor.sensor_id if sensor else ""

    def _check_size(self, message: Received) -> None:
        most = self.screen.settings.payload_max_bytes
        if len(message.payload) > most:
            detail = f"{len(message.payload)} bytes, more than the {most} that are read"
            raise MessageRejected(message.topic, RejectionReason.TOO_LARGE, detail)


def _known_name(directory: Directory, uplink: Uplink) -> str:
    known = directory.devices.get(uplink.device_id.upper())
    return known.sensor.sensor_id if known else ""


def _settled(message: Received, kept: int, refusals: Sequence[Refusal]) -> PostedMessage:
    """Return what became of a message that came over HTTP; with one reading kept it is stored, whatever else was in it."""
    first = refusals[0] if refusals else None
    return PostedMessage(
        message.message_id,
        message.source,
        message.payload,
        message.received_at,
        MessageStatus.STORED if kept else MessageStatus.REFUSED,
        kept,
        first.reason if first else "",
        first.detail if first else "",
    )
