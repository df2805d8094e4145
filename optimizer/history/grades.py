"""How far each sensor can be relied on, and why: what widens its forecasts, and what people are shown."""

from __future__ import annotations

import numpy as np
import pandas as pd

from optimizer.history.echoes import SECONDS_PER_DAY, Echoes
from optimizer.history.series import Floats, Series
from tournee.domain import Grade

SILENT_DAYS = 2.0
"""A sensor that said nothing for longer than this before the last reading of the fleet is silent."""

GOOD_MAX, FAIR_MAX = 0.02, 0.10
"""Share of phantom echoes up to which a sensor is good, and fair; the same bounds as for messages in `DeviceState.grade`."""

DRIFT_FAIR, DRIFT_POOR = 0.06, 0.15
"""How far apart the sensor has seen the empty bin, in fractions of the volume."""


def grades(series: Series, echoes: Echoes, step: Floats) -> pd.DataFrame:
    """Return a row per bin with a sensor.

    Columns bin_id, grade, step (of coarse levels, NaN where measured), and what the grade stands on: num_readings, phantom_share,
    drift (how far the level of the empty bin has moved), is_stuck, silent_days (behind the fleet's last reading).
    """
    starts, size = series.starts, len(series.bin_ids)
    number = np.diff(starts)
    hidden = np.bincount(series.codes, weights=~(echoes.is_clear | echoes.is_stuck), minlength=size)
    last = starts[1:] - 1
    silent = (series.at_s.max(initial=0) - series.at_s[last]) / SECONDS_PER_DAY
    share = hidden / number
    drift = np.abs(echoes.empties[last])
    stuck = echoes.is_stuck[last]
    poor = (share > FAIR_MAX) | (drift > DRIFT_POOR) | stuck
    fair = (share > GOOD_MAX) | (drift > DRIFT_FAIR)
    chosen = [silent > SILENT_DAYS, poor, fair]
    names = [Grade.SILENT.value, Grade.POOR.value, Grade.FAIR.value]
    return pd.DataFrame(
        {
            "bin_id": series.bin_ids,
            "grade": np.select(chosen, names, Grade.GOOD.value),
            "step": step,
            "num_readings": number,
            "phantom_share": share,
            "drift": drift,
            "is_stuck": stuck,
            "silent_days": silent,
        }
    )
