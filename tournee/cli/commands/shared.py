"""What several commands start from: the store, what plans are made with, and a way to say things."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing, contextmanager
from typing import TYPE_CHECKING

from rich.console import Console

from tournee.settings import Settings
from tournee.store import Store, open_store

if TYPE_CHECKING:
    from optimizer.plan import Kitchen

console = Console(soft_wrap=True)


@contextmanager
def opened_store(settings: Settings) -> Iterator[Store]:
    """Open the store, and close it again."""
    with closing(open_store(settings.store)) as store:
        yield store


def kitchen_of(settings: Settings, store: Store) -> Kitchen:
    """Return what every plan is made with."""
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


def say(text: str) -> None:
    """Print as it is: a file or a truck may be called "[old]", and a key must not be cut in two."""
    console.print(text, markup=False, highlight=False, soft_wrap=True)
