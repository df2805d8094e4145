"""Whatever a town goes through: one alert of a kind at a bin, opened and closed in turn, with evidence that can be held against it."""

from __future__ import annotations

from collections import Counter, defaultdict
from dataclasses import replace
from datetime import timedelta
from itertools import count

from hypothesis import given
from hypothesis import strategies as st

from collector.watching.announcing import wait_before_next
from collector.watching.assess import QUICK, Sight, assess, stuck
from collector.watching.compare import compare
from collector.watching.findings import Finding, Opening, decide
from tests.alert_fixtures import HOUR, NOON
from tournee.announcements import closed, encode
from tournee.domain import (
    Alert,
    AlertEvent,
    AlertKind,
    AlertStatus,
    BinState,
    DeviceState,
    Placement,
    ServiceSighting,
)
from tournee.settings import AlertSettings

SETTINGS = AlertSettings()
SNOOZE = timedelta(hours=3)
bins = st.sampled_from("ab")
levels = st.floats(0, 2)
moments = st.integers(-400, 1).map(lambda hours: NOON + hours * HOUR)
charges = st.none() | st.floats(0, 4)
states = st.builds(
    BinState,
    bins,
    st.sampled_from(["s-a", "s-b", ""]),
    moments,
    moments,
    levels,
    st.booleans(),
    st.none() | st.floats(-60, 125),
    charges,
    charges,
    st.none() | st.booleans(),
    moments,
)
sights = st.builds(
    Sight,
    st.just(NOON),
    st.lists(states, max_size=4),
    st.dictionaries(st.just("s-a"), st.builds(DeviceState, st.just("s-a"), moments, battery_v=charges)),
    st.lists(st.builds(Placement, st.sampled_from(["s-a", "s-b"]), bins, moments), max_size=2),
    st.dictionaries(bins, st.floats(-60, 125)),
    st.dictionaries(bins, st.integers(0, 100)),
)
services = st.builds(
    ServiceSighting,
    bins,
    moments,
    st.none() | levels,
    st.none() | levels,
    st.lists(levels, max_size=3).map(tuple),
)


@given(sights, st.lists(services, max_size=3))
def test_who_finds_trouble_names_the_threshold_in_evidence_that_json_can_carry(
    sight: Sight, seen: list[ServiceSighting]
) -> None:
    found = [*assess(sight, SETTINGS, [*QUICK, stuck]), *compare(seen, SETTINGS)]
    for finding in found:
        if finding.stands:
            assert any(name.startswith("threshold") for name in finding.evidence)
            assert encode(finding.evidence)
        else:
            assert finding.evidence == {}
    of_bin = Counter(finding.subject for finding in found if finding.kind is not AlertKind.DISAGREEMENT)
    assert max(of_bin.values(), default=1) == 1


findings = st.lists(
    st.builds(Finding, st.sampled_from([AlertKind.FIRE, AlertKind.OVERFLOW]), bins, st.booleans()), max_size=4
)
looks = st.lists(st.tuples(findings, st.none() | st.integers(0, 10)), max_size=30)


@given(looks)
def test_alerts_open_and_close_in_turn_and_never_two_of_a_subject(
    history: list[tuple[list[Finding], int | None]],
) -> None:
    """A look an hour; now and then a person closes the nth alert that is open."""
    numbers, kept, steps = (
        count(),
        dict[str, Alert](),
        defaultdict[tuple[AlertKind, str], list[AlertEvent]](list),
    )
    for hour, (found, closed_by_person) in enumerate(history):
        now = NOON + hour * HOUR
        is_open = [alert for alert in kept.values() if alert.status is not AlertStatus.CLOSED]
        held = [
            alert
            for alert in kept.values()
            if alert.closed_at is not None and alert.cause_gone_at is None and alert.closed_at >= now - SNOOZE
        ]
        decision = decide(found, is_open, held, Opening(now, lambda: str(next(numbers)), lambda _: ()))
        for change in decision.changes:
            kept[change.alert.alert_id] = change.alert
            steps[change.alert.kind, change.alert.bin_id].append(change.event)
        for alert_id in decision.causes_gone:
            kept[alert_id] = replace(kept[alert_id], cause_gone_at=now)
        held_subjects = {(alert.kind, alert.bin_id) for alert in held}
        opened = {(c.alert.kind, c.alert.bin_id) for c in decision.changes if c.event is AlertEvent.OPENED}
        assert not opened & held_subjects, "a person's closing holds"
        latest = {finding.subject: finding.stands for finding in found}
        still_open = [alert for alert in kept.values() if alert.status is not AlertStatus.CLOSED]
        subjects = [(alert.kind, alert.bin_id) for alert in still_open]
        assert len(subjects) == len(set(subjects))
        for subject, stands in latest.items():
            assert (subject in subjects) == (
                (stands and subject not in held_subjects) or (stands and subject in subjects)
            )
        if closed_by_person is not None and still_open:
            alert = still_open[closed_by_person % len(still_open)]
            kept[alert.alert_id] = closed(alert, now, by="Aino")
            steps[alert.kind, alert.bin_id].append(AlertEvent.CLOSED)
    for events in steps.values():
        assert events == [AlertEvent.OPENED, AlertEvent.CLOSED] * (len(events) // 2) + [AlertEvent.OPENED] * (
            len(events) % 2
        )


@given(st.integers(1, 10_000), st.floats(1, 86_400))
def test_the_pause_between_tries_grows_up_to_its_limit(num_tries: int, max_s: float) -> None:
    pause_s = wait_before_next(num_tries, max_s)
    assert min(5.0, max_s) <= pause_s <= max_s
    assert pause_s <= wait_before_next(num_tries + 1, max_s)
