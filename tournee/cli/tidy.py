"""`tournee tidy`: one round of tidying, with its progress."""

from __future__ import annotations

import json
from dataclasses import asdict
from datetime import datetime
from threading import Event

from rich.console import Console
from rich.progress import BarColumn, Progress, TextColumn, TimeRemainingColumn

from collector.keeping import limits, sentence, tidy
from tournee.settings import RetentionSettings
from tournee.store import Limits, Store, Tidied


def run_tidy(
    store: Store, settings: RetentionSettings, now: datetime, stop: Event, *, only_look: bool
) -> Tidied:
    """Tidy, or only say what there would be to do; progress goes to standard error."""
    what = limits(settings, now)
    return store.overdue(what) if only_look else _with_progress(store, what, stop)


def said(done: Tidied, *, only_look: bool, as_json: bool) -> str:
    """Return what was done, as a sentence or for programs."""
    if as_json:
        return json.dumps({"dry_run": only_look, **asdict(done)})
    return sentence(done, would=only_look)


def _with_progress(store: Store, what: Limits, stop: Event) -> Tidied:
    columns = (
        TextColumn("tidying"),
        BarColumn(),
        TextColumn("{task.completed:,.0f} rows"),
        TimeRemainingColumn(),
    )
    with Progress(*columns, console=Console(stderr=True), transient=True) as progress:
        bar = progress.add_task("tidying", total=store.overdue(what).rows)
        return tidy(store, what, stop, lambda piece: progress.advance(bar, piece.rows))
