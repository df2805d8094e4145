"""Encoded polylines, as road engines write lines of streets."""

from __future__ import annotations

import numpy as np

from optimizer.matrix import Line
from tournee.domain import Location


def decode_polyline(text: str, precision: float = 1e-6) -> Line:
    """Return the points of an encoded polyline (Google's algorithm, Valhalla's six decimals)."""
    numbers: list[int] = []
    value = shift = 0
    for character in text:
        chunk = ord(character) - 63
        value |= (chunk & 0x1F) << shift
        shift += 5
        if chunk < 0x20:
            numbers.append(~(value >> 1) if value & 1 else value >> 1)
            value = shift = 0
    steps = np.array(numbers, dtype=np.int64).reshape(-1, 2).cumsum(axis=0)
    return tuple(
        Location(round(lat * precision, 6), round(lon * precision, 6)) for lat, lon in steps.tolist()
    )
