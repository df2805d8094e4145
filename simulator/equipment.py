"""Containers and trucks of the simulated town, with the values of the trade."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import time

from tournee.domain import Break, Shift, TruckDimensions, Vehicle, WasteStream

# Loose densities in kg/m³. Source: EPA 2016, volume-to-weight conversion factors; biowaste within 235 to 450.
DENSITY_KG_PER_M3 = {
    WasteStream.RESIDUAL: 85.0,
    WasteStream.PACKAGING: 34.0,
    WasteStream.PAPER: 145.0,
    WasteStream.GLASS: 300.0,
    WasteStream.BIOWASTE: 300.0,
}


@dataclass(frozen=True, slots=True)
class ContainerType:
    """A kind of container, with the geometry a sensor in its lid sees."""

    name: str
    volume_l: float
    empty_distance_mm: float
    full_distance_mm: float
    service_time_s: int


LITTER_240 = ContainerType("litter bin 240 L", 240, 1_000, 200, 60)
SURFACE_240 = ContainerType("wheeled 240 L", 240, 1_000, 200, 60)
SURFACE_660 = ContainerType("wheeled 660 L", 660, 1_100, 250, 60)
SURFACE_1100 = ContainerType("wheeled 1,100 L", 1_100, 1_300, 250, 75)
COLUMN_3000 = ContainerType("column 3,000 L", 3_000, 1_700, 300, 180)

# Share of each stream's containers by kind.
CONTAINERS: dict[WasteStream, tuple[tuple[float, ContainerType], ...]] = {
    WasteStream.RESIDUAL: ((0.7, SURFACE_660), (0.3, SURFACE_1100)),
    WasteStream.PACKAGING: ((0.6, SURFACE_660), (0.4, SURFACE_1100)),
    WasteStream.PAPER: ((1.0, SURFACE_660),),
    WasteStream.GLASS: ((0.4, COLUMN_3000), (0.6, SURFACE_660)),
    WasteStream.BIOWASTE: ((1.0, SURFACE_240),),
}

_SHIFT = Shift(time(6), time(14), breaks=(Break(time(9, 30), time(11, 30), 1_800),))
# Compaction: residual 4 to 5, packaging 3 to 4, glass 1 (trade knowledge); paper as packaging's lower end.
_COMPACTION = {WasteStream.RESIDUAL: 4.5, WasteStream.PACKAGING: 3.5, WasteStream.PAPER: 3.0}


def make_vehicles(depot_id: str) -> tuple[Vehicle, ...]:
    """Return three trucks that together take every stream.

    The third changes stream in the course of its shift, so it must unload more than once.
    """
    large = TruckDimensions(length_m=9.5, width_m=2.5, height_m=3.6, weight_t=19.0, axle_load_t=10.0)
    small = TruckDimensions(length_m=8.2, width_m=2.4, height_m=3.5, weight_t=16.0, axle_load_t=9.0)
    return (
        _vehicle("truck-1", depot_id, (WasteStream.RESIDUAL,), (8_000.0, 18.0, large)),
        _vehicle("truck-2", depot_id, (WasteStream.PACKAGING, WasteStream.RESIDUAL), (8_000.0, 18.0, large)),
        _vehicle(
            "truck-3",
            depot_id,
            (WasteStream.PAPER, WasteStream.GLASS, WasteStream.BIOWASTE),
            (6_500.0, 14.0, small),
        ),
    )


def _vehicle(
    vehicle_id: str,
    depot_id: str,
    streams: tuple[WasteStream, ...],
    body: tuple[float, float, TruckDimensions],
) -> Vehicle:
    payload_kg, body_m3, dimensions = body
    name = f"{vehicle_id.replace('-', ' ').capitalize()} ({', '.join(streams)})"
    return Vehicle(
        vehicle_id=vehicle_id,
        depot_id=depot_id,
        name=name,
        waste_streams=frozenset(streams),
        payload_kg=payload_kg,
        body_m3=body_m3,
        shift=_SHIFT,
        compaction={stream: factor for stream, factor in _COMPACTION.items() if stream in streams},
        dimensions=dimensions,
    )
