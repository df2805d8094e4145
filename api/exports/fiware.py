"""Bins -> FIWARE `WasteContainer` entities (NGSI-LD, key values), so that a city's other systems read them. Pure.

Smart Data Models, dataModel.WasteManagement, WasteContainer 0.3.0.
"""

from __future__ import annotations

from typing import Any

from tournee.domain import Bin, Forecast, Quality, Reading, WasteStream

CONTEXT = (
    "https://raw.githubusercontent.com/smart-data-models/dataModel.WasteManagement/master/context.jsonld"
)

STORED_WASTE_KIND = {
    WasteStream.RESIDUAL: "other",
    WasteStream.PACKAGING: "plastic",
    WasteStream.PAPER: "paper",
    WasteStream.GLASS: "glass",
    WasteStream.BIOWASTE: "organic",
}


def waste_container(one: Bin, reading: Reading | None, forecast: Forecast | None) -> dict[str, Any]:
    """Return a bin as an entity; what is not known is left out, as the model asks.

    `fillingLevel` lies between 0 and 1 there: an overflowing bin is full, and `status` says no more than we know.
    """
    return {
        "id": f"urn:ngsi-ld:WasteContainer:{one.bin_id}",
        "type": "WasteContainer",
        "location": {"type": "Point", "coordinates": [one.location.lon, one.location.lat]},
        "address": {"streetAddress": one.address, **({"district": one.district} if one.district else {})},
        "binId": one.bin_id,
        "isleId": one.place_id,
        "binCapacity": one.volume_l,
        "storedWasteKind": STORED_WASTE_KIND[one.waste_stream],
        "storedWasteOrigin": "municipal",
        **({"actuationHours": one.opening_hours} if one.opening_hours else {}),
        **(_measured(one, reading) if reading else {"status": "unknown"}),
        **_served(forecast),
        "@context": [CONTEXT],
    }


def _measured(one: Bin, reading: Reading) -> dict[str, Any]:
    level = min(max(reading.fill_level, 0.0), 1.0)
    return {
        "fillingLevel": round(level, 4),
        "cargoWeight": round(level * one.volume_l * one.density_kg_per_m3 / 1_000, 1),
        "binLoggedTime": reading.measured_at.isoformat(),
        "status": "ok" if reading.quality is Quality.ACCEPTED else "unknown",
        **({"temperature": reading.temperature_c} if reading.temperature_c is not None else {}),
        **({"refDevice": [f"urn:ngsi-ld:Device:{reading.sensor_id}"]} if reading.sensor_id else {}),
    }


def _served(forecast: Forecast | None) -> dict[str, Any]:
    if forecast is None or forecast.last_served_at is None:
        return {}
    return {"dateLastEmptying": forecast.last_served_at.isoformat()}
