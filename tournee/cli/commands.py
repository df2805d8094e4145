"""What a person types: each command reads its settings, puts its parts together, and runs them."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import closing, contextmanager
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer
from rich.console import Console
from rich.markup import escape
from rich.table import Table

from tournee.cli.logs import set_up_logs
from tournee.cli.making import telling, watching
from tournee.cli.processes import stopping_on_signals
from tournee.clock import SteadyClock, utc_now
from tournee.domain import DayChangeKind, Plan, PlanRequest, Sensor
from tournee.errors import TourneeError
from tournee.settings import Settings, load_settings
from tournee.store import Store, open_store
from tournee.transfer import Kind, export_text, import_file

if TYPE_CHECKING:
    from optimizer.plan import Kitchen

DEFAULT_CONFIG = Path("config.yaml")
CONFIG_VARIABLE = "TOURNEE_CONFIG"

app = typer.Typer(
    help="Plans waste collection from bin fill levels, and says why.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
)
console = Console(soft_wrap=True)


@app.callback()
def read_settings(
    context: typer.Context,
    config: Annotated[
        Path | None,
        typer.Option(envvar=CONFIG_VARIABLE, help="Settings; config.yaml of this folder if it is there."),
    ] = None,
    verbose: Annotated[bool, typer.Option("--verbose", "-v", help="Say more in the log.")] = False,
) -> None:
    """Read the settings once, for whatever command follows."""
    path = config or (DEFAULT_CONFIG if DEFAULT_CONFIG.exists() else None)
    context.obj = load_settings(path)
    set_up_logs(context.obj.log, verbose=verbose)
    if config:
        os.environ[CONFIG_VARIABLE] = str(config.resolve())  # the parts that a demo starts read the same file


@app.command()
def collect(context: typer.Context) -> None:
    """Store what the broker sends, until SIGTERM or Ctrl-C."""
    from collector.collect import collect as collect_readings

    settings: Settings = context.obj
    with _store(settings) as store, stopping_on_signals() as stop:
        collect_readings(settings, store, stop, SteadyClock())


@app.command()
def watch(context: typer.Context) -> None:
    """Look for what a person should know, and tell; tidy every night; until SIGTERM or Ctrl-C."""
    from collector.keeping import tidying
    from collector.watching.watch import watch as watch_town

    settings: Settings = context.obj
    with _store(settings) as store, stopping_on_signals() as stop:
        chores = [tidying(store, settings.retention, settings.town.zone, stop)]
        watch_town(settings.broker, settings.alerts, store, stop, clock=SteadyClock(), chores=chores)


@app.command()
def reconsider(context: typer.Context) -> None:
    """Read refused messages once more, after what was wrong has been put right."""
    from collector.reconsider import reconsider as read_again

    with _store(context.obj) as store, console.status("Reading refused messages again …") as status:
        done = read_again(
            context.obj, store, lambda so_far: status.update(f"{so_far.understood} understood so far …")
        )
    _say(
        f"{done.understood} messages understood: {done.readings} readings, {done.services} services; "
        f"{done.left} stay refused, each with its reason."
    )


@app.command()
def optimize(context: typer.Context) -> None:
    """Make the plans that people ask for, until SIGTERM or Ctrl-C."""
    from optimizer.worker import work

    settings: Settings = context.obj
    with _store(settings) as store, stopping_on_signals() as stop, telling(Console(stderr=True)) as tell:
        store.requeue_running()
        work(_kitchen(settings, store), settings.worker.poll_s, stop, tell)


@app.command()
def serve(context: typer.Context) -> None:
    """Show maps, routes and reasons, until SIGTERM or Ctrl-C; prints the address and the key."""
    from api.server import serve as serve_pages

    settings: Settings = context.obj
    with _store(settings) as store, stopping_on_signals() as stop:
        serve_pages(settings, store, _print_address, stop)


@app.command()
def plan(
    context: typer.Context,
    depot: Annotated[str, typer.Option(help="Id of the depot.")],
    day: Annotated[
        datetime, typer.Option("--date", formats=["%Y-%m-%d"], help="Day to plan, such as 2026-11-23.")
    ],
    bins: Annotated[
        list[str] | None,
        typer.Option("--bin", help="A bin to serve whatever the forecast says; may be repeated."),
    ] = None,
    seed: Annotated[int, typer.Option(help="Same seed, same data: same plan.")] = 0,
) -> None:
    """Make one plan now, save it as a draft, and say what is in it; Ctrl-C takes the best so far."""
    from optimizer.worker import plan_once

    settings: Settings = context.obj
    with _store(settings) as store:
        now = utc_now()
        requested = tuple(store.bin(bin_id).bin_id for bin_id in bins or ())
        request = PlanRequest(
            f"{depot}-{day:%Y-%m-%d}-{now:%H%M%S%f}", depot, day.date(), now, seed, requested
        )
        with watching(Console(stderr=True)) as watch:
            made = plan_once(request, _kitchen(settings, store), watch)
        _say(f"Plan {made.plan_id} of {made.depot_id} for {made.service_date}")
        console.print(_plan_table(made))
        _say(_plan_sentence(made))


@app.command()
def replan(  # noqa: PLR0913 - what may happen in a day
    context: typer.Context,
    plan_id: Annotated[str, typer.Argument(help="The published plan that is driven.")],
    *,
    at: Annotated[
        datetime | None,
        typer.Option(formats=["%H:%M", "%H:%M:%S"], help="Local time from which it changes; now."),
    ] = None,
    truck_down: Annotated[list[str] | None, typer.Option(help="A vehicle that broke down.")] = None,
    facility_closed: Annotated[list[str] | None, typer.Option(help="A facility that closed.")] = None,
    add: Annotated[list[str] | None, typer.Option(help="A bin to serve as well.")] = None,
    remove: Annotated[list[str] | None, typer.Option(help="A bin that need not be served.")] = None,
    lock: Annotated[
        list[str] | None, typer.Option(help="A bin that stays on its truck, in its order.")
    ] = None,
    seed: Annotated[int, typer.Option(help="Same seed, same data: same draft.")] = 0,
) -> None:
    """Change a published plan in the day: a draft that keeps what is done, and what it changes for whom; Ctrl-C takes the best so far."""
    from tournee.cli.replan import (
        changes_of,
        difference_table,
        instant_of,
        request_of,
        run_replan,
        sentences,
    )

    settings: Settings = context.obj
    with _store(settings) as store:
        plan = store.plan(plan_id)
        kinds = DayChangeKind
        said = {kinds.TRUCK_DOWN: truck_down, kinds.FACILITY_CLOSED: facility_closed, kinds.BIN_ADDED: add}
        changes = changes_of(said | {kinds.BIN_REMOVED: remove, kinds.STOP_LOCKED: lock})
        moment = instant_of(at, plan, settings.town.zone, utc_now())
        kitchen = _kitchen(settings, store)
        with watching(Console(stderr=True)) as watch:
            made = run_replan(plan, request_of(plan, moment, changes, seed), kitchen, watch)
    console.print(difference_table(made.told))
    _say("\n".join(sentences(made)))


@app.command()
def simulate(
    context: typer.Context,
    *,
    bins: Annotated[int | None, typer.Option(min=3, max=100_000, help="Bins in the town.")] = None,
    days: Annotated[
        int, typer.Option(min=0, max=400, help="Days of history, sent as fast as `--rate` allows.")
    ] = 14,
    seed: Annotated[int | None, typer.Option(min=0, help="Same seed, same town, same deposits.")] = None,
    rate: Annotated[
        float, typer.Option(min=0, help="Messages a second at most; 0 is as fast as the broker takes.")
    ] = 0,
    speed: Annotated[
        float | None,
        typer.Option(
            min=0.01,
            help="Live on at this multiple of real time; above 1 from the first day of history, until now is reached.",
        ),
    ] = None,
    export: Annotated[
        Path | None,
        typer.Option(
            help="Publish nothing: write a scenario for `tournee evaluate` here, of which `--days` count."
        ),
    ] = None,
) -> None:
    """Fill a simulated town and publish what its sensors say, to develop against."""
    from tournee.cli.simulate import Pace, run_export, run_simulation

    settings: Settings = context.obj
    changes = {key: value for key, value in {"num_bins": bins, "seed": seed}.items() if value is not None}
    settings = settings.model_copy(update={"simulator": settings.simulator.model_copy(update=changes)})
    if export:
        run_export(settings, days, export, console)
        return
    with _store(settings) as store, stopping_on_signals() as stop:
        run_simulation(settings, store, Pace(days, rate, speed), stop, console)


@app.command()
def evaluate(  # noqa: PLR0913 - what a comparison is made of
    context: typer.Context,
    scenario: Annotated[str, typer.Argument(help="A scenario's folder; {seed} stands for each seed's own.")],
    *,
    policy: Annotated[
        str, typer.Option(help="Such as calendar,threshold:70:80,tournee; docs/evaluation.md names all.")
    ] = "fullest,calendar,threshold,days_to_full,prize,tournee,perfect",
    seeds: Annotated[str, typer.Option(help="Such as 1,2 or 101..105.")] = "1",
    dead: Annotated[float, typer.Option(min=0, max=1, help="Share of sensors that are silent.")] = 0.0,
    without: Annotated[float, typer.Option(min=0, max=1, help="Share of bins that have no sensor.")] = 0.0,
    noise: Annotated[float, typer.Option(min=0, max=0.5, help="Standard deviation of a reading.")] = 0.02,
    iterations: Annotated[int, typer.Option(min=1, help="Steps of each day's search for routes.")] = 100,
    processes: Annotated[int, typer.Option(min=1, max=256, help="Runs made at once.")] = 1,
    from_store: Annotated[
        str, typer.Option(metavar="DEPOT", help="Write the scenario first, from this depot's own history.")
    ] = "",
    what_if: Annotated[
        list[str] | None,
        typer.Option(
            help="The same once more with one-truck-less, no-sunday, collect-on:mo+we+fr, half-the-sensors, facility-closed:ID."
        ),
    ] = None,
    out: Annotated[
        Path | None,
        typer.Option(help="Keeps every finished run here, to go on from, result.json and the report."),
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="For programs.")] = False,
) -> None:
    """Compare ways of choosing bins over weeks, on the same deposits and the same sensor errors."""
    from optimizer.closed_loop.from_store import write_from_store
    from optimizer.closed_loop.known import Sensing
    from tournee.cli.evaluate import (
        Wishes,
        compared_table,
        jobs_of,
        json_text,
        run_evaluation,
        sentence_of,
        table_of,
    )

    if from_store:
        folder = Path(scenario)
        with _store(context.obj) as store:
            written = write_from_store(folder, _kitchen(context.obj, store), from_store, utc_now())
        Console(stderr=True).print(sentence_of(written, folder), highlight=False, markup=False)
    sensing = Sensing(noise=noise, dead=dead, without=without)
    wishes = Wishes(scenario, policy, seeds, sensing, iterations, tuple(what_if or ()))
    jobs = jobs_of(wishes, context.obj)
    result = run_evaluation(jobs, processes, out, Console(stderr=True))
    if as_json:
        _say(json_text(result))
        return
    console.print(table_of(result))
    console.print(compared_table(result))


@app.command()
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


@app.command("import")
def import_(
    context: typer.Context,
    kind: Annotated[Kind, typer.Argument(help="What the file holds; sites first.")],
    file: Annotated[Path, typer.Argument(help="A .csv or .geojson file.")],
) -> None:
    """Keep the rows of a file: all of them, or none and a list of the bad cells."""
    with _store(context.obj) as store:
        _say(f"{import_file(store, kind, file)} {kind} imported from {file.name}")


@app.command()
def export(
    context: typer.Context,
    kind: Annotated[Kind, typer.Argument(help="What to write.")],
    file: Annotated[Path, typer.Argument(help="A .csv or .geojson file.")],
) -> None:
    """Write everything of a kind to a file."""
    with _store(context.obj) as store:
        text = export_text(store, kind, as_geojson=file.suffix.lower() == ".geojson")
    try:
        file.write_text(text, encoding="utf-8")
    except OSError as failure:
        message = f"{file} can't be written: {failure.strerror}."
        raise TourneeError(message) from failure
    _say(f"{kind} written to {file}")


@app.command()
def decode(
    file: Annotated[Path, typer.Argument(help="One message, as the network server sends it.")],
    *,
    source: Annotated[str, typer.Option(help="chirpstack, things-stack, loriot, thingpark, json or ngsi.")],
    codec: Annotated[str, typer.Option(help="A JavaScript codec, or the name of a shipped one.")] = "",
    profile: Annotated[str, typer.Option(help="A device profile, or the name of a shipped one.")] = "",
    empty_mm: Annotated[float, typer.Option(help="Distance to the bottom of the empty bin.")] = 0.0,
    full_mm: Annotated[float, typer.Option(help="Distance at which the bin is full.")] = 0.0,
    as_json: Annotated[bool, typer.Option("--json", help="For programs.")] = False,
) -> None:
    """Show what one message of a sensor says, by which rule, or why it is refused."""
    import json

    from tournee.cli.decode import Trial, sentences, try_message

    sensor = Sensor("", "", empty_distance_mm=empty_mm, full_distance_mm=full_mm)
    said = try_message(Trial(source, file, codec, profile, sensor), utc_now())
    _say(json.dumps(said, ensure_ascii=False, indent=2) if as_json else "\n".join(sentences(said)))


@app.command()
def roads(context: typer.Context) -> None:
    """Show where travel times come from, and what was understood of `roads.overrides`."""
    from tournee.cli.roads import road_lines

    for line in road_lines(context.obj.roads):
        _say(line)


@app.command()
def tidy(
    context: typer.Context,
    *,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Only say what there would be to do.")] = False,
    as_json: Annotated[bool, typer.Option("--json", help="For programs.")] = False,
) -> None:
    """Turn old readings into hours and let go of what is too old; `watch` does so every night."""
    from tournee.cli.tidy import run_tidy, said

    settings: Settings = context.obj
    with _store(settings) as store, stopping_on_signals() as stop:
        done = run_tidy(store, settings.retention, utc_now(), stop, only_look=dry_run)
    _say(said(done, only_look=dry_run, as_json=as_json))


@app.command()
def backtest(
    context: typer.Context,
    readings: Annotated[
        Path, typer.Option(help="CSV with bin_id, measured_at and fill_level, by these or like names.")
    ],
    *,
    services: Annotated[
        Path | None, typer.Option(help="CSV with bin_id and served_at of reported emptyings.")
    ] = None,
    full: Annotated[
        float | None,
        typer.Option(min=1e-6, help="The level that means full; found out from the file: 1, 10 or 100."),
    ] = None,
    origins: Annotated[int, typer.Option(min=1, help="The last so many days are foreseen from.")] = 90,
    hours: Annotated[
        list[int] | None, typer.Option("--hours", min=1, help="Horizon; may be repeated.")
    ] = None,
    out: Annotated[
        Path | None, typer.Option(help="Folder for the report, the figures and every window.")
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="For programs.")] = False,
) -> None:
    """Foresee anybody's readings from many days of their past, and say how far off that would have been."""
    from tournee.cli.backtest import Asked, run_backtest, score_table, sentences, write_out
    from tournee.cli.backtest import as_json as in_json

    horizons = tuple(sorted(set(hours or (24, 72, 168))))
    progress = Console(stderr=True)
    made = run_backtest(Asked(readings, services, full, origins, horizons), context.obj, progress)
    pages = write_out(made, out) if out else []
    if as_json:
        _say(in_json(made))
        return
    for line in (*sentences(made), *map(str, pages)):
        _say(line)
    console.print(score_table(made.scores))


@contextmanager
def _store(settings: Settings) -> Iterator[Store]:
    with closing(open_store(settings.store)) as store:
        yield store


def _kitchen(settings: Settings, store: Store) -> Kitchen:
    from optimizer.matrix.providers import open_roads
    from optimizer.plan import Kitchen

    return Kitchen(
        store=store,
        roads=open_roads(settings.roads),
        forecast=settings.forecast,
        selection=settings.selection,
        solver=settings.solver,
        day=settings.day,
        max_snap_m=settings.roads.max_snap_m,
        zone=settings.town.zone,
    )


def _say(text: str) -> None:
    """Print as it is: a file or a truck may be called "[old]", and a key must not be cut in two."""
    console.print(text, markup=False, highlight=False, soft_wrap=True)


def _print_address(address: str, key: str) -> None:
    _say(f"Tournée is at {address}\nKey for calls that change something: {key}")


def _plan_table(plan: Plan) -> Table:
    table = Table()
    for heading in ("vehicle", "trips", "stops", "km", "h:min", "€"):
        table.add_column(heading, justify="left" if heading == "vehicle" else "right")
    for route in plan.routes:
        hours, minutes = divmod(round(route.duration_s / 60), 60)
        table.add_row(
            escape(route.vehicle_name),
            str(len(route.trips)),
            str(len(route.services)),
            f"{route.distance_m / 1_000:.1f}",
            f"{hours}:{minutes:02}",
            f"{route.cost_eur:.0f}",
        )
    return table


def _plan_sentence(plan: Plan) -> str:
    source = " Travel times are an estimate, not from a road network." if plan.is_estimate else ""
    return f"{len(plan.unassigned)} wanted bins are left, {len(plan.violations)} rules broken; the plan is a draft.{source}"
