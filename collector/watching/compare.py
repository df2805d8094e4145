"""Where a crew and a sensor tell different stories of an emptying. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping

from collector.watching.findings import Evidence, Finding
from tournee.announcements import instant_text
from tournee.domain import Alert, AlertKind, BinState, ServiceSighting
from tournee.settings import AlertSettings

LEVEL_MIN = 0.3  # the emptying of an emptier bin can't be told from noise
SEEN_DROP = 0.2  # where only the crew saw the level before: the drop that has to be seen after
READINGS_MIN = 2


def compare(sightings: Iterable[ServiceSighting], settings: AlertSettings) -> Iterator[Finding]:
    """Yield, for each reported emptying, whether the sensor bears it out; nothing where it can't be told."""
    for seen in sightings:
        doubts = [_not_emptied(seen, settings), _seen_otherwise(seen, settings)]
        known = [evidence for evidence in doubts if evidence is not None]
        evidence = next((one for one in known if one), {})
        if known:
            yield Finding(AlertKind.DISAGREEMENT, seen.bin_id, bool(evidence), evidence=evidence)


def recovered(
    is_open: Iterable[Alert], states: Mapping[str, BinState], settings: AlertSettings
) -> Iterator[Finding]:
    """Yield the disagreements about an emptying that are over, because the level has fallen after all."""
    for alert in is_open:
        state, before = states.get(alert.bin_id), alert.evidence.get("fill_level_before")
        if alert.kind is not AlertKind.DISAGREEMENT or "fill_level_after" not in alert.evidence:
            continue
        is_known = state is not None and state.is_trusted and isinstance(before, float | int)
        if state and is_known and state.fill_level < settings.unserved_share * float(before or 0):
            yield Finding(AlertKind.DISAGREEMENT, alert.bin_id, stands=False)


def _not_emptied(seen: ServiceSighting, settings: AlertSettings) -> Evidence | None:
    """Return why it seems not emptied: no figures where it was, None where nobody knows."""
    before = seen.level_before if seen.level_before is not None else seen.fill_level_seen
    if before is None or before < LEVEL_MIN or len(seen.levels_after) < READINGS_MIN:
        return None
    limit = settings.unserved_share * before if seen.level_before is not None else before - SEEN_DROP
    lowest = min(seen.levels_after)
    if lowest < limit:
        return {}
    return {
        "served_at": instant_text(seen.served_at),
        "fill_level_before": before,
        "fill_level_after": lowest,
        "threshold": round(limit, 3),
        "num_readings": len(seen.levels_after),
    }


def _seen_otherwise(seen: ServiceSighting, settings: AlertSettings) -> Evidence | None:
    """Return how the crew's level differs from the sensor's: no figures where they agree, None where one is missing."""
    if seen.fill_level_seen is None or seen.level_before is None:
        return None
    difference = abs(seen.fill_level_seen - seen.level_before)
    if difference <= settings.seen_difference:
        return {}
    return {
        "served_at": instant_text(seen.served_at),
        "fill_level_seen": seen.fill_level_seen,
        "fill_level_before": seen.level_before,
        "difference": round(difference, 3),
        "threshold": settings.seen_difference,
    }
