"""Axes of charts: round ticks, and where between the ends of an axis a value lies."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from math import ceil, floor, log10

NEARLY_NOTHING = 1e-3
"""Added before a logarithm is taken: what a wide axis still tells apart from nothing."""


@dataclass(frozen=True, slots=True)
class Axis:
    """An axis: what it is called, where its ticks are and what stands there, and how a value lies on it, 0..1."""

    name: str
    ticks: Sequence[tuple[float, str]]
    place: Callable[[float], float]


def share_axis(name: str, write: Callable[[float], str]) -> Axis:
    """Return an axis of shares, from none to all."""
    return Axis(name, [(tick, write(tick)) for tick in (0.0, 0.25, 0.5, 0.75, 1.0)], lambda share: share)


def count_axis(name: str, texts: Sequence[str], ticks_max: int) -> Axis:
    """Return an axis on which things stand one after another; so many of them, at most, are written below it."""
    step = ceil(len(texts) / ticks_max)
    ticks = [(float(at), texts[at]) for at in range(0, len(texts), max(step, 1))]
    return Axis(name, ticks, lambda at: at / max(len(texts) - 1, 1))


def span_axis(name: str, values: Sequence[float], write: Callable[[float], str]) -> Axis:
    """Return an axis from a round figure below all values to one above."""
    low, high = min(values, default=0.0), max(values, default=0.0)
    rough = max(high - low, high / 10, 1e-9) / 4
    unit = 10 ** floor(log10(rough))
    step = next(unit * times for times in (1, 2, 5, 10) if unit * times >= rough * 0.999)
    first, last = floor(low / step), max(ceil(high / step), floor(low / step) + 1)
    ticks = [round(step * number, 9) for number in range(first, last + 1)]
    return Axis(
        name,
        [(tick, write(tick)) for tick in ticks],
        lambda value: (value - ticks[0]) / (ticks[-1] - ticks[0]),
    )


def wide_axis(name: str, values: Sequence[float], write: Callable[[float], str]) -> Axis:
    """Return an axis on which a hundredth and a whole one can both be read, and nothing as well."""
    first, last = log10(NEARLY_NOTHING), log10(max([*values, 0.01]) * 1.15 + NEARLY_NOTHING)
    every = (0.0, 0.003, 0.01, 0.03, 0.1, 0.3, 1.0, 3.0)
    return Axis(
        name,
        [(tick, write(tick)) for tick in every if log10(tick + NEARLY_NOTHING) <= last],
        lambda value: (log10(max(value, 0.0) + NEARLY_NOTHING) - first) / (last - first),
    )
