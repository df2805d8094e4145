"""Whatever a sensor sends becomes a reading or a refusal with a reason: a few thousand mutations, and what Hypothesis thinks of.

`benchmarks/fuzz.py` sends hundreds of thousands, and measures the slowest.
"""

from __future__ import annotations

import json
from functools import cache
from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.fuzzing import CODEC, Path, Report, fuzz, kind_of, paths
from tests.mutations import corpus, mutated
from tests.uplink_fixtures import UPLINKS
from tournee.errors import MessageRejected, RejectionReason

WITHOUT_CODECS = sorted(set(paths()) - {CODEC})

scalars = st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=20)
NAMES = """
measured_at fill_level distance_mm end_device_ids uplink_message deviceInfo devEui data object cmd EUI DevEUI_uplink DevEUI
id type fillingLevel value rxInfo gws rssi time ts
"""
names = st.sampled_from(NAMES.split())
values = st.recursive(
    scalars,
    lambda inner: (
        st.lists(inner, max_size=3) | st.dictionaries(names | st.text(max_size=5), inner, max_size=5)
    ),
)


@cache
def all_paths() -> dict[str, Path]:
    return paths()


def test_mutations_of_good_messages() -> None:
    report = fuzz(6_000, 1, WITHOUT_CODECS, corpus())
    assert not report.failures
    assert report.count == 6_000
    assert sum(report.understood.values()) + sum(report.refused.values()) == 6_000
    assert set(report.understood) == set(WITHOUT_CODECS), "some path understood nothing at all"


def test_mutated_frames_in_the_sandbox() -> None:
    report = fuzz(300, 1, [CODEC], corpus())
    assert not report.failures
    assert report.understood[CODEC] > 30


@pytest.mark.skipif(not UPLINKS.exists(), reason="the shared uplinks are absent")
def test_mutations_of_real_messages() -> None:
    report = fuzz(3_000, 2, WITHOUT_CODECS, corpus(with_real=True))
    assert not report.failures


@given(
    st.sampled_from(WITHOUT_CODECS),
    st.binary(max_size=200) | values.map(lambda said: json.dumps(said).encode()),
)
def test_whatever_hypothesis_thinks_of(path: str, payload: bytes) -> None:
    report = Report()
    report.note(path, payload, all_paths()[path], Random(0))
    assert not report.failures


def test_a_good_message_is_understood_on_every_path() -> None:
    good = corpus()
    for name in WITHOUT_CODECS:
        report = Report()
        report.note(name, good[kind_of(name)][-1], all_paths()[name], Random(0))
        assert not report.failures
        assert report.understood[name] == 1


def test_one_seed_is_one_run() -> None:
    one, other = Random(7), Random(7)
    good = corpus()["chirpstack"][0]
    assert [mutated(good, one) for _ in range(50)] == [mutated(good, other) for _ in range(50)]


def test_what_must_never_be_is_found() -> None:
    def raises(_payload: bytes, _random: Random) -> None:
        raise KeyError("fPort")

    def is_silent(_payload: bytes, _random: Random) -> None:
        raise MessageRejected("t", RejectionReason.UNREADABLE, "")

    report = Report()
    report.note("a", b"{}", raises, Random(0))
    report.note("b", b"[]", is_silent, Random(0))
    assert report.failures == [("a", b"{}", "KeyError('fPort')"), ("b", b"[]", "it gives no reason")]
