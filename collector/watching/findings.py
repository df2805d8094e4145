"""What one look finds, and what follows from it for the alerts there are. Pure."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime

from tournee.announcements import closed
from tournee.domain import Alert, AlertChange, AlertEvent, AlertKind

type Evidence = Mapping[str, str | float]
type Subject = tuple[AlertKind, str]
"""A kind of trouble, and the bin that has it."""


@dataclass(frozen=True, slots=True)
class Finding:
    """What is true of one kind of trouble at one bin; where nothing is known for sure there is no finding.

    Parameters
    ----------
    stands
        Whether the cause of an alert is there, or is gone by more than its hysteresis.
    evidence
        The figures behind it, the threshold among them; nothing where the cause is gone.
    """

    kind: AlertKind
    bin_id: str
    stands: bool
    sensor_id: str = ""
    evidence: Evidence = field(default_factory=dict)

    @property
    def subject(self) -> Subject:
        """What it is about."""
        return self.kind, self.bin_id


@dataclass(frozen=True, slots=True)
class Decision:
    """What is to be changed; `causes_gone` are alerts that a person closed while their cause stood, and it no longer does."""

    changes: tuple[AlertChange, ...] = ()
    causes_gone: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Opening:
    """What the opening of an alert needs: the present, a new id, and who is told."""

    at: datetime
    new_id: Callable[[], str]
    channels: Callable[[AlertKind], tuple[str, ...]]


def decide(
    findings: Iterable[Finding], is_open: Iterable[Alert], held: Iterable[Alert], opening: Opening
) -> Decision:
    """Return which alerts open and close.

    Parameters
    ----------
    findings
        Of several about one subject the last counts.
    is_open
        Alerts that are not closed.
    held
        Alerts that a person closed not long ago while their cause stood: they keep theirs from opening anew.
    """
    latest = {finding.subject: finding for finding in findings}
    opened = {(alert.kind, alert.bin_id): alert for alert in is_open}
    quiet = [alert for alert in held if (alert.kind, alert.bin_id) in latest]
    quiet_subjects = {(alert.kind, alert.bin_id) for alert in quiet}
    changes = []
    for subject, finding in latest.items():
        if finding.stands and subject not in opened and subject not in quiet_subjects:
            changes.append(_opened(finding, opening))
        elif not finding.stands and subject in opened:
            gone = closed(opened[subject], opening.at)
            changes.append(AlertChange(AlertEvent.CLOSED, gone, opening.channels(finding.kind)))
    causes_gone = (alert.alert_id for alert in quiet if not latest[alert.kind, alert.bin_id].stands)
    return Decision(tuple(changes), tuple(causes_gone))


def _opened(finding: Finding, opening: Opening) -> AlertChange:
    alert = Alert(
        alert_id=opening.new_id(),
        kind=finding.kind,
        bin_id=finding.bin_id,
        opened_at=opening.at,
        sensor_id=finding.sensor_id,
        evidence=finding.evidence,
    )
    return AlertChange(AlertEvent.OPENED, alert, opening.channels(finding.kind))
