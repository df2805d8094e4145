"""FIWARE notifications about `WasteContainer` entities, NGSI-v2 and NGSI-LD, normalized or key values.

Sources: FIWARE-NGSI v2, "Notification Messages"; ETSI GS CIM 009, 5.3.1 and 5.8.6; Smart Data Models, WasteContainer 0.3.0.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from collector.decoders.envelope import Envelope
from collector.uplink import Uplink

ENTITY = "wastecontainer"
LEVEL = "fillingLevel"


def decode_ngsi(topic: str, payload: bytes) -> tuple[Uplink, ...]:
    """Return one uplink for each container in a notification, or raise `MessageRejected`; a bare entity is read as well."""
    said = Envelope.of(topic, payload)
    entities = said.parts("data") if "data" in said else [said]
    if not entities:
        raise said.refused("data", "names no entity")
    notified_at = said.instant("notifiedAt")
    return tuple(_uplink(entity, notified_at) for entity in entities)


def _uplink(entity: Envelope, notified_at: datetime | None) -> Uplink:
    kind = entity.text("type")
    if kind.lower() != ENTITY:
        raise entity.refused("type", f"is {kind!r}, and only WasteContainer is read")
    values = {name: _value(each) for name, each in entity.values.items()}
    entity_id = entity.text("id")
    plain = Envelope(entity.topic, values, entity.path)
    return Uplink(
        device_id=entity_id,
        measured_at=_observed_at(entity, plain) or notified_at,
        f_cnt=None,
        f_port=None,
        payload=b"",
        fields={name: value for name, value in values.items() if value is not None},
        bin_id=entity_id.rpartition(":")[2],
    )


def _observed_at(entity: Envelope, plain: Envelope) -> datetime | None:
    """Return when the level was measured: its own stamp, else the entity's."""
    level = entity.values.get(LEVEL)
    if isinstance(level, dict):
        attribute = entity.part(LEVEL)
        if observed := attribute.instant("observedAt"):
            return observed
        metadata = attribute.part("metadata")
        if "TimeInstant" in metadata:
            return metadata.part("TimeInstant").instant("value")
    return plain.instant("binLoggedTime") or plain.instant("TimeInstant") or plain.instant("dateModified")


def _value(attribute: Any) -> Any:
    """Return what an attribute says, normalized or not."""
    if isinstance(attribute, Mapping) and "value" in attribute:
        value = attribute["value"]
        # A date of NGSI-LD is an object of its own: {"@type": "DateTime", "@value": "..."}
        return value.get("@value", value) if isinstance(value, Mapping) else value
    return attribute
