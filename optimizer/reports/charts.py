"""Charts of reports as SVG: they stand inside the page, and need no script and no other file."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import NamedTuple

from markupsafe import Markup

from optimizer.reports.axes import Axis, span_axis

WIDTH, HEIGHT = 720, 400
LEFT, RIGHT, TOP, BOTTOM = 64, 24, 14, 52
FLOOR = HEIGHT - BOTTOM
BAR_MAX = 48


class Style(NamedTuple):
    """How a line is drawn: its color, its dashes and its sign; bars and the legend have the color."""

    color: str
    dashes: str
    sign: str


# Told apart without seeing colors, too: by the sign, and by the dashes (Okabe and Ito 2008).
STYLES = (
    Style("#d55e00", "6 3", "M-4,-4h8v8h-8z"),
    Style("#0072b2", "2 3", "M0,-5l5,9h-10z"),
    Style("#cc79a7", "8 3 2 3", "M0,-5l5,5l-5,5l-5,-5z"),
    Style("#56b4e9", "1 4", "M-5,-4h10l-5,9z"),
    Style("#e69f00", "10 4", "M-5,-1h4v-4h2v4h4v2h-4v4h-2v-4h-4z"),
    Style("#555555", "3 2", "M-4,-4l8,8M4,-4l-8,8"),
)
OURS = Style("#00734d", "", "M0,-5a5,5 0 1,0 0.01,0z")


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
    style: Style


@dataclass(frozen=True, slots=True)
class Bar:
    """A bar with its name, how high it is, what it says when it is pointed at, and how it is drawn."""

    name: str
    value: float
    says: str
    style: Style


def lines_chart(lines: Sequence[Line], x: Axis, y: Axis) -> Markup:
    """Return lines between two axes, each with its sign, and their names below."""
    drawn = [_drawn(line, x, y) for line in lines]
    legend = {line.name: line.style for line in lines}
    return _framed([_grid(x, y), *drawn], f"{y.name}, {x.name}") + _legend(legend)


def bars_chart(groups: Sequence[tuple[str, Sequence[Bar]]], write: Callable[[float], str]) -> Markup:
    """Return bars side by side from nought up, each with its figure above, a group to each name."""
    y = span_axis("", [0.0, *(bar.value for _, bars in groups for bar in bars)], write)
    room = (WIDTH - LEFT - RIGHT) / max(len(groups), 1)
    parts = [_grid(Axis("", [], lambda value: value), y)]
    for number, (name, bars) in enumerate(groups):
        middle = LEFT + room * (number + 0.5)
        wide = min(room * 0.8 / max(len(bars), 1), BAR_MAX)
        for at, bar in enumerate(bars):
            across = middle + wide * (at - len(bars) / 2)
            parts.append(_standing(bar, (across, wide), _down(y.place(bar.value)), write(bar.value)))
        parts.append(_text(middle, FLOOR + 18, "tick middle", name))
    legend = {bar.name: bar.style for _, bars in groups for bar in bars}
    return _framed(parts, ", ".join(name for name, _ in groups)) + _legend(legend)


def _right(share: float) -> float:
    return LEFT + share * (WIDTH - LEFT - RIGHT)


def _down(share: float) -> float:
    return FLOOR - share * (FLOOR - TOP)


def _drawn(line: Line, x: Axis, y: Axis) -> Markup:
    at = [(_right(x.place(point.x)), _down(y.place(point.y))) for point in line.points]
    way = Markup('<polyline points="{}" fill="none" stroke="{}" stroke-width="2" stroke-dasharray="{}"/>')
    sign = Markup('<g transform="translate({:.1f} {:.1f})"><title>{}</title>{}</g>')
    signs = [
        sign.format(across, down, point.says, _sign(line.style))
        for (across, down), point in zip(at, line.points, strict=True)
    ]
    corners = " ".join(f"{across:.1f},{down:.1f}" for across, down in at)
    return Markup("").join([way.format(corners, line.style.color, line.style.dashes), *signs])


def _standing(bar: Bar, span: tuple[float, float], top: float, figure: str) -> Markup:
    across, wide = span
    box = Markup('<rect x="{:.1f}" y="{:.1f}" width="{:.1f}" height="{:.1f}" fill="{}"/>').format(
        across + 1, top, wide - 2, FLOOR - top, bar.style.color
    )
    return Markup("<g><title>{}</title>{}{}</g>").format(
        bar.says, box, _text(across + wide / 2, top - 3, "bar", figure)
    )


def _text(across: float, down: float, kind: str, says: str) -> Markup:
    return Markup('<text x="{:.1f}" y="{:.1f}" class="{}">{}</text>').format(across, down, kind, says)


def _sign(style: Style) -> Markup:
    return Markup('<path d="{}" fill="{}" stroke="{}"/>').format(style.sign, style.color, style.color)


def _grid(x: Axis, y: Axis) -> Markup:
    return Markup("").join([*_ticks(x, y), *_names(x, y)])


def _ticks(x: Axis, y: Axis) -> Iterator[Markup]:
    for value, text in y.ticks:
        down = _down(y.place(value))
        yield Markup('<path d="M{},{:.1f}H{}" class="grid"/>').format(LEFT, down, WIDTH - RIGHT)
        yield _text(LEFT - 6, down + 4, "tick end", text)
    for value, text in x.ticks:
        across = _right(x.place(value))
        yield Markup('<path d="M{:.1f},{}V{}" class="grid"/>').format(across, TOP, FLOOR)
        yield _text(across, FLOOR + 18, "tick middle", text)


def _names(x: Axis, y: Axis) -> Iterator[Markup]:
    if x.name:
        yield _text((LEFT + WIDTH - RIGHT) / 2, HEIGHT - 10, "axis middle", x.name)
    if y.name:
        turned = Markup('<text transform="translate(14 {}) rotate(-90)" class="axis middle">{}</text>')
        yield turned.format((TOP + FLOOR) / 2, y.name)


def _framed(parts: Sequence[Markup], name: str) -> Markup:
    return Markup(
        '<div class="scroll"><svg class="chart" viewBox="0 0 {} {}" role="img" aria-label="{}">{}</svg></div>'
    ).format(WIDTH, HEIGHT, name, Markup("").join(parts))


def _legend(styles: dict[str, Style]) -> Markup:
    entry = Markup(
        '<li><svg viewBox="-8 -8 16 16" width="16" height="16" aria-hidden="true">{}</svg> {}</li>'
    )
    entries = [entry.format(_sign(style), name) for name, style in styles.items()]
    return Markup('<ul class="legend">{}</ul>').format(Markup("").join(entries))
