"""What a person types: each command reads its settings, puts its parts together, and runs them."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Annotated

import typer

from tournee.cli.commands.carrying import decode, export, import_, roads
from tournee.cli.commands.planning import plan, replan
from tournee.cli.commands.running import collect, demo, optimize, reconsider, serve, tidy, watch
from tournee.cli.commands.trying import backtest, evaluate, simulate
from tournee.cli.logs import set_up_logs
from tournee.settings import load_settings

DEFAULT_CONFIG = Path("config.yaml")
CONFIG_VARIABLE = "TOURNEE_CONFIG"

app = typer.Typer(
    help="Plans waste collection from bin fill levels, and says why.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
)


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


for command in (
    collect, watch, reconsider, optimize, serve, plan, replan, simulate, evaluate, demo,
    export, decode, roads, tidy, backtest,
):  # fmt: skip
    app.command()(command)
app.command("import")(import_)
