"""A simulated town at the broker: its history as fast as allowed, then life at any multiple of real time."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from pathlib import Path
from threading import Event
from zoneinfo import ZoneInfo

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

from optimizer.matrix import Place
from optimizer.matrix.providers import open_roads
from simulator.city import make_city
from simulator.export import Travel, export_town
from simulator.live import replay, run_live
from simulator.publisher import Outbox, Publisher
from simulator.town import Message, SimulatedTown
from tournee.cli.processes import Interrupted
from tournee.clock import Clock, utc_now
from tournee.domain import Network
from tournee.scenario_folder import Span
from tournee.settings import RoadsSettings, Settings
from tournee.store import Store


@dataclass(frozen=True, slots=True)
class Pace:
    """How many days of history, at most how many messages a second, and how fast life goes on; none ends there."""

    days: int
    rate: float
    speed: float | None


@dataclass(frozen=True, slots=True)
class Interruptible:
    """An outbox that takes nothing more once a person asked us to stop, be it in the middle of a day."""

    outbox: Outbox
    stop: Event

    def publish(self, message: Message) -> None:
        """Send a message, or raise `Interrupted`."""
        if self.stop.is_set():
            raise Interrupted
        self.outbox.publish(message)

    def flush(self) -> None:
        """Return when everything published has arrived."""
        self.outbox.flush()


def run_simulation(settings: Settings, store: Store, pace: Pace, stop: Event, console: Console) -> None:
    """Make a town, tell the store what stands in it, and publish what its sensors say."""
    city = make_city(settings.roads.extract, settings.simulator)
    store.save_network(city.network)
    zone, now = settings.town.zone, utc_now()
    town = SimulatedTown(city, settings.simulator, now - timedelta(days=pace.days), zone)
    with Publisher(settings.broker, rate=pace.rate) as publisher:
        outbox = Interruptible(publisher, stop)
        try:
            if pace.speed is None or pace.speed <= 1:
                replay_with_bar(town, outbox, now, zone, console)
                console.print(f"{town.num_sent:,} messages of {len(city.bins)} bins sent.", highlight=False)
            if pace.speed is not None:
                console.print(f"Living at {pace.speed:g} times real time; Ctrl-C ends.", highlight=False)
                live_on(town, outbox, store, zone, speed=pace.speed)
        except Interrupted:
            console.print("Stopped; what was sent has arrived.")


EXPORT_START = date(2024, 1, 1)
"""A Monday: the first day of every exported town, so that the same seed is the same folder."""

WARM_UP_DAYS = 14


def run_export(settings: Settings, days: int, folder: Path, console: Console) -> None:
    """Write the town and its deposits as a scenario's folder; of its days, the last `days` count."""
    city = make_city(settings.roads.extract, settings.simulator)
    measured_from = EXPORT_START + timedelta(days=WARM_UP_DAYS)
    span = Span(EXPORT_START, measured_from, measured_from + timedelta(days=days))
    with console.status("Measuring the ways and throwing things in …"):
        count = export_town(
            city,
            settings.simulator,
            span,
            lambda network: travel_of(network, settings.roads),
            folder,
            settings.town.zone,
        )
    console.print(
        f"{count:,} deposits in {len(city.bins)} bins written to {folder}", highlight=False, markup=False
    )


def travel_of(network: Network, settings: RoadsSettings) -> Travel:
    """Return travel between a depot, its bins and its facilities, as the first of its trucks may drive."""
    places = [Place(network.depot.location)]
    places += [Place(one.location, one.curb_side) for one in network.bins]
    places += [Place(one.location) for one in network.facilities]
    matrix = open_roads(settings).matrix(places, network.vehicles[0].dimensions)
    return Travel(matrix.distance_m, matrix.travel_time_s)


def live_on(
    town: SimulatedTown,
    outbox: Interruptible,
    store: Store,
    zone: ZoneInfo,
    *,
    speed: float = 1.0,
    clock: Clock = utc_now,
) -> None:
    """Live until told to stop; drivers serve each plan that a person publishes for their day."""
    depot_id = town.city.depot.depot_id
    served = ""

    def follow_published_plan(town: SimulatedTown) -> None:
        nonlocal served
        plan = store.published_plan(depot_id, town.now.astimezone(zone).date())
        if plan is not None and plan.plan_id != served:
            served = plan.plan_id
            town.serve(plan)

    town_clock = catching_up(clock, town.now, speed)
    run_live(town, outbox, outbox.stop, clock=town_clock, on_step=follow_published_plan)


def catching_up(clock: Clock, start_at: datetime, speed: float) -> Clock:
    """Return a clock that runs `speed` times as fast from `start_at` on, until it has caught up with the present.

    It never runs ahead: a reading from the future would be refused.
    """
    began_at = clock()

    def now() -> datetime:
        present = clock()
        return min(start_at + (present - began_at) * speed, present)

    return now


def replay_with_bar(
    town: SimulatedTown, outbox: Outbox, until: datetime, zone: ZoneInfo, console: Console
) -> None:
    """Publish what happens up to an instant as fast as allowed; return when the broker has all of it."""
    columns = (
        TextColumn("{task.description}"),
        BarColumn(),
        MofNCompleteColumn(),
        TextColumn("days"),
        TimeElapsedColumn(),
    )
    first = town.now.astimezone(zone).date()
    with Progress(*columns, console=console, transient=True, disable=not console.is_terminal) as progress:
        bar = progress.add_task("readings", total=max(1, (until.astimezone(zone).date() - first).days + 1))

        def after_day(day: date, num_sent: int) -> None:
            progress.update(bar, completed=(day - first).days + 1, description=f"{num_sent:,} readings")

        replay(town, outbox, until, zone=zone, progress=after_day)
