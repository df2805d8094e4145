"""Charts of reports: what is drawn lies where its figure says."""

from __future__ import annotations

import pytest

from optimizer.reports.charts import span_axis, wide_axis


@pytest.mark.parametrize("values", [[0.0], [3.0, 3.0], [9.4, 12.5], [0.002, 0.007], [40.0, 410.0], []])
def test_axes_hold_every_value_between_round_ticks(values: list[float]) -> None:
    for axis in (span_axis("", values, str), wide_axis("", values, str)):
        assert all(-1e-9 <= axis.place(value) <= 1 + 1e-9 for value in values)
        assert all(-1e-9 <= axis.place(tick) <= 1 + 1e-9 for tick, _ in axis.ticks)
        assert 2 <= len(axis.ticks) <= 9
