"""Readings and reports to emptyings and growth, phantoms left out."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import numpy as np
import pandas as pd
import pytest

from optimizer.history import History, clean
from tournee.domain import ServiceEvent, ServiceOutcome

T0 = datetime(2026, 11, 2, tzinfo=UTC)


def readings(
    levels: list[float], *, bin_id: str = "a", hours: float = 2, quality: str = "accepted"
) -> pd.DataFrame:
    times = [T0 + timedelta(hours=hours * n) for n in range(len(levels))]
    frame = pd.DataFrame({"bin_id": bin_id, "measured_at": times, "fill_level": levels, "quality": quality})
    frame["measured_at"] = pd.to_datetime(frame["measured_at"], utc=True)
    return frame


def report(hours: float, **changes: object) -> ServiceEvent:
    return ServiceEvent("a", T0 + timedelta(hours=hours), **changes)  # type: ignore[arg-type]


def rises(history: History) -> float:
    return float(history.increments["rise"].sum())


def test_growth_without_an_emptying_adds_up() -> None:
    history = clean(readings([0.1, 0.2, 0.3, 0.4]), [], 0.2)
    assert rises(history) == pytest.approx(0.3)
    assert len(history.emptyings) == 0
    assert history.latest["fill_level"].tolist() == pytest.approx([0.4], abs=0.01)


def test_a_drop_is_an_emptying_and_no_growth() -> None:
    history = clean(readings([0.6, 0.7, 0.05, 0.1]), [], 0.2)
    assert history.emptyings["source"].tolist() == ["inferred"]
    assert history.emptyings["fill_level"].tolist() == [0.7]
    assert rises(history) == pytest.approx(0.15, abs=0.002)  # where the sensor sees empty is learned


def test_a_report_outranks_the_drop_it_explains() -> None:
    history = clean(readings([0.6, 0.7, 0.05, 0.1]), [report(3.5)], 0.2)
    assert history.emptyings["source"].tolist() == ["reported"]
    assert history.emptyings["emptied_at"].tolist() == [pd.Timestamp(T0 + timedelta(hours=3.5))]


def test_a_skipped_visit_is_no_emptying() -> None:
    history = clean(readings([0.6, 0.7]), [report(1, outcome=ServiceOutcome.SKIPPED)], 0.2)
    assert len(history.emptyings) == 0


def test_a_report_without_a_drop_is_still_an_emptying() -> None:
    history = clean(readings([0.10, 0.12, 0.05, 0.06]), [report(3)], 0.2)
    assert history.emptyings["source"].tolist() == ["reported"]
    assert rises(history) == pytest.approx(0.03, abs=0.002)


def test_noise_is_neither_emptying_nor_lost() -> None:
    noisy = np.linspace(0.1, 0.5, 60) + np.random.default_rng(1).normal(0, 0.01, 60)
    history = clean(readings(noisy.tolist()), [], 0.2)
    assert len(history.emptyings) == 0
    assert rises(history) == pytest.approx(0.4, abs=0.04)


def test_a_phantom_echo_is_neither_a_full_bin_nor_an_emptying() -> None:
    history = clean(readings([0.2, 0.22, 0.9, 0.91, 0.9, 0.24, 0.26]), [], 0.2)
    assert len(history.emptyings) == 0
    assert rises(history) == pytest.approx(0.06)


def test_a_phantom_that_lasts_is_doubted_then_believed() -> None:
    doubted = clean(readings([0.2, 0.22, 0.9, 0.91, 0.9]), [], 0.2)
    assert doubted.latest["fill_level"].tolist() == pytest.approx([0.25], abs=0.03)
    believed = clean(readings([0.2, 0.22] + [0.9] * 90), [], 0.2)
    assert believed.latest["fill_level"].tolist() == pytest.approx([0.9], abs=0.02)


def test_a_full_bin_that_was_reported_emptied_is_no_phantom() -> None:
    history = clean(readings([0.05, 0.9, 0.91, 0.9, 0.04]), [report(7)], 0.2)
    assert history.emptyings["source"].tolist() == ["reported"]
    assert history.latest["fill_level"].tolist() == pytest.approx([0.04], abs=0.03)


def test_suspicious_and_repeated_readings_change_nothing() -> None:
    good = readings([0.1, 0.2, 0.3])
    bad = readings([0.1, 0.99, 0.3], quality="suspicious")
    once, twice = clean(good, [], 0.2), clean(pd.concat([good, bad, good]), [], 0.2)
    pd.testing.assert_frame_equal(once.increments, twice.increments)


def test_bins_do_not_mix() -> None:
    both = pd.concat([readings([0.8, 0.9]), readings([0.1, 0.2], bin_id="b")])
    history = clean(both, [], 0.2)
    assert len(history.emptyings) == 0
    assert history.latest["bin_id"].tolist() == ["a", "b"]


def test_full_bins_are_marked_as_censored() -> None:
    history = clean(readings([0.9, 0.97, 0.97]), [], 0.2)
    assert history.increments["is_censored"].tolist() == [True, True]


def test_a_bin_without_a_sensor_has_its_reports() -> None:
    history = clean(readings([]), [report(1, fill_level_seen=0.7), report(49)], 0.2)
    assert history.emptyings["fill_level"].isna().tolist() == [False, True]
    assert len(history.latest) == 0


def test_nothing_known_is_an_empty_history() -> None:
    history = clean(readings([]), [], 0.2)
    assert [len(frame) for frame in (history.increments, history.emptyings, history.latest)] == [0, 0, 0]


def test_a_place_that_is_known_is_recognized_at_once_and_lower_down() -> None:
    episode = [0.2, 0.21, 0.6, 0.6, 0.61, 0.22]
    history = clean(readings([*episode, 0.23, 0.24, 0.6, 0.25, 0.26], hours=3), [], 0.2)
    assert history.levels["is_believed"].tolist() == [
        True,
        True,
        False,
        False,
        False,
        True,
        True,
        True,
        False,
        True,
        True,
    ]


def test_waste_above_a_phantom_that_is_heard_was_taken_away() -> None:
    seen_before = [0.2, 0.21, 0.5, 0.5, 0.5, 0.22, 0.24, 0.5, 0.5, 0.26]
    filling = [0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9]
    history = clean(readings([*seen_before, *filling, 0.5, 0.5, 0.5], hours=8), [], 0.2)
    assert history.emptyings["source"].tolist() == ["inferred"]
    assert history.emptyings["after_at"].tolist() == [pd.Timestamp(T0 + timedelta(hours=16 * 8))]
    assert history.latest["fill_level"].iloc[0] < 0.3
    assert history.latest["spread"].iloc[0] > 0.05


def test_what_is_hidden_is_carried_on_and_gets_less_sure() -> None:
    base = np.linspace(0.1, 0.5, 40).tolist()
    short, long = (clean(readings(base + [0.95] * n, hours=3), [], 0.2).latest for n in (2, 8))
    assert short["fill_level"].iloc[0] < long["fill_level"].iloc[0] < 0.7
    assert short["spread"].iloc[0] < long["spread"].iloc[0]
    assert short["measured_at"].tolist() == long["measured_at"].tolist()


def test_rules_are_in_time_and_not_in_numbers_of_readings() -> None:
    often = clean(readings([0.2] * 24 + [0.9] * 24 + [0.22] * 24, hours=1), [], 0.2)
    seldom = clean(readings([0.2] * 3 + [0.9] * 3 + [0.22] * 3, hours=8), [], 0.2)
    for history in (often, seldom):
        assert len(history.emptyings) == 0
        assert history.latest["fill_level"].iloc[0] == pytest.approx(0.23, abs=0.03)


def test_empty_is_where_the_sensor_sees_it() -> None:
    cycle = [0.08, 0.27, 0.49, 0.66, 0.88]
    history = clean(readings(cycle * 8, hours=12), [], 0.2)
    last = history.latest["fill_level"].iloc[0]
    assert last == pytest.approx((0.88 - 0.06) / (1 - 0.06), abs=0.02)
    assert history.sensors["drift"].iloc[0] == pytest.approx(0.06, abs=0.02)


def test_a_sensor_that_stands_still_is_not_believed_for_ever() -> None:
    moving = (np.arange(60) * 0.05 % 0.8).tolist()
    stuck = clean(readings(moving + [0.4] * 60, hours=6), [], 0.2)
    assert stuck.sensors["is_stuck"].tolist() == [True]
    assert stuck.sensors["grade"].tolist() == ["poor"]
    assert not stuck.levels["is_believed"].iloc[-1]


def test_a_tilted_sensor_and_a_missing_echo_say_nothing() -> None:
    frame = readings([0.1, 0.9, 0.2, 0.3]).assign(
        is_tilted=pd.array([False, True, None, False], dtype="boolean")
    )
    frame.loc[2, "fill_level"] = np.nan
    assert clean(frame, [], 0.2).levels["fill_level"].tolist() == [0.1, 0.3]


@pytest.mark.parametrize(("step", "lowest"), [(0.2, 0), (0.25, 0), (1 / 3, 0), (0.25, 0.125)])
def test_coarse_levels_are_taken_as_they_are(step: float, lowest: float) -> None:
    levels = [round(lowest + step * n, 3) for n in (0, 1, 1, 2, 3, 0, 1, 2, 3, 3, 0, 0, 1, 2)]
    history = clean(readings(levels, hours=24), [], 0.2)
    assert history.sensors["step"].tolist() == pytest.approx([step], abs=0.002)
    assert history.levels["is_believed"].all()
    assert len(history.emptyings) == 2


def test_grades_say_what_they_stand_on() -> None:
    good = readings(np.linspace(0.1, 0.8, 60).tolist(), bin_id="good")
    liar = readings(([0.2] * 7 + [0.95] * 3) * 6, bin_id="liar")
    gone = readings([0.1] * 8, bin_id="gone")
    sensors = clean(pd.concat([good, liar, gone]), [], 0.2).sensors.set_index("bin_id")
    assert sensors["grade"].to_dict() == {"good": "good", "liar": "poor", "gone": "silent"}
    assert sensors["phantom_share"].to_dict()["liar"] > 0.15
    assert sensors["silent_days"].to_dict()["gone"] > 4


def test_an_emptying_in_a_long_gap_is_put_where_this_town_empties() -> None:
    frames, start = [], 0.0
    for number in range(12):
        # Emptied at nine, heard every three hours: all agree that it is between eight and eleven.
        times = [T0 + timedelta(days=number, hours=hour) for hour in (2, 5, 8, 11, 14)]
        levels = [0.8, 0.8, 0.8, 0.05, 0.06]
        frames.append(pd.DataFrame({"bin_id": f"b{number}", "measured_at": times, "fill_level": levels}))
    late = [T0 + timedelta(days=20), T0 + timedelta(days=20, hours=20)]
    frames.append(pd.DataFrame({"bin_id": "z", "measured_at": late, "fill_level": [0.8, start]}))
    frame = pd.concat(frames).assign(quality="accepted")
    frame["measured_at"] = pd.to_datetime(frame["measured_at"], utc=True)
    emptied = clean(frame, [], 0.2).emptyings.set_index("bin_id")["emptied_at"]
    assert 8 <= emptied["z"].hour <= 11


def test_history_until_and_since_an_instant() -> None:
    history = clean(readings([0.6, 0.7, 0.05, 0.1]), [], 0.2)
    before = history.until(T0 + timedelta(hours=3))
    assert len(before.emptyings) == 0
    assert before.latest["fill_level"].tolist() == pytest.approx([0.7], abs=0.01)
    after = history.since(T0 + timedelta(hours=4))
    assert len(after.increments) == 1
    assert len(after.emptyings) == 1
