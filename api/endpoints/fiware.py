"""The town as FIWARE entities, for context brokers and open-data portals."""

from __future__ import annotations

import json

from fastapi import APIRouter, Response

from api.deps import LimitQuery, OffsetQuery, StoreDep
from api.exports.fiware import waste_container

router = APIRouter(prefix="/fiware", tags=["fiware"])


@router.get("/waste-containers", response_class=Response)
def list_waste_containers(store: StoreDep, limit: LimitQuery = 100, offset: OffsetQuery = 0) -> Response:
    """List bins as NGSI-LD `WasteContainer` entities (key values), by id; the header counts all of them."""
    bins, forecasts = store.bins(), store.forecasts()
    page = bins[offset : offset + limit]
    last = store.last_readings([one.bin_id for one in page])
    readings = {bin_id: reading for bin_id, (reading, _) in last.items()}
    entities = [waste_container(one, readings.get(one.bin_id), forecasts.get(one.bin_id)) for one in page]
    return Response(
        json.dumps(entities, ensure_ascii=False),
        media_type="application/ld+json",
        headers={"NGSILD-Results-Count": str(len(bins))},
    )
