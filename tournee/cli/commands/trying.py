"""What would be: a simulated town, ways of choosing bins compared, forecasts tried on the past."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console

from tournee.cli.commands.shared import console, kitchen_of, opened_store, say
from tournee.cli.processes import stopping_on_signals
from tournee.clock import utc_now
from tournee.settings import Settings


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
    with opened_store(settings) as store, stopping_on_signals() as stop:
        run_simulation(settings, store, Pace(days, rate, speed), stop, console)


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
        jobs_of,
        json_text,
        run_evaluation,
        sentence_of,
        tables_of,
    )

    if from_store:
        folder = Path(scenario)
        with opened_store(context.obj) as store:
            written = write_from_store(folder, kitchen_of(context.obj, store), from_store, utc_now())
        Console(stderr=True).print(sentence_of(written, folder), highlight=False, markup=False)
    sensing = Sensing(noise=noise, dead=dead, without=without)
    wishes = Wishes(scenario, policy, seeds, sensing, iterations, tuple(what_if or ()))
    jobs = jobs_of(wishes, context.obj)
    result = run_evaluation(jobs, processes, out, Console(stderr=True))
    if as_json:
        say(json_text(result))
        return
    for table in tables_of(result):
        console.print(table)
    if not result.compared and len({row.policy for row in result.rows}) > 1:
        console.print(
            "No two curves meet at the same overflow: more settings, such as tournee:1:3:10, make them longer."
        )


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
        say(in_json(made))
        return
    for line in (*sentences(made), *map(str, pages)):
        say(line)
    console.print(score_table(made.scores))
