"""How long things are kept, when the house is tidied, and what is said of it."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, time, timedelta
from threading import Event
from zoneinfo import ZoneInfo

from collector.watching.chores import Chore
from tournee.clock import Clock, utc_now
from tournee.settings import RetentionSettings
from tournee.store import Limits, Store, Tidied

PART = "tidy"
LOOK_S = 600.0  # between two looks whether it is due
PAUSE_S = 0.05
"""Between two slices of work: longer than a slice, so that whoever else writes comes first."""


def limits(settings: RetentionSettings, now: datetime) -> Limits:
    """Return from when on things are kept; readings by whole days of UTC, which is how they lie in the store."""

    def ago(days: int) -> datetime:
        return now - timedelta(days=days)

    return Limits(
        raw_before=datetime.combine(ago(settings.raw_days).astimezone(UTC), time(), tzinfo=UTC),
        refusals_before=ago(settings.refusals_days),
        messages_before=ago(settings.messages_days),
        announcements_before=ago(settings.announcements_days),
        forecasts_before=ago(settings.forecasts_days),
    )


def tidy(
    store: Store, what: Limits, stop: Event, report: Callable[[Tidied], object] = lambda _: None
) -> Tidied:
    """Tidy until nothing is left or `stop`; return what was done. `report` hears of each slice."""
    done = Tidied()
    for piece in store.tidy(what):
        report(piece)
        done += piece
        if stop.wait(PAUSE_S):
            break
    return done


def tidy_if_due(
    store: Store, settings: RetentionSettings, zone: ZoneInfo, now: datetime, stop: Event
) -> Tidied | None:
    """Tidy once a night; return None where it was done already. What was done is the sign of life of `tidy`.

    Raises
    ------
    StoreUnavailable
        The database does not answer; what was done until then is done.
    """
    last = store.heartbeats().get(PART)
    if last is not None and last.at >= due_at(now, settings.tidy_hour, zone):
        return None
    done = tidy(store, limits(settings, now), stop)
    if not stop.is_set():
        store.beat(PART, now, sentence(done))
    return done


def due_at(now: datetime, hour: int, zone: ZoneInfo) -> datetime:
    """Return the last instant at which tidying fell due: an hour of the town's day."""
    local = now.astimezone(zone)
    today = datetime.combine(local, time(hour), tzinfo=zone)
    due = today if today <= local else datetime.combine(local - timedelta(days=1), time(hour), tzinfo=zone)
    return due.astimezone(UTC)


def sentence(done: Tidied, *, would: bool = False) -> str:
    """Return what was done, or would be, for people."""
    verb = "would become" if would else "became"
    hours = "hours" if would else f"{done.hours:,} hours"
    rest = [
        f"{count:,} {name}"
        for name in ("refusals", "messages", "announcements", "forecasts")
        if (count := getattr(done, name))
    ]
    parts = [f"{done.readings:,} readings {verb} {hours}"] if done.readings else []
    if rest:
        parts.append(f"{', '.join(rest)} {'would go' if would else 'went'}")
    if done.busy_days:
        parts.append(f"{done.busy_days} days stay for the next time, because somebody always looked at them")
    return "; ".join(parts) + "." if parts else "Nothing is old enough to go."


def tidying(
    store: Store, settings: RetentionSettings, zone: ZoneInfo, stop: Event, clock: Clock = utc_now
) -> Chore:
    """Return the chore of tidying, for a process that does such things from time to time."""
    return Chore(PART, LOOK_S, lambda: tidy_if_due(store, settings, zone, clock(), stop))
