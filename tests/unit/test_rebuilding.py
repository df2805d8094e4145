"""What people threw in, rebuilt from what sensors and crews saw of it."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import numpy as np
import pandas as pd
import pytest

from optimizer.closed_loop.rebuilding import Rebuilt, rebuild, span_of
from optimizer.history import History, clean
from tests.towns import town
from tournee.domain import Bin, ServiceEvent
from tournee.scenario_folder import MEAN_DEPOSIT_L, Span

ZONE = ZoneInfo("Europe/Paris")
START = datetime(2026, 1, 1, tzinfo=ZONE)
DAY = timedelta(days=1)
SPAN = Span(date(2026, 2, 1), date(2026, 2, 8), date(2026, 2, 22))
A_DAY = 0.12
"""By so much each bin fills up in a day, by day alone: from six to eighteen, evenly."""

EMPTIED_EVERY = 7
BINS: tuple[Bin, ...] = town("D--a--b--F").network.bins


def level(at: datetime) -> float:
    """Return how full a bin is that is emptied at three in the night of every seventh day."""
    passed = at - START
    whole = passed // DAY
    since = (whole % EMPTIED_EVERY) + min(max((passed - whole * DAY) / DAY * 2 - 0.5, 0.0), 1.0)
    return A_DAY * since


def readings(until: datetime, *, noise: float = 0.0, bins: str = "ab") -> pd.DataFrame:
    chance = np.random.default_rng(3)
    moments = pd.date_range(START, until, freq="2h", inclusive="left").tz_convert(UTC)
    rows = [
        (one, at, level(at.to_pydatetime()) + noise * chance.standard_normal(), "accepted")
        for one in bins
        for at in moments
    ]
    return pd.DataFrame(rows, columns=["bin_id", "measured_at", "fill_level", "quality"])


def services(bins: str, *, seen: float | None = None) -> list[ServiceEvent]:
    nights = [START + DAY * number + timedelta(minutes=5) for number in range(7, 56, 7)]
    return [ServiceEvent(one, at.astimezone(UTC), fill_level_seen=seen) for one in bins for at in nights]


def at_end(span: Span = SPAN) -> datetime:
    return datetime.combine(span.end_date, datetime.min.time(), ZONE)


def litres(rebuilt: Rebuilt, number: int, from_day: date, until_day: date) -> float:
    ends = [datetime.combine(day, datetime.min.time(), ZONE).timestamp() for day in (from_day, until_day)]
    thrown = rebuilt.thrown
    mine = (thrown.bins == number) & (thrown.at_s > ends[0]) & (thrown.at_s <= ends[1])
    return float(thrown.litres[mine].sum())


def made(history: History) -> Rebuilt:
    return rebuild(history, BINS, SPAN, ZONE)


@pytest.fixture(scope="module")
def seen() -> History:
    return clean(readings(at_end(), noise=0.01), services("ab"), 0.2)


def test_as_much_is_thrown_in_as_rose(seen: History) -> None:
    rebuilt = made(seen)
    for number in range(2):
        total = litres(rebuilt, number, SPAN.start_date, SPAN.end_date)
        assert total == pytest.approx(21 * A_DAY * 1_000, rel=0.05)
    assert rebuilt.share_seen > 0.9


def test_it_is_thrown_in_when_it_rose(seen: History) -> None:
    """By day, and as much on each day: by night nothing comes."""
    rebuilt = made(seen)
    lots = rebuilt.thrown.at_s[len(BINS) :]
    hours = np.asarray([datetime.fromtimestamp(moment, ZONE).hour for moment in lots])
    assert ((hours >= 5) & (hours <= 19)).mean() > 0.9
    rhythm = np.asarray(rebuilt.rhythm).reshape(7, 24).mean(axis=0)
    assert rhythm[8:17].min() > 5 * rhythm[:4].max()


def test_what_lay_in_a_bin_at_the_start_comes_first(seen: History) -> None:
    rebuilt = made(seen)
    start_s = SPAN.start_at(ZONE).timestamp()
    assert rebuilt.thrown.at_s[:2].tolist() == [start_s, start_s]
    assert rebuilt.thrown.litres[:2] / 1_000 == pytest.approx([level(SPAN.start_at(ZONE))] * 2, abs=0.05)
    assert (rebuilt.thrown.litres[2:] == MEAN_DEPOSIT_L).all()


def test_records_show_the_weeks_before_and_nothing_of_those_that_count(seen: History) -> None:
    before = made(seen)
    assert before.litres_per_day == pytest.approx([A_DAY * 1_000] * 2, rel=0.1)
    doubled = readings(at_end())
    late = doubled["measured_at"] >= datetime(2026, 2, 8, tzinfo=ZONE)
    doubled.loc[late, "fill_level"] *= 2
    rebuilt = made(clean(doubled, services("ab"), 0.2))
    assert rebuilt.litres_per_day == pytest.approx([A_DAY * 1_000] * 2, rel=0.1)
    assert litres(rebuilt, 0, SPAN.measured_from_date, SPAN.end_date) > 1.5 * 14 * A_DAY * 1_000


def test_a_silent_sensor_is_filled_with_its_own_rate_and_that_is_told() -> None:
    whole = readings(at_end())
    gap = (whole["bin_id"] == "a") & (whole["measured_at"] >= datetime(2026, 2, 8, tzinfo=ZONE))
    rebuilt = made(clean(whole[~gap], services("ab"), 0.2))
    assert litres(rebuilt, 0, SPAN.measured_from_date, SPAN.end_date) == pytest.approx(
        14 * A_DAY * 1_000, rel=0.1
    )
    assert rebuilt.share_seen == pytest.approx(4 / 6, abs=0.06)


def test_a_bin_without_a_sensor_is_known_by_what_its_crews_found() -> None:
    """Found at 84 percent each seventh day, it fills by 12 a day; of a bin that nobody knows, its stream tells."""
    rebuilt = made(clean(readings(at_end()).iloc[:0], services("a", seen=0.84), 0.2))
    for number in range(2):
        assert rebuilt.litres_per_day[number] == pytest.approx(A_DAY * 1_000, rel=0.01)
        total = litres(rebuilt, number, SPAN.start_date, SPAN.end_date)
        assert total == pytest.approx(21 * A_DAY * 1_000, rel=0.05)


def test_the_last_weeks_come_again_behind_the_end(seen: History) -> None:
    rebuilt = made(seen)
    after = litres(rebuilt, 0, SPAN.end_date, SPAN.end_date + 21 * DAY)
    assert after == pytest.approx(litres(rebuilt, 0, SPAN.start_date, SPAN.end_date), rel=0.03)
    assert rebuilt.thrown.at_s.max() > (at_end() + 40 * DAY).timestamp()


def test_days_are_shared_among_records_warming_up_and_whole_weeks(seen: History) -> None:
    assert span_of(seen, at_end(), ZONE) == Span(date(2026, 1, 18), date(2026, 2, 1), date(2026, 2, 22))
    assert span_of(seen, START + 30 * DAY, ZONE) is None
    nothing = clean(readings(at_end()).iloc[:0], [], 0.2)
    assert span_of(nothing, at_end(), ZONE) is None
