"""When each bin was emptied: what people reported, and what the levels say where nobody did."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd

from optimizer.history.series import Flags, Floats, Series, Whole
from tournee.domain import ServiceSource

REPORT_MATCH_S = 12 * 3_600
"""A fall and a report this close to each other are one emptying."""

SURE_WITHIN_S = 6 * 3_600
"""In a longer gap the hour of an emptying is the one at which this town usually empties."""

HOUR_S, WEEK_HOURS = 3_600, 168
USUAL_MIN, USUAL_MAX = 10, 5_000
"""With fewer emptyings nobody knows what is usual; more of them say nothing new."""


@dataclass(frozen=True, slots=True)
class Falls:
    """Emptyings that the levels show: of which bin, between which two believed readings, from which level to which.

    The two readings are the evidence; `found_s` is when the second came.
    """

    codes: Whole
    after_s: Whole
    found_s: Whole
    level_before: Floats
    level_after: Floats


def falls(series: Series, is_clear: Flags, is_emptied: Flags, levels: Floats) -> Falls:
    """Return the emptyings that readings show.

    A believed reading is held against the believed one before it. One that is not believed can show an emptying as well: what
    was behind the waste is heard; it is held against the reading just before.
    """
    at = np.flatnonzero(is_emptied)
    clear = np.where(is_clear, np.arange(len(is_clear)), 0)
    last_clear = np.maximum.accumulate(clear)[np.maximum(at - 1, 0)] if len(at) else at
    before = np.where(is_clear[at], last_clear, at - 1)
    own = (at > 0) & (series.codes[before] == series.codes[at])
    at, before = at[own], before[own]
    return Falls(series.codes[at], series.at_s[before], series.at_s[at], levels[at - 1], levels[at])


def merged(found: Falls, reported: pd.DataFrame, before: Floats, bin_ids: pd.Index) -> pd.DataFrame:
    """Return all emptyings, a row each, by bin and time; a report takes the place of the fall that it explains.

    Parameters
    ----------
    reported
        Columns bin_id, at_s, fill_level.
    before
        The level that the sensor said before each report, NaN where it said none.
    """
    seen = reported["fill_level"].to_numpy(dtype=np.float64)
    told = pd.DataFrame(
        {
            "bin_id": reported["bin_id"],
            "at_s": reported["at_s"],
            "source": ServiceSource.REPORTED.value,
            "fill_level": np.where(np.isnan(seen), before, seen),
            "after_s": reported["at_s"],
            "found_s": reported["at_s"],
            "level_after": 0.0,
        }
    )
    is_new = ~_explained(found, reported, bin_ids)
    inferred = pd.DataFrame(
        {
            "bin_id": bin_ids[found.codes[is_new]],
            "at_s": usual_instant(found.after_s, found.found_s)[is_new],
            "source": ServiceSource.INFERRED.value,
            "fill_level": found.level_before[is_new],
            "after_s": found.after_s[is_new],
            "found_s": found.found_s[is_new],
            "level_after": found.level_after[is_new],
        }
    )
    both = [piece for piece in (told, inferred) if len(piece)] or [told]
    return pd.concat(both, ignore_index=True).sort_values(["bin_id", "at_s"], ignore_index=True)


def _explained(found: Falls, reported: pd.DataFrame, bin_ids: pd.Index) -> Flags:
    """Tell which falls a report explains: one made between their two readings, or within half a day of them."""
    codes = bin_ids.get_indexer(pd.Index(reported["bin_id"]))
    at_s = reported["at_s"].to_numpy()
    order = np.lexsort((at_s, codes))
    codes, at_s = codes[order].astype(np.int64), at_s[order]
    span = int(max(found.found_s.max(initial=0), at_s.max(initial=0))) + 2 * REPORT_MATCH_S
    keys = codes * span + at_s
    first = np.searchsorted(keys, found.codes * span + found.after_s - REPORT_MATCH_S, side="left")
    last = np.searchsorted(keys, found.codes * span + found.found_s + REPORT_MATCH_S, side="right")
    explained: Flags = last > first
    return explained


def usual_instant(after_s: Whole, found_s: Whole) -> Whole:
    """Return when in its gap each emptying was: in the middle of a short one, in a long one at the hour of the week that is usual."""
    middle = (after_s + found_s) // 2
    usual = _usual_hours(after_s, found_s)
    if usual is None:
        return middle
    made = middle.copy()
    for row in np.flatnonzero(found_s - after_s > SURE_WITHIN_S):
        hours = np.arange(after_s[row] // HOUR_S, found_s[row] // HOUR_S + 1)[-WEEK_HOURS:]
        total = np.cumsum(usual[hours % WEEK_HOURS])
        if total[-1] > 0:
            made[row] = hours[np.searchsorted(total, total[-1] / 2)] * HOUR_S + HOUR_S // 2
    bounded: Whole = np.clip(made, after_s, found_s)
    return bounded


def _usual_hours(after_s: Whole, found_s: Whole) -> Floats | None:
    """Return how many emptyings were in each hour of the week, a gap's one spread over its hours by where the others are."""
    short = np.flatnonzero(found_s - after_s <= 24 * HOUR_S)
    if len(short) < USUAL_MIN:
        return None
    short = short[:: -(-len(short) // USUAL_MAX)]
    gaps = [np.arange(after_s[row] // HOUR_S, found_s[row] // HOUR_S + 1) % WEEK_HOURS for row in short]
    usual = np.ones(WEEK_HOURS)
    for _ in range(3):
        spread = np.zeros(WEEK_HOURS)
        for gap in gaps:
            np.add.at(spread, gap, usual[gap] / usual[gap].sum())
        # A crew that came once at ten may come at nine.
        usual = spread + 0.5 * (np.roll(spread, 1) + np.roll(spread, -1)) + 1e-3
    return usual
