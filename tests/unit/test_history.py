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
    assert history.latest["fill_level"].tolist() == [0.4]


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
    assert doubted.latest["fill_level"].tolist() == pytest.approx([0.22], abs=0.01)
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
