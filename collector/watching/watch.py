"""`tournee watch`, put together: look at the store, open and close alerts, tell those who should know."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from contextlib import ExitStack
from dataclasses import replace
from datetime import datetime, timedelta
from threading import Event, Lock
from uuid import uuid4

from collector.watching.announcing import Announcer, Channel
from collector.watching.assess import ALL, Sight, assess
from collector.watching.broker import AlertBroker
from collector.watching.chores import Chore, run_chores
from collector.watching.compare import compare, recovered
from collector.watching.findings import Finding, Opening, decide
from collector.watching.webhook import Webhook
from tournee.clock import Clock, utc_now
from tournee.domain import Placement
from tournee.settings import AlertSettings, BrokerSettings
from tournee.store import Store

PART = "watch"
DELIVER_S = 1.0
LATE = timedelta(
    minutes=1
)  # a reading may be committed so long after it was received; the sweep sees the rest
COMPARED = timedelta(hours=24)  # a report is judged for so long, by the readings that follow it


class Watch:
    """Looks at the store, and opens and closes alerts."""

    def __init__(self, store: Store, settings: AlertSettings, clock: Clock = utc_now) -> None:
        self._store, self._settings, self._clock = store, settings, clock
        self._version = -1
        self._placements: tuple[Placement, ...] = ()
        self._looked_at: datetime | None = None
        # A sweep that began before a look must not undo what the look saw.
        self._turns = Lock()

    def look(self) -> None:
        """Act on what has come in since the last look; then give a sign of life."""
        with self._turns:
            now = self._clock()
            sight = self._seen(now, self._looked_at and self._looked_at - LATE)
            self._act(assess(sight, self._settings))
            self._looked_at = now
            self._store.beat(PART, now, f"alerts not closed: {self._store.num_open_alerts()}")

    def sweep(self) -> None:
        """Act on everything there is: also on silence, stuck sensors, crews that saw something else, snoozes that end."""
        with self._turns:
            now = self._clock()
            same = self._store.num_unchanged(timedelta(days=self._settings.stuck_days))
            sight = replace(self._seen(now, None), num_unchanged=same)
            by_bin = {state.bin_id: state for state in sight.states}
            self._act(
                [
                    *assess(sight, self._settings, ALL),
                    *recovered(self._store.open_alerts(), by_bin, self._settings),
                    *compare(self._store.service_sightings(now - COMPARED, now), self._settings),
                ]
            )

    def _seen(self, now: datetime, since: datetime | None) -> Sight:
        """Return what has come in since an instant, with the sensors that it is about; everything since None."""
        states, devices = self._store.bin_states(since), self._store.device_signs(since)
        heard = {state.bin_id for state in states}
        placed = self._placed()
        if since is not None:
            placed = tuple(one for one in placed if one.bin_id in heard or one.sensor_id in devices)
        floor_c = self._settings.fire_floor_c
        is_warm = any(one.temperature_c is not None and one.temperature_c >= floor_c for one in states)
        lowest = self._store.lowest_temperatures(floor_c, now) if is_warm else {}
        return Sight(now, states, devices, placed, lowest)

    def _act(self, findings: Iterable[Finding]) -> None:
        found, now = list(findings), self._clock()
        if not found:
            return
        held = self._store.standing_alerts(now - timedelta(hours=self._settings.snooze_hours))
        opening = Opening(now, lambda: uuid4().hex, self._settings.channels)
        decision = decide(found, self._store.open_alerts(), held, opening)
        if decision.changes:
            self._store.change_alerts(decision.changes, now)
        self._store.note_causes_gone(decision.causes_gone, now)

    def _placed(self) -> tuple[Placement, ...]:
        version = self._store.network_version()
        if version != self._version:
            self._placements = tuple(one for one in self._store.placements() if one.until_at is None)
            self._version = version
        return self._placements


def watch(
    broker: BrokerSettings,
    settings: AlertSettings,
    store: Store,
    stop: Event,
    *,
    clock: Clock = utc_now,
    chores: Sequence[Chore] = (),
) -> None:
    """Watch until `stop`.

    Parameters
    ----------
    chores
        What else this process does from time to time, such as housekeeping.

    Raises
    ------
    ConfigError
        The secret that signs webhooks is missing, or our topics would reach our own collector.
    """
    watching = Watch(store, settings, clock)
    with ExitStack() as stack:
        own = [
            Chore("look", settings.look_s, watching.look),
            Chore("sweep", settings.sweep_s, watching.sweep),
        ]
        told = [Announcer(store, one, settings, clock) for one in _channels(broker, settings, clock, stack)]
        run_chores([*own, *(_delivery(one, stop) for one in told), *chores], stop)


def _channels(
    broker: BrokerSettings, settings: AlertSettings, clock: Clock, stack: ExitStack
) -> Iterable[Channel]:
    if settings.topic_prefix:
        yield stack.enter_context(AlertBroker(broker, settings))
    for webhook in settings.webhooks:
        yield stack.enter_context(Webhook(webhook, settings, clock))


def _delivery(announcer: Announcer, stop: Event) -> Chore:
    return Chore(f"tell {announcer.channel.name}", DELIVER_S, lambda: announcer.deliver_due(stop.is_set))
