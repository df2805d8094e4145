"""Charts of reports as SVG: they stand inside the page, and need no script and no other file."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from math import ceil, cos, floor, log10, radians

from markupsafe import Markup

from tournee.domain import Location

WIDTH, HEIGHT = 720, 400
LEFT, RIGHT, TOP, BOTTOM = 64, 16, 14, 52

# Told apart without seeing colors, too: by the sign, and by the dashes (Okabe and Ito 2008).
STYLES = (
    ("#d55e00", "6 3", "M-4,-4h8v8h-8z"),
    ("#0072b2", "2 3", "M0,-5l5,9h-10z"),
    ("#cc79a7", "8 3 2 3", "M0,-5l5,5l-5,5l-5,-5z"),
    ("#56b4e9", "1 4", "M-5,-4h10l-5,9z"),
    ("#e69f00", "10 4", "M-5,-1h4v-4h2v4h4v2h-4v4h-2v-4h-4z"),
    ("#555555", "3 2", "M-4,-4l8,8M4,-4l-8,8"),
)
OURS = ("#00734d", "", "M0,-5a5,5 0 1,0 0.01,0z")
MARKED = ("#bcd6cb", "#f2b701", "#c21e1e")
"""Bins that never overflow, that do at times, and that do often."""


@dataclass(frozen=True, slots=True)
class Point:
    """A point of a line, and what it says when it is pointed at."""

    x: float
    y: float
    says: str


@dataclass(frozen=True, slots=True)
class Line:
    """A line with its name, and how it is drawn."""

    name: str
    points: Sequence[Point]
    style: tuple[str, str, str]


@dataclass(frozen=True, slots=True)
class Axis:
    """An axis: what it is called, where its ticks are and what stands there, and how a value lies on it, 0..1."""

    name: str
    ticks: Sequence[tuple[float, str]]
    place: Callable[[float], float]


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
    shift = 1e-3
    first, last = log10(shift), log10(max([*values, 0.01]) * 1.15 + shift)
    ticks = [tick for tick in (0.0, 0.003, 0.01, 0.03, 0.1, 0.3, 1.0, 3.0) if log10(tick + shift) <= last]
    return Axis(
        name,
        [(tick, write(tick)) for tick in ticks],
        lambda value: (log10(max(value, 0.0) + shift) - first) / (last - first),
    )


def lines_chart(lines: Sequence[Line], x: Axis, y: Axis) -> Markup:
    """Return lines between two axes, each with its sign, and their names below."""
    parts = [_grid(x, y)]
    for line in lines:
        color, dashes, sign = line.style
        at = [(_right(x.place(point.x)), _down(y.place(point.y)), point.says) for point in line.points]
        way = " ".join(f"{across:.1f},{down:.1f}" for across, down, _ in at)
        parts.append(
            Markup(
                '<polyline points="{}" fill="none" stroke="{}" stroke-width="2" stroke-dasharray="{}"/>'
            ).format(way, color, dashes)
        )
        parts += [
            Markup('<g transform="translate({:.1f} {:.1f})"><title>{}</title>{}</g>').format(
                across, down, says, _sign(color, sign)
            )
            for across, down, says in at
        ]
    return _framed(Markup("").join(parts), f"{y.name}, {x.name}") + _legend(lines)


def bars_chart(groups: Sequence[tuple[str, Sequence[Line]]], write: Callable[[float], str]) -> Markup:
    """Return bars side by side, a group to each name; a line's one point is a bar, none leaves its place empty."""
    values = [point.y for _, lines in groups for line in lines for point in line.points]
    y = span_axis("", [0.0, *values], write)
    parts = [_grid(Axis("", [], lambda value: value), y)]
    room = (WIDTH - LEFT - RIGHT) / max(len(groups), 1)
    for number, (name, lines) in enumerate(groups):
        wide = min(room * 0.8 / max(len(lines), 1), 48)
        first = LEFT + room * (number + 0.5) - wide * len(lines) / 2
        for at, line in enumerate(lines):
            for point in line.points:
                top = _down(y.place(point.y))
                parts.append(
                    Markup(
                        '<g><title>{}</title><rect x="{:.1f}" y="{:.1f}" width="{:.1f}" height="{:.1f}" fill="{}"/>'
                        '<text x="{:.1f}" y="{:.1f}" class="bar">{}</text></g>'
                    ).format(
                        point.says,
                        first + wide * at + 1,
                        top,
                        wide - 2,
                        HEIGHT - BOTTOM - top,
                        line.style[0],
                        first + wide * (at + 0.5),
                        top - 3,
                        write(point.y),
                    )
                )
        parts.append(
            Markup('<text x="{:.1f}" y="{}" class="tick middle">{}</text>').format(
                LEFT + room * (number + 0.5), HEIGHT - BOTTOM + 18, name
            )
        )
    named = {line.name: line for _, lines in groups for line in lines}
    return _framed(Markup("").join(parts), ", ".join(name for name, _ in groups)) + _legend(
        list(named.values())
    )


@dataclass(frozen=True, slots=True)
class Dot:
    """A bin on a map: where it is, how it is marked (0 to 2), and what it says when it is pointed at."""

    location: Location
    mark: int
    says: str


def map_chart(dots: Sequence[Dot], depot: Location, name: str) -> Markup:
    """Return a town seen from above, north up, with a bar that tells how far a kilometer is."""
    every = [*(dot.location for dot in dots), depot]
    middle = sum(place.lat for place in every) / len(every)
    shrink = cos(radians(middle))
    west, south = min(place.lon for place in every), min(place.lat for place in every)
    wide = max((max(place.lon for place in every) - west) * shrink, 1e-6)
    high = max(max(place.lat for place in every) - south, 1e-6)
    scale = min((WIDTH / 2 - 30) / wide, (HEIGHT - 40) / high)

    def at(place: Location) -> tuple[float, float]:
        return 15 + (place.lon - west) * shrink * scale, HEIGHT - 30 - (place.lat - south) * scale

    parts = [
        Markup(
            '<circle cx="{:.1f}" cy="{:.1f}" r="{}" fill="{}" stroke="#222" stroke-width=".5"><title>{}</title></circle>'
        ).format(*at(dot.location), 3 + dot.mark, MARKED[dot.mark], dot.says)
        for dot in sorted(dots, key=lambda one: one.mark)
    ]
    across, down = at(depot)
    parts.append(
        Markup('<rect x="{:.1f}" y="{:.1f}" width="10" height="10" fill="#222"/>').format(
            across - 5, down - 5
        )
    )
    kilometer = scale / 111.195
    parts.append(
        Markup(
            '<path d="M15,{0}h{1:.1f}" stroke="#222" stroke-width="2"/><text x="15" y="{2}" class="tick">1 km</text>'
        ).format(HEIGHT - 16, kilometer, HEIGHT - 4)
    )
    return Markup('<svg viewBox="0 0 {} {}" role="img" aria-label="{}">{}</svg>').format(
        WIDTH // 2, HEIGHT, name, Markup("").join(parts)
    )


def _right(share: float) -> float:
    return LEFT + share * (WIDTH - LEFT - RIGHT)


def _down(share: float) -> float:
    return HEIGHT - BOTTOM - share * (HEIGHT - BOTTOM - TOP)


def _sign(color: str, sign: str) -> Markup:
    return Markup('<path d="{}" fill="{}" stroke="{}"/>').format(sign, color, color)


def _grid(x: Axis, y: Axis) -> Markup:
    parts = []
    for value, text in y.ticks:
        down = _down(y.place(value))
        parts.append(
            Markup(
                '<path d="M{},{:.1f}H{}" class="grid"/><text x="{}" y="{:.1f}" class="tick end">{}</text>'
            ).format(LEFT, down, WIDTH - RIGHT, LEFT - 6, down + 4, text)
        )
    for value, text in x.ticks:
        across = _right(x.place(value))
        parts.append(
            Markup(
                '<path d="M{:.1f},{}V{}" class="grid"/><text x="{:.1f}" y="{}" class="tick middle">{}</text>'
            ).format(across, TOP, HEIGHT - BOTTOM, across, HEIGHT - BOTTOM + 18, text)
        )
    parts.append(
        Markup('<text x="{}" y="{}" class="axis middle">{}</text>').format(
            (LEFT + WIDTH - RIGHT) / 2, HEIGHT - 10, x.name
        )
    )
    parts.append(
        Markup('<text transform="translate(14 {}) rotate(-90)" class="axis middle">{}</text>').format(
            (TOP + HEIGHT - BOTTOM) / 2, y.name
        )
    )
    return Markup("").join(parts)


def _framed(inside: Markup, name: str) -> Markup:
    return Markup(
        '<div class="scroll"><svg class="chart" viewBox="0 0 {} {}" role="img" aria-label="{}">{}</svg></div>'
    ).format(WIDTH, HEIGHT, name, inside)


def _legend(lines: Sequence[Line]) -> Markup:
    entries = [
        Markup(
            '<li><svg viewBox="-8 -8 16 16" width="16" height="16" aria-hidden="true">{}</svg> {}</li>'
        ).format(_sign(line.style[0], line.style[2]), line.name)
        for line in lines
    ]
    return Markup('<ul class="legend">{}</ul>').format(Markup("").join(entries))
