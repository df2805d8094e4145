"""The whole product on a simulated town: what an operator runs, in the same processes, with a town in front of it.

Two weeks of readings go through the broker faster than real time. For the last three days a person at the depot asks
for a plan each morning and publishes it, and the simulated drivers serve it: the loop is seen closed.
"""

from __future__ import annotations

import secrets
import shutil
from collections.abc import Iterator
from contextlib import AbstractContextManager, ExitStack, closing, contextmanager, suppress
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from pathlib import Path
from threading import Event
from time import monotonic

from rich.console import Console
from rich.text import Text

from simulator.city import City, make_city
from simulator.publisher import Publisher
from simulator.town import SimulatedTown
from tournee.cli.broker import (
    LOOPBACK,
    LOSSY,
    find_mosquitto,
    local_broker,
    lossy_broker,
    wanted_or_free_port,
)
from tournee.cli.desk import Desk
from tournee.cli.outcome import Outcome, Stopwatch, write_outcome
from tournee.cli.processes import Interrupted, Parts
from tournee.cli.simulate import Interruptible, live_on, replay_with_bar
from tournee.clock import utc_now
from tournee.domain import Plan
from tournee.errors import Conflict, Unavailable
from tournee.settings import BrokerSettings, Settings, StoreSettings
from tournee.store import Store, open_store

FOLDER = Path("var/demo")
HISTORY_DAYS = 14
PLANNED_DAYS = 3
PLANNING_TIME = time(5)
PERSON = "Demo dispatcher"
STORED_WAIT_S = 120.0
POLL_S = 0.1


@dataclass(frozen=True, slots=True)
class Stage:
    """Everything that runs while the town lives."""

    settings: Settings
    store: Store
    desk: Desk
    outbox: Interruptible
    address: str
    key: str
    stop: Event
    console: Console


def run_demo(
    settings: Settings, last_date: date | None, out: Path | None, stop: Event, console: Console
) -> bool:
    """Run the demo; with `out`, write its results there and end. Return whether the verifier found nothing."""
    watch = Stopwatch()
    latest = last_plannable_date(utc_now(), settings)
    today = last_date or latest
    if today > latest:
        message = f"The demo can't plan {today} yet: its sensors would speak from the future. The last day is {latest}."
        raise Conflict(message)
    with watch.step("town"):
        console.print("Making a town on the streets of the extract …")
        city = make_city(settings.roads.extract, settings.simulator)
    with ExitStack() as stack:
        with watch.step("start"):
            console.print("Starting broker, collector, optimizer and pages …")
            stage = stack.enter_context(on_stage(settings, city, stop, console))
        start_at = datetime.combine(today - timedelta(days=HISTORY_DAYS), time(), settings.town.zone)
        town = SimulatedTown(city, settings.simulator, start_at, settings.town.zone)
        plans = play(stage, town, today, watch)
        outcome = _outcome(stage, town, plans, watch)
        for sentence in outcome.sentences():
            console.print(sentence, highlight=False)
        if out is not None:
            write_outcome(outcome, stage.desk, out)
            console.print(f"Results are in {out}.", highlight=False)
        else:
            _show_where(stage, outcome.plan)
            _live_until_stopped(stage, town)
            console.print("Stopping.")
    return outcome.is_sound


def last_plannable_date(now: datetime, settings: Settings) -> date:
    """Return the last local day whose planning time has come: simulated sensors never speak from the future."""
    local = now.astimezone(settings.town.zone)
    return local.date() if local.time() >= PLANNING_TIME else local.date() - timedelta(days=1)


@contextmanager
def on_stage(settings: Settings, city: City, stop: Event, console: Console) -> Iterator[Stage]:
    """Start broker, collector, watch, optimizer and pages on a fresh store; stop them in the opposite order."""
    shutil.rmtree(FOLDER, ignore_errors=True)
    with ExitStack() as stack:
        broker = stack.enter_context(_broker(settings.broker, console))
        store_settings = StoreSettings(url=f"sqlite:///{FOLDER / 'tournee.db'}")
        store = stack.enter_context(closing(open_store(store_settings)))
        store.save_network(city.network)
        port = wanted_or_free_port(settings.api.port)
        key = settings.api.key.get_secret_value() or secrets.token_urlsafe(16)
        environ = {
            "TOURNEE_STORE__URL": store_settings.url,
            "TOURNEE_BROKER__HOST": broker.host,
            "TOURNEE_BROKER__PORT": str(broker.port),
            "TOURNEE_BROKER__MQTT_VERSION": broker.mqtt_version,
            "TOURNEE_API__PORT": str(port),
            "TOURNEE_API__KEY": key,
        }
        parts = stack.enter_context(Parts(("collect", "watch", "optimize", "serve"), environ, FOLDER / "log"))
        address = f"http://{LOOPBACK}:{port}"
        desk = stack.enter_context(closing(Desk(address, key, stop, parts.check)))
        desk.wait_until_open()
        outbox = Interruptible(stack.enter_context(Publisher(broker)), stop)
        yield Stage(settings, store, desk, outbox, address, key, stop, console)


def _broker(broker: BrokerSettings, console: Console) -> AbstractContextManager[BrokerSettings]:
    if find_mosquitto():
        return local_broker(FOLDER / "broker", broker)
    console.print(f"[yellow]{LOSSY}[/yellow]")
    return lossy_broker(broker)


def play(stage: Stage, town: SimulatedTown, today: date, watch: Stopwatch) -> list[Plan]:
    """Live through the history and the planned days up to today's published plan; return the plans."""
    depot_id, zone = town.city.depot.depot_id, stage.settings.town.zone
    plans = []
    for day in (today - timedelta(days=back) for back in reversed(range(PLANNED_DAYS))):
        morning = datetime.combine(day, PLANNING_TIME, zone)
        with watch.step("readings"):
            replay_with_bar(town, stage.outbox, morning, zone, stage.console)
            wait_until_stored(stage, town)
        with watch.step("plans"):
            stage.console.print(f"{day:%A %d %B}: planning …", highlight=False)
            seed = stage.settings.simulator.seed
            with stage.console.status("") as line:
                plan_id = stage.desk.publish_plan(
                    depot_id, day, morning, seed, PERSON, lambda sentence: line.update(Text(sentence))
                )
        plans.append(stage.store.plan(plan_id))
        town.serve(plans[-1])
    return plans


def _live_until_stopped(stage: Stage, town: SimulatedTown) -> None:
    zone = stage.settings.town.zone
    with suppress(Interrupted):
        replay_with_bar(town, stage.outbox, utc_now(), zone, stage.console)
        live_on(town, stage.outbox, stage.store, zone)


def wait_until_stored(stage: Stage, town: SimulatedTown) -> None:
    """Return when every message sent is stored, recognized as a repeat, or refused with its reason."""
    deadline = monotonic() + STORED_WAIT_S
    while (kept := stage.store.counts().total) < town.num_sent:
        if stage.stop.wait(POLL_S):
            raise Interrupted
        if monotonic() > deadline:
            message = f"Of {town.num_sent} messages only {kept} were stored within {STORED_WAIT_S:g} s; see {FOLDER / 'log'}."
            raise Unavailable(message)


def _outcome(stage: Stage, town: SimulatedTown, plans: list[Plan], watch: Stopwatch) -> Outcome:
    return Outcome(
        plan=plans[-1],
        num_bins=len(town.city.bins),
        readings_sent=town.num_readings,
        counts=stage.store.counts(),
        refused_by_reason=stage.store.refusals_by_reason(),
        services_sent=town.num_services,
        overflow_bin_hours=town.overflow_bin_hours,
        violations=sum(len(plan.violations) for plan in plans),
        seconds=watch.seconds,
    )


def _show_where(stage: Stage, plan: Plan) -> None:
    stage.console.print(
        f"\n[bold]Tournée is at {stage.address}[/bold]\n"
        f"  today's map    {stage.address}/plans/{plan.plan_id}/map\n"
        f"  as a table     {stage.address}/plans/{plan.plan_id}/table\n"
        f"  alerts         {stage.address}/alerts\n"
        f"  is all well?   {stage.address}/health\n"
        f"Key for calls that change something: {stage.key}\n"
        "The town goes on in real time. Ctrl-C ends all of it.",
        highlight=False,
    )
