"""`tournee watch`, put together: look at the store, open and close alerts, tell those who should know."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from contextlib import ExitStack
from datetime import timedelta
from threading import Event
from uuid import uuid4

from collector.watching.announcing import Announcer, Channel
from collector.watching.assess import Sight, assess, stuck
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
COMPARED = timedelta(hours=24)  # a report is judged for so long, by the readings that follow it


class Watch:
    """Looks at the store, and opens and closes alerts."""

    def __init__(self, store: Store, settings: AlertSettings, clock: Clock = utc_now) -> None:
        self._store, self._settings, self._clock = store, settings, clock
        self._version = -1
        self._placements: tuple[Placement, ...] = ()

    def look(self) -> None:
        """Act on the newest readings and on what devices say of themselves; then give a sign of life."""
        now, store = self._clock(), self._store
        sight = Sight(
            now=now,
            states=store.bin_states(),
            devices=store.device_states(),
            placements=self._placed(),
            lowest_c=store.lowest_temperatures(self._settings.fire_floor_c, now),
        )
        self._act(assess(sight, self._settings))
        store.beat(PART, now, f"alerts not closed: {store.num_open_alerts()}")

    def compare(self) -> None:
        """Act on what takes longer to see: sensors that are stuck, and crews that saw something else."""
        now, store = self._clock(), self._store
        states = store.bin_states()
        same = store.num_unchanged(timedelta(days=self._settings.stuck_days))
        sight = Sight(now=now, states=states, placements=self._placed(), num_unchanged=same)
        by_bin = {state.bin_id: state for state in states}
        findings = [
            *assess(sight, self._settings, [stuck]),
            *recovered(store.open_alerts(), by_bin, self._settings),
            *compare(store.service_sightings(now - COMPARED, now), self._settings),
        ]
        self._act(findings)

    def _act(self, findings: Iterable[Finding]) -> None:
        now = self._clock()
        held = self._store.standing_alerts(now - timedelta(hours=self._settings.snooze_hours))
        opening = Opening(now, lambda: uuid4().hex, self._settings.channels)
        decision = decide(findings, self._store.open_alerts(), held, opening)
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
            Chore("compare", settings.compare_s, watching.compare),
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
