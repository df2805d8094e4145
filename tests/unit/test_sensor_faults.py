"""What sensors say, and how they fail."""

from __future__ import annotations

from itertools import groupby

import numpy as np
import pytest

from simulator.faults import MONTH_S, Faults
from simulator.sensor import NEAREST_MM, LevelSensor, Report
from tests.town_fixtures import MONDAY
from tournee.domain import Reading, Sensor
from tournee.settings import SimulatorSettings

START_S = MONDAY.timestamp()
DAY_S = 86_400
PERFECT = {"noise": 0, "dropout": 0, "duplicates": 0, "phantom_sensors": 0, "silent_sensors": 0}


def level_sensor(sensor_id: str = "sensor-1", **settings: float) -> LevelSensor:
    sensor = Sensor(sensor_id, "bin-1", "lid", empty_distance_mm=1_100, full_distance_mm=250)
    return LevelSensor(sensor, SimulatorSettings(**{**PERFECT, **settings}))


def heard(sensor: LevelSensor, days: float, fill_level: float = 0.5) -> list[Reading]:
    reports = list(sensor.reports(START_S, START_S + days * DAY_S))
    return [sensor.reading(report, fill_level) for report in reports for _ in range(report.copies)]


def test_a_perfect_sensor_reports_as_often_as_the_setting_says() -> None:
    readings = heard(level_sensor(readings_per_day=12), days=10)
    assert len(readings) == 120
    steps = np.diff([reading.measured_at.timestamp() for reading in readings])
    assert steps.min() >= 7_199
    assert steps.max() <= 7_201


def test_a_perfect_sensor_is_right_to_its_resolution() -> None:
    for fill_level in (0.0, 0.31, 0.99):
        reading = heard(level_sensor(), 1, fill_level)[0]
        assert reading.fill_level == pytest.approx(fill_level, abs=0.007)
        assert reading.distance_mm is not None
        assert reading.distance_mm % 10 == 0
        assert level_sensor().sensor.fill_level(reading.distance_mm) == pytest.approx(
            reading.fill_level, abs=1e-4
        )


def test_readings_stay_within_what_a_sensor_can_hear() -> None:
    noisy = level_sensor(noise=0.2)
    distances = [reading.distance_mm or 0.0 for reading in [*heard(noisy, 20, 0.0), *heard(noisy, 20, 1.4)]]
    assert min(distances) == NEAREST_MM
    assert max(distances) == 1_100


def test_noise_has_the_deviation_of_the_setting() -> None:
    levels = [reading.fill_level for reading in heard(level_sensor(noise=0.03), 100)]
    assert np.std(levels) == pytest.approx(0.03, rel=0.1)
    assert np.mean(levels) == pytest.approx(0.5, abs=0.005)


def test_radio_loses_and_repeats_the_share_that_the_settings_say() -> None:
    assert len(heard(level_sensor(dropout=0.1), 200)) == pytest.approx(2_400 * 0.9, rel=0.03)
    readings = heard(level_sensor(duplicates=0.1), 200)
    repeats = [len(list(same)) for _, same in groupby(readings)]
    assert set(repeats) == {1, 2}
    assert repeats.count(2) == pytest.approx(240, rel=0.2)


def test_the_same_moment_gives_the_same_reading_however_it_is_asked() -> None:
    whole = heard(level_sensor(noise=0.02, dropout=0.1, duplicates=0.1), 3)
    parts, sensor = [], level_sensor(noise=0.02, dropout=0.1, duplicates=0.1)
    for hour in range(72):
        reports = sensor.reports(START_S + hour * 3_600, START_S + (hour + 1) * 3_600)
        parts += [sensor.reading(report, 0.5) for report in reports for _ in range(report.copies)]
    assert parts == whole


def test_sensors_do_not_speak_in_chorus() -> None:
    first = {heard(level_sensor(f"sensor-{n}"), 1)[0].measured_at for n in range(20)}
    assert len(first) > 15


def test_a_phantom_looks_like_a_full_bin_for_hours_at_one_distance() -> None:
    readings = heard(level_sensor(phantom_sensors=1), 60, fill_level=0.2)
    false = [reading.distance_mm for reading in readings if reading.fill_level > 0.7]
    assert 0.02 < len(false) / len(readings) < 0.35
    episodes = [list(same) for _, same in groupby(reading.fill_level for reading in readings)]
    assert max(len(episode) for episode in episodes if episode[0] > 0.7) >= 4


def test_a_phantom_hides_behind_a_nearer_true_echo() -> None:
    readings = heard(level_sensor(phantom_sensors=1), 60, fill_level=1.1)
    assert min(reading.fill_level for reading in readings) > 1.09


def test_only_the_share_of_sensors_that_the_settings_say_have_faults() -> None:
    settings = SimulatorSettings(phantom_sensors=0.3, silent_sensors=0.1)
    faults = [Faults(f"sensor-{n}", settings) for n in range(1_000)]
    assert sum(fault.sees_phantoms for fault in faults) == pytest.approx(300, abs=45)
    assert sum(fault.falls_silent for fault in faults) == pytest.approx(100, abs=30)
    healthy = next(fault for fault in faults if not fault.sees_phantoms and not fault.falls_silent)
    assert not any(healthy.is_silent(START_S + day * DAY_S) for day in range(60))
    assert all(healthy.phantom_level(START_S + day * DAY_S) is None for day in range(60))


def test_a_silent_sensor_is_gone_for_days_and_comes_back() -> None:
    fault = Faults("sensor-1", SimulatorSettings(silent_sensors=1))
    hours = [fault.is_silent(START_S + hour * 3_600) for hour in range(int(3 * MONTH_S / 3_600))]
    stretches = [(state, len(list(same))) for state, same in groupby(hours)]
    silences = [length for state, length in stretches if state]
    assert 2 <= len(silences) <= 4
    assert max(silences) >= 48
    assert not all(hours)
    said = heard(level_sensor(silent_sensors=1), 90)
    assert max(np.diff([reading.measured_at.timestamp() for reading in said])) >= 2 * DAY_S


def test_an_echo_by_chance_is_the_true_one() -> None:
    sensor = level_sensor(phantom_sensors=1)
    at_s = next(
        START_S + hour * 3_600
        for hour in range(24 * 60)
        if sensor._faults.phantom_level(START_S + hour * 3_600) is not None
    )
    report = Report(at_s, 1, 0.0, 0.0)
    assert sensor.reading(report, 0.2).fill_level > 0.7
    assert sensor.reading(report._replace(chance=0.95), 0.2).fill_level < 0.3
