"""Alerts in the store, and whether those who should know were told: both change in one transaction."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from sqlalchemy import ColumnElement, Connection, RowMapping, func, select, update

from tournee import tables
from tournee.announcements import acknowledged, announced, closed
from tournee.domain import (
    Alert,
    AlertChange,
    AlertEvent,
    AlertKind,
    AlertStatus,
    Announcement,
)
from tournee.errors import Conflict, NotFound
from tournee.store.database import Database, insert_into, insert_new
from tournee.store.rows import pick, plain

type ChannelsOf = Callable[[AlertKind], Sequence[str]]
"""Returns the channels that are told of alerts of a kind."""

KEPT = tables.alert.c
TOLD = tables.announcement.c
CHANGES_IN_TRANSACTION = 500  # a whole town that falls silent must not keep the collector's writer waiting
STEPS = {
    AlertEvent.ACKNOWLEDGED: ("status", "acknowledged_at", "acknowledged_by"),
    AlertEvent.CLOSED: ("status", "closed_at", "closed_by", "cause_gone_at"),
}


@dataclass(frozen=True, slots=True)
class AlertFilter:
    """Which alerts are asked for; what is left empty takes all."""

    statuses: tuple[AlertStatus, ...] = ()
    kind: AlertKind | None = None
    bin_id: str | None = None

    def conditions(self) -> list[ColumnElement[bool]]:
        """Return what a row has to fulfil."""
        wanted = {"kind": self.kind, "bin_id": self.bin_id}
        asked = [KEPT[name] == value for name, value in wanted.items() if value is not None]
        return [*asked, KEPT.status.in_(self.statuses)] if self.statuses else asked


class Alerts(Database):
    """What a person should look at, and the announcements of it that wait."""

    def alert(self, alert_id: str) -> Alert:
        """Return one alert, or raise `NotFound`."""
        with self._reads() as connection:
            return _one(connection, alert_id)

    def alerts(self, wanted: AlertFilter, limit: int, offset: int = 0) -> tuple[tuple[Alert, ...], int]:
        """Return at most `limit` alerts, newest first, and how many there are."""
        conditions = wanted.conditions()
        query = select(tables.alert).where(*conditions).order_by(KEPT.opened_at.desc(), KEPT.alert_id)
        counting = select(func.count()).select_from(tables.alert).where(*conditions)
        with self._reads() as connection:
            rows = connection.execute(query.limit(limit).offset(offset)).mappings()
            return tuple(map(alert_of, rows)), connection.scalar(counting) or 0

    def open_alerts(self) -> tuple[Alert, ...]:
        """Return every alert that is not closed, oldest first."""
        query = select(tables.alert).where(KEPT.status != AlertStatus.CLOSED)
        with self._reads() as connection:
            rows = connection.execute(query.order_by(KEPT.opened_at, KEPT.alert_id)).mappings()
            return tuple(map(alert_of, rows))

    def num_open_alerts(self) -> int:
        """Return how many alerts are not closed."""
        query = select(func.count()).where(KEPT.status != AlertStatus.CLOSED)
        with self._reads() as connection:
            return connection.scalar(query) or 0

    def standing_alerts(self, closed_since: datetime) -> tuple[Alert, ...]:
        """Return alerts that a person closed at `closed_since` or later while their cause stood, and it still does."""
        query = select(tables.alert).where(
            KEPT.status == AlertStatus.CLOSED, KEPT.cause_gone_at.is_(None), KEPT.closed_at >= closed_since
        )
        with self._reads() as connection:
            return tuple(map(alert_of, connection.execute(query).mappings()))

    def change_alerts(self, changes: Sequence[AlertChange], at: datetime) -> tuple[AlertChange, ...]:
        """Open, acknowledge and close alerts, each with its announcements or not at all.

        A change that has come too late is left out: an alert of that kind is open at the bin, or it was closed already.

        Returns
        -------
        tuple
            The changes that were made, with the alerts as they are kept.
        """
        done: list[AlertChange] = []
        for start in range(0, len(changes), CHANGES_IN_TRANSACTION):
            part = changes[start : start + CHANGES_IN_TRANSACTION]
            with self._writes() as connection:
                made = [*_opened(connection, part), *_stepped(connection, part)]
                rows = [_row(told) for change in made for told in announced(change, at)]
                insert_new(connection, tables.announcement, rows)
            done += made
        return tuple(done)

    def note_causes_gone(self, alert_ids: Sequence[str], at: datetime) -> None:
        """Note that what alerts are about no longer stands, though a person had closed them before."""
        gone = update(tables.alert).where(KEPT.alert_id.in_(alert_ids), KEPT.cause_gone_at.is_(None))
        if alert_ids:
            with self._writes() as connection:
                connection.execute(gone.values(cause_gone_at=at))

    def acknowledge_alert(self, alert_id: str, by: str, at: datetime, channels_of: ChannelsOf) -> Alert:
        """Note that a person knows of an alert; the first one counts.

        Raises
        ------
        NotFound
            There is no such alert.
        Conflict
            It is closed.
        """
        alert = self.alert(alert_id)
        if alert.status is AlertStatus.ACKNOWLEDGED:
            return alert
        step = acknowledged(alert, by, at)
        return self._step(AlertChange(AlertEvent.ACKNOWLEDGED, step, tuple(channels_of(alert.kind))), at)

    def close_alert(self, alert_id: str, by: str, at: datetime, channels_of: ChannelsOf) -> Alert:
        """Close an alert in a person's name; raise `NotFound`, or `Conflict` where it is closed already."""
        step = closed(self.alert(alert_id), at, by=by)
        return self._step(AlertChange(AlertEvent.CLOSED, step, tuple(channels_of(step.kind))), at)

    def announcements(self, alert_id: str) -> tuple[Announcement, ...]:
        """Return what was, and is to be, announced of an alert, oldest first."""
        query = select(tables.announcement).where(TOLD.alert_id == alert_id).order_by(TOLD.number)
        with self._reads() as connection:
            return tuple(map(announcement_of, connection.execute(query).mappings()))

    def take_announcements(
        self, channel: str, now: datetime, until: datetime, limit: int
    ) -> tuple[Announcement, ...]:
        """Return what is due on a channel, oldest first; nobody else is given it before `until`.

        Of one alert only the first that waits: who hears of its closing has heard of its opening.
        """
        earlier = tables.announcement.alias("earlier")
        waits_longer = (
            select(earlier.c.number)
            .where(earlier.c.alert_id == TOLD.alert_id, earlier.c.channel == TOLD.channel)
            .where(earlier.c.number < TOLD.number, earlier.c.next_try_at.is_not(None))
            .exists()
        )
        is_due = (TOLD.channel == channel) & (TOLD.next_try_at <= now)
        first = select(TOLD.number).where(is_due, ~waits_longer).order_by(TOLD.number).limit(limit)
        # The condition stands twice: of two watchers that chose the same, the second finds them taken.
        taking = update(tables.announcement).where(TOLD.number.in_(first.scalar_subquery()), is_due)
        taken = taking.values(next_try_at=until, num_tries=TOLD.num_tries + 1).returning(tables.announcement)
        with self._writes() as connection:
            rows = connection.execute(taken).mappings().all()
        return tuple(map(announcement_of, sorted(rows, key=lambda row: int(row["number"]))))

    def settle_announcements(self, announcements: Iterable[Announcement]) -> None:
        """Keep what became of announcements: delivered, to be tried again, or given up."""
        with self._writes() as connection:
            for each in announcements:
                outcome = {name: getattr(each, name) for name in ("next_try_at", "delivered_at", "error")}
                mine = update(tables.announcement).where(TOLD.announcement_id == each.announcement_id)
                connection.execute(mine.values(outcome))

    def _step(self, change: AlertChange, at: datetime) -> Alert:
        made = self.change_alerts([change], at)
        if not made:
            message = f"The alert {change.alert.alert_id} is closed already."
            raise Conflict(message)
        return made[0].alert


def alert_of(row: RowMapping) -> Alert:
    """Read an alert."""
    return Alert(
        **pick(row, Alert, "kind", "status"), kind=AlertKind(row["kind"]), status=AlertStatus(row["status"])
    )


def announcement_of(row: RowMapping) -> Announcement:
    """Read an announcement."""
    return Announcement(**pick(row, Announcement, "event"), event=AlertEvent(row["event"]))


def _row(announcement: Announcement) -> dict[str, object]:
    return plain(announcement) | {"body": dict(announcement.body)}


def _one(connection: Connection, alert_id: str) -> Alert:
    query = select(tables.alert).where(KEPT.alert_id == alert_id)
    # No alert has a NUL in its id, and PostgreSQL refuses to look for one.
    row = None if "\0" in alert_id else connection.execute(query).mappings().one_or_none()
    if row is None:
        kind = "alert"
        raise NotFound(kind, alert_id)
    return alert_of(row)


def _opened(connection: Connection, changes: Sequence[AlertChange]) -> list[AlertChange]:
    new = {change.alert.alert_id: change for change in changes if change.event is AlertEvent.OPENED}
    if not new:
        return []
    rows = [plain(change.alert) | {"evidence": dict(change.alert.evidence)} for change in new.values()]
    statement = insert_into(connection, tables.alert).on_conflict_do_nothing().returning(KEPT.alert_id)
    kept = set(connection.scalars(statement, rows))
    return [change for alert_id, change in new.items() if alert_id in kept]


def _stepped(connection: Connection, changes: Sequence[AlertChange]) -> list[AlertChange]:
    steps = {change.alert.alert_id: change for change in changes if change.event in STEPS}
    query = select(tables.alert).where(KEPT.alert_id.in_(steps), KEPT.status != AlertStatus.CLOSED)
    if not steps:
        return []
    # In one order, so that two watchers that meet wait, and never for one another.
    rows = connection.execute(query.order_by(KEPT.alert_id).with_for_update()).mappings().all()
    made = []
    for alert in map(alert_of, rows):
        change = steps[alert.alert_id]
        values = {name: getattr(change.alert, name) for name in STEPS[change.event]}
        connection.execute(update(tables.alert).where(KEPT.alert_id == alert.alert_id).values(values))
        made.append(replace(change, alert=replace(alert, **values)))
    return made
