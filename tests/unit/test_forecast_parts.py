"""The pieces of a forecast: days, holidays, rates, tables, widths, and thousands of bins at once."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import numpy as np
import pandas as pd
import pytest

from optimizer.forecast import Asked, Course, When, fit, kilograms, predict, predict_frame
from optimizer.forecast.calendar import HOLIDAY, Holidays, calendar
from optimizer.forecast.days import days_of
from optimizer.forecast.rates import Memory, factors, rates
from optimizer.forecast.steps import levels, median, middle
from optimizer.history import History, clean
from tests.towns import GLASS, ZONE, town
from tournee.domain import Bin
from tournee.errors import ConfigError
from tournee.settings import ForecastSettings

NOW = datetime(2026, 11, 23, 4, tzinfo=UTC)
A, B = town("D-a-b-F").network.bins
SETTINGS = ForecastSettings()
MEMORY = Memory(40.0, 6.0)


def heard(bins: dict[str, list[float]], hours: float = 24) -> pd.DataFrame:
    """Return readings that end now, the last of each list."""
    frames = []
    for bin_id, said in bins.items():
        times = [NOW - timedelta(hours=hours * (len(said) - 1 - number)) for number in range(len(said))]
        frames.append(pd.DataFrame({"bin_id": bin_id, "measured_at": times, "fill_level": said}))
    frame = pd.concat(frames).assign(quality="accepted")
    frame["measured_at"] = pd.to_datetime(frame["measured_at"], utc=True)
    return frame


def grown(*rises: tuple[str, datetime, datetime, float]) -> History:
    """Return a history of growths alone."""
    known = clean(heard({"a": [0.1]}), (), 0.2)
    frame = pd.DataFrame.from_records(rises, columns=["bin_id", "start_at", "end_at", "rise"])
    for name in ("start_at", "end_at"):
        frame[name] = pd.to_datetime(frame[name], utc=True)
    return replace(known, increments=frame.assign(is_censored=False))


# --- days ------------------------------------------------------------------------------------------------------


def test_a_growth_over_midnight_is_shared_by_time() -> None:
    midnight = datetime(2026, 11, 20, tzinfo=ZONE)
    history = grown(("a", midnight - timedelta(hours=6), midnight + timedelta(hours=18), 0.4))
    days = days_of(history, (A, B), NOW, ZONE, Holidays())
    assert days.rise[0][:2] == pytest.approx([0.1, 0.3])
    assert days.seen[0][:2] == pytest.approx([0.25, 0.75])
    assert days.rise[1].sum() == 0


def test_days_of_23_and_25_hours_and_instants_outside() -> None:
    spring, autumn = datetime(2026, 3, 29, 1, tzinfo=UTC), datetime(2026, 10, 25, 1, tzinfo=UTC)
    for instant, hours in ((spring, 23), (autumn, 25)):
        local = calendar(
            (instant - timedelta(days=3)).timestamp(), (instant + timedelta(days=3)).timestamp(), ZONE
        )
        day = local.day_of(np.asarray([instant.timestamp()]))[0]
        assert local.lengths[day] * 24 == pytest.approx(hours)
        edges = local.day_of(local.edges)
        assert edges.tolist() == [*range(local.num_days), local.num_days - 1]
        assert local.day_of(local.edges - 1).tolist() == [0, *range(local.num_days)]


def test_the_future_is_not_seen() -> None:
    history = grown(("a", NOW - timedelta(days=1), NOW, 0.1), ("a", NOW, NOW + timedelta(days=1), 0.9))
    assert days_of(history, (A,), NOW, ZONE, Holidays()).rise.sum() == pytest.approx(0.1)


# --- holidays --------------------------------------------------------------------------------------------------


def test_holidays_of_a_country_and_of_its_region() -> None:
    france, alsace = Holidays("FR").of_year(2026), Holidays("FR", "57").of_year(2026)
    assert date(2026, 5, 1) in france
    assert date(2026, 12, 26) in alsace - france
    assert Holidays().of_year(2026) == frozenset()


@pytest.mark.parametrize(
    ("country", "region", "key"), [("XX", "", "forecast.country"), ("FR", "QQ", "forecast.region")]
)
def test_an_unknown_country_or_region_is_named(country: str, region: str, key: str) -> None:
    with pytest.raises(ConfigError) as refused:
        Holidays(country, region).of_year(2026)
    assert refused.value.key == key


def test_a_holiday_is_a_day_of_its_own_kind_with_its_own_factor() -> None:
    start = datetime(2026, 4, 6, tzinfo=ZoneInfo("Europe/Paris"))
    off = Holidays("FR")
    rises = []
    for number in range(60):
        day = start + timedelta(days=number)
        is_free = day.date() in off.of_year(2026)
        rises += [(f"{n}", day, day + timedelta(days=1), 0.02 if is_free else 0.1) for n in range(20)]
    bins = tuple(replace(A, bin_id=f"{n}") for n in range(20))
    made_at = start + timedelta(days=60)
    days = days_of(grown(*rises), bins, made_at, ZoneInfo("Europe/Paris"), off)
    assert (days.calendar.kinds == HOLIDAY).sum() >= 4
    factor = factors(days, MEMORY)[0]
    assert factor[HOLIDAY] < 0.6
    assert factor[:HOLIDAY].mean() == pytest.approx(1.0)


# --- rates -----------------------------------------------------------------------------------------------------


def test_a_bin_nobody_watched_leans_on_its_district() -> None:
    bins = [replace(A, bin_id=f"{place}{n}", district=place) for place in ("quiet", "busy") for n in range(3)]
    rises = [
        (f"{place}{n}", NOW - timedelta(days=day), NOW - timedelta(days=day - 1), rate)
        for place, rate in (("quiet", 0.05), ("busy", 0.25))
        for n in range(2)
        for day in range(1, 80)
    ]
    days = days_of(grown(*rises), bins, NOW, ZONE, Holidays())
    known = rates(days, np.ones((1, 8)), MEMORY)
    assert known[0] == pytest.approx(0.05, rel=0.2)
    assert known[2] < 0.12
    assert known[5] > 0.18


def test_what_was_yesterday_counts_more_than_what_was_long_ago() -> None:
    rises = [
        ("a", NOW - timedelta(days=day), NOW - timedelta(days=day - 1), 0.2 if day <= 30 else 0.05)
        for day in range(1, 110)
    ]
    known = rates(days_of(grown(*rises), (A,), NOW, ZONE, Holidays()), np.ones((1, 8)), MEMORY)
    assert 0.1 < known[0] < 0.15


# --- tables ----------------------------------------------------------------------------------------------------


STEPS = (0.0, 0.25, 0.75, 1.0)


def coarse(number: int, days: int = 60) -> pd.DataFrame:
    """Return bins in quarters that jump from step to step, are emptied once full, and begin on different days."""
    return heard({f"c{n}": [STEPS[(day + n) % 4] for day in range(days)] for n in range(number)})


def coarse_bins(number: int) -> tuple[Bin, ...]:
    return tuple(replace(A, bin_id=f"c{n}") for n in range(number))


def test_coarse_levels_are_foreseen_by_a_table_where_it_wins() -> None:
    history, bins = clean(coarse(6), (), 0.2), coarse_bins(6)
    model = fit(history, bins, NOW, SETTINGS, ZONE, tuple(Course))
    assert "6 of 6 bins by a table" in model.source
    usual = Asked(np.asarray([0.05, 0.5, 0.95]), Course.USUAL)
    frame = predict_frame(model, history, bins, NOW, [NOW + timedelta(days=2)], usual)
    points = frame.drop_duplicates("bin_id").set_index("bin_id")["point"]
    assert points.to_dict() == pytest.approx({f"c{n}": STEPS[(61 + n) % 4] for n in range(6)})


def test_measured_levels_need_no_table() -> None:
    said = np.cumsum(np.random.default_rng(2).gamma(2, 0.03, 60)) % 0.9
    history = clean(heard({"a": said.round(3).tolist()}), (), 0.2)
    assert fit(history, (A,), NOW, SETTINGS, ZONE).tables == ()


def test_a_coarse_bin_of_predict_is_read_off_its_table() -> None:
    history, bins = clean(coarse(6), (), 0.2), coarse_bins(6)
    model = fit(history, bins, NOW, SETTINGS, ZONE)
    when = When(NOW, NOW + timedelta(days=1), NOW + timedelta(days=2))
    made = predict(model, history, bins, when, SETTINGS)
    # Today they stand on 1.0, 0.0, 0.25 and 0.75; the full one is emptied every time, so nobody knows what it would do.
    assert [one.fill_level for one in made[1:4]] == [0.25, 0.75, 1.0]
    assert [one.overflow_probability for one in made[1:4]] == pytest.approx([0.0, 1.0, 0.0], abs=0.35)
    assert made[2].overflow_probability > 0.9


def test_quantiles_between_steps_by_hand() -> None:
    chances = np.asarray([[0.2, 0.6, 0.2]])
    rungs = np.asarray([0.0, 0.5, 1.0])
    assert middle(chances).tolist() == [pytest.approx([0.1, 0.5, 0.9])]
    assert levels(chances, rungs, np.asarray([0.05, 0.3, 0.5, 0.95]))[0] == pytest.approx(
        [0.0, 0.25, 0.5, 1.0]
    )
    assert median(np.asarray([[0.4, 0.3, 0.3], [0.5, 0.3, 0.2], [0.1, 0.1, 0.8]])).tolist() == [1, 0, 2]


# --- many bins at once -----------------------------------------------------------------------------------------


def test_a_frame_says_the_same_as_single_forecasts() -> None:
    frame = heard(
        {"a": (np.arange(80) * 0.03 % 0.9).tolist(), "b": (np.arange(80) * 0.05 % 0.9).tolist()}, hours=6
    )
    history, bins = clean(frame, (), 0.2), (A, replace(B, waste_stream=GLASS))
    model = fit(history, bins, NOW, SETTINGS, ZONE)
    when = When(NOW, NOW + timedelta(days=1), NOW + timedelta(days=3))
    single = predict(model, history, bins, when, SETTINGS)
    asked = Asked(np.asarray(SETTINGS.quantiles))
    long = predict_frame(model, history, bins, NOW, [when.target_at, when.risk_until_at], asked)
    assert len(long) == 2 * 2 * len(SETTINGS.quantiles)
    for one, source in zip(single, bins, strict=True):
        own = long[(long["bin_id"] == one.bin_id) & (long["target_at"] == when.target_at)]
        assert own["fill_level"].tolist() == pytest.approx([level for _, level in one.quantiles], abs=1e-4)
        assert own["kilograms"].tolist() == pytest.approx([kg for _, kg in kilograms(one, source)], abs=0.01)
        later = long[(long["bin_id"] == one.bin_id) & (long["target_at"] == when.risk_until_at)]
        assert later["overflow_probability"].iloc[0] == pytest.approx(one.overflow_probability, abs=1e-4)
        assert later["expected_overflow_l"].iloc[0] == pytest.approx(one.expected_overflow_l, abs=0.06)


def test_a_sensor_that_lies_has_wider_intervals() -> None:
    rise = (np.arange(160) * 0.02 % 0.8).round(3)
    lies = np.where(np.arange(160) % 16 >= 13, 0.95, rise)
    history = clean(heard({"a": rise.tolist(), "b": lies.tolist()}, hours=6), (), 0.2)
    assert history.sensors.set_index("bin_id")["grade"].to_dict() == {"a": "good", "b": "poor"}
    model = fit(history, (A, B), NOW, SETTINGS, ZONE)
    assert model.widths.tolist() == [1.0, 1.4]
