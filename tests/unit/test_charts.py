"""Charts of reports: what is drawn lies where its figure says."""

from __future__ import annotations

import re
from xml.etree import ElementTree as ET

import pytest

from optimizer.reports.axes import count_axis, share_axis, span_axis, wide_axis
from optimizer.reports.charts import FLOOR, OURS, STYLES, TOP, Bar, Line, Point, bars_chart, lines_chart
from optimizer.reports.town_map import Dot, town_map
from tournee.domain import Location

HOSTILE = "<b>&'"


def attributes(drawn: str, tag: str, *names: str) -> list[tuple[str, ...]]:
    """Return attributes of every element of a kind, in the order they are drawn."""
    svg = ET.fromstring(re.findall(r"<svg.*?</svg>", drawn, re.DOTALL)[0])  # noqa: S314 - made by the chart under test
    return [tuple(one.attrib[name] for name in names) for one in svg.iter(tag)]


@pytest.mark.parametrize("values", [[0.0], [3.0, 3.0], [9.4, 12.5], [0.002, 0.007], [40.0, 410.0], []])
def test_axes_hold_every_value_between_round_ticks(values: list[float]) -> None:
    for axis in (span_axis("", values, str), wide_axis("", values, str)):
        assert all(-1e-9 <= axis.place(value) <= 1 + 1e-9 for value in values)
        assert all(-1e-9 <= axis.place(tick) <= 1 + 1e-9 for tick, _ in axis.ticks)
        assert 2 <= len(axis.ticks) <= 9


@pytest.mark.parametrize(
    ("days", "written"), [(0, []), (1, [0]), (9, list(range(9))), (20, [0, 3, 6, 9, 12, 15, 18])]
)
def test_of_many_days_some_are_written(days: int, written: list[int]) -> None:
    axis = count_axis("day", [str(day) for day in range(days)], 9)
    assert axis.ticks == [(day, str(day)) for day in written]
    assert [axis.place(at) for at in (0, max(days - 1, 1))] == [0, 1]


def test_a_point_lies_between_its_ticks_and_says_what_it_is() -> None:
    axis = share_axis("share", str)
    drawn = lines_chart([Line(HOSTILE, [Point(0, 0, HOSTILE), Point(1, 1, "top")], OURS)], axis, axis)
    assert attributes(drawn, "polyline", "points") == [(f"64.0,{FLOOR}.0 696.0,{TOP}.0",)]
    assert "<title>&lt;b&gt;&amp;&#39;</title>" in drawn
    assert HOSTILE not in drawn


def test_bars_stand_on_nought_as_high_as_they_say() -> None:
    """Of a group each bar has its place, and one that a group lacks leaves no name out of the legend."""
    few, many = Bar("few", 5.0, "5 km", OURS), Bar("many", 10.0, "10 km", STYLES[0])
    drawn = bars_chart([("week", [few, many]), ("day", [few])], lambda value: f"{value:g}")
    bars = [tuple(map(float, one)) for one in attributes(drawn, "rect", "x", "y", "width", "height")]
    assert [round(y + height) for _, y, _, height in bars] == [FLOOR] * 3
    assert [height for *_, height in bars] == [(FLOOR - TOP) / 2, FLOOR - TOP, (FLOOR - TOP) / 2]
    assert bars[0][0] + bars[0][2] < bars[1][0] < bars[2][0]
    assert re.findall(r"</svg> (\w+)</li>", drawn) == ["few", "many"]


def test_a_map_has_north_up_and_the_worst_on_top() -> None:
    north_west, south_east = Location(60.2, 24.9), Location(60.1, 25.1)
    drawn = town_map([Dot(south_east, 2, HOSTILE), Dot(north_west, 0, "dry")], south_east, "town")
    (left, top, _), (right, bottom, wide) = (
        tuple(map(float, one)) for one in attributes(drawn, "circle", "cx", "cy", "r")
    )
    assert (left < right, top < bottom, wide) == (True, True, 5)
    assert HOSTILE not in drawn


def test_a_kilometer_is_drawn_as_long_as_it_is() -> None:
    """A ninth of a degree of latitude is 12.36 km."""
    south, north = Location(60.0, 25.0), Location(60.0 + 1 / 9, 25.0)
    drawn = town_map([Dot(north, 0, "")], south, "town")
    ((_, down, _),) = attributes(drawn, "circle", "cx", "cy", "r")
    length = float(re.findall(r"M15,\d+h([\d.]+)", drawn)[0])
    assert (370 - float(down)) / length == pytest.approx(12.36, abs=0.05)
