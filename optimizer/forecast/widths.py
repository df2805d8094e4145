"""By how much the intervals of a sensor that is not good are wider than a good one's: measured on its like, never narrower."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd

from optimizer.forecast.calendar import Floats
from optimizer.forecast.days import Days, rows_of
from optimizer.forecast.rates import Memory, rolling
from optimizer.forecast.spread import RESIDUALS_MIN, errors
from optimizer.history import History
from tournee.domain import Grade

WIDER = {Grade.GOOD: 1.0, Grade.FAIR: 1.15, Grade.POOR: 1.4, Grade.SILENT: 1.0}
"""Where too few residuals say by how much. A silent sensor's interval grows with the time since it spoke."""

WIDTH_MAX = 3.0
BULK = 0.9
"""Share of residuals whose size is compared between grades."""


@dataclass(frozen=True, slots=True)
class Widths:
    """The width of each grade, and the grade of each bin that has a sensor."""

    by_grade: dict[str, float]
    grades: pd.Series

    def of(self, bin_ids: pd.Index) -> Floats:
        """Return the width of each bin; one without a sensor has that of a good one, its spread being of its own kind."""
        made = self.grades.reindex(bin_ids).map(self.by_grade).fillna(1.0).to_numpy()
        return np.asarray(made, dtype=np.float64)


def widths(history: History, days: Days, factor: Floats, memory: Memory) -> Widths:
    """Return how wide each grade's intervals are, from residuals a day ahead: a poorer grade is never narrower."""
    known = history.sensors.set_index("bin_id")["grade"].astype("str")
    grades = np.full(len(days.bin_ids), "", dtype=object)
    rows = rows_of(history.sensors["bin_id"], days.bin_ids)
    grades[rows[rows >= 0]] = known.to_numpy(dtype=object)[rows >= 0]
    made = {one.value: wide for one, wide in WIDER.items()}
    if days.calendar.num_days > 2:
        found = errors(days, factor, rolling(days, factor, memory), 1)
        sizes, of = np.abs(found.standardized), grades[found.rows]
        good = sizes[of == Grade.GOOD.value]
        least = 1.0
        for grade in (Grade.FAIR, Grade.POOR):
            own = sizes[of == grade.value]
            if min(len(own), len(good)) >= RESIDUALS_MIN:
                ratio = np.quantile(own, BULK) / max(np.quantile(good, BULK), 1e-6)
                made[grade.value] = float(np.clip(ratio, least, WIDTH_MAX))
            least = made[grade.value] = max(made[grade.value], least)
    return Widths(made, known)
