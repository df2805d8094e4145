"""The parts that run until they are told to stop, and what looks after them."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console

from tournee.cli.commands.shared import console, kitchen_of, opened_store, say
from tournee.cli.making import telling
from tournee.cli.processes import stopping_on_signals
from tournee.clock import SteadyClock, utc_now
from tournee.settings import Settings


def collect(context: typer.Context) -> None:
    """Store what the broker sends, until SIGTERM or Ctrl-C."""
    from collector.collect import collect as collect_readings

    settings: Settings = context.obj
    with opened_store(settings) as store, stopping_on_signals() as stop:
        collect_readings(settings, store, stop, SteadyClock())


def watch(context: typer.Context) -> None:
    """Look for what a person should know, and tell; tidy every night; until SIGTERM or Ctrl-C."""
    from collector.keeping import tidying
    from collector.watching.watch import watch as watch_town

    settings: Settings = context.obj
    with opened_store(settings) as store, stopping_on_signals() as stop:
        chores = [tidying(store, settings.retention, settings.town.zone, stop)]
        watch_town(settings.broker, settings.alerts, store, stop, clock=SteadyClock(), chores=chores)


def optimize(context: typer.Context) -> None:
    """Make the plans that people ask for, until SIGTERM or Ctrl-C."""
    from optimizer.worker import work

    settings: Settings = context.obj
    with (
        opened_store(settings) as store,
        stopping_on_signals() as stop,
        telling(Console(stderr=True)) as tell,
    ):
        store.requeue_running()
        work(kitchen_of(settings, store), settings.worker.poll_s, stop, tell)


def serve(context: typer.Context) -> None:
    """Show maps, routes and reasons, until SIGTERM or Ctrl-C; prints the address and the key."""
    from api.server import serve as serve_pages

    settings: Settings = context.obj
    with opened_store(settings) as store, stopping_on_signals() as stop:
        serve_pages(settings, store, _print_address, stop)


def demo(
    context: typer.Context,
    once: Annotated[bool, typer.Option("--once", help="Plan, write the results to --out, and end.")] = False,
    out: Annotated[Path, typer.Option(help="Where --once writes.")] = Path("out"),
    seed: Annotated[int | None, typer.Option(min=0, help="Same seed, same town, same plan.")] = None,
    day: Annotated[
        datetime | None, typer.Option("--date", formats=["%Y-%m-%d"], help="The day planned last; today.")
    ] = None,
) -> None:
    """Run the whole product on a simulated town: broker, collector, optimizer, pages, sensors and crews."""
    from tournee.cli.demo import run_demo

    settings: Settings = context.obj
    if seed is not None:
        settings = settings.model_copy(
            update={"simulator": settings.simulator.model_copy(update={"seed": seed})}
        )
    with stopping_on_signals() as stop:
        is_sound = run_demo(settings, day.date() if day else None, out if once else None, stop, console)
    raise typer.Exit(0 if is_sound else 1)


def reconsider(context: typer.Context) -> None:
    """Read refused messages once more, after what was wrong has been put right."""
    from collector.reconsider import reconsider as read_again

    with opened_store(context.obj) as store, console.status("Reading refused messages again …") as status:
        done = read_again(
            context.obj, store, lambda so_far: status.update(f"{so_far.understood} understood so far …")
        )
    say(
        f"{done.understood} messages understood: {done.readings} readings, {done.services} services; "
        f"{done.left} stay refused, each with its reason."
    )


def tidy(
    context: typer.Context,
    *,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Only say what there would be to do.")] = False,
    as_json: Annotated[bool, typer.Option("--json", help="For programs.")] = False,
) -> None:
    """Turn old readings into hours and let go of what is too old; `watch` does so every night."""
    from tournee.cli.tidy import run_tidy, said

    settings: Settings = context.obj
    with opened_store(settings) as store, stopping_on_signals() as stop:
        done = run_tidy(store, settings.retention, utc_now(), stop, only_look=dry_run)
    say(said(done, only_look=dry_run, as_json=as_json))


def _print_address(address: str, key: str) -> None:
    say(f"Tournée is at {address}\nKey for calls that change something: {key}")
