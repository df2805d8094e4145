"""Refused messages read once more, when what was wrong has been put right: a bin imported, a profile corrected."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import closing
from dataclasses import dataclass

from collector.inbox import Received
from collector.interpreter import Interpreter
from collector.profiles import Profiles
from collector.screening import Screen
from collector.sources import Sources
from tournee.domain import Refusal
from tournee.errors import RejectionReason
from tournee.settings import Settings
from tournee.store import Batch, Store

AT_ONCE = 500
POSTED = "http/"
# Of a message that was too large only the beginning is there; a repeat stays one.
FINAL = {RejectionReason.TOO_LARGE, RejectionReason.RETRANSMITTED}


@dataclass(frozen=True, slots=True)
class Reconsidered:
    """What became of refused messages: how many were understood, what they held, and how many stay refused."""

    understood: int = 0
    readings: int = 0
    services: int = 0
    left: int = 0


def reconsider(
    settings: Settings, store: Store, tell: Callable[[Reconsidered], None] = lambda _: None
) -> Reconsidered:
    """Read every refused message again, oldest first; those that are understood whole are refused no more.

    Parameters
    ----------
    tell
        Called after each batch with the sum so far.

    Raises
    ------
    StoreUnavailable
        The database does not answer; what was understood until then is kept, and the rest can be read again.
    """
    own = settings.collector
    sums = Reconsidered()
    with closing(Sources(own.sources, Profiles(own.profiles_dir))) as sources:
        interpreter = Interpreter(settings.broker.topic_prefix, Screen(own, settings.town.zone), sources)
        for refusals in _pages(store):
            sums = _plus(sums, _again(refusals, interpreter, store))
            tell(sums)
    return sums


def _again(refusals: tuple[Refusal, ...], interpreter: Interpreter, store: Store) -> Reconsidered:
    """Record what a page of messages says now, and forgive those with nothing refused in them."""
    readings, services, forgiven = [], [], []
    for refusal in refusals:
        if refusal.reason in FINAL:
            continue
        said = interpreter.read([_message(refusal)], store)
        if not said.refusals:
            forgiven.append(refusal)
            readings += said.readings
            services += said.services
    recorded = store.record(Batch(readings, services, forgiven=forgiven))
    return Reconsidered(len(forgiven), recorded.stored, len(services), len(refusals) - len(forgiven))


def _message(refusal: Refusal) -> Received:
    source = refusal.topic.removeprefix(POSTED) if refusal.topic.startswith(POSTED) else ""
    return Received(refusal.topic, refusal.payload, refusal.received_at, source=source)


def _pages(store: Store) -> Iterator[tuple[Refusal, ...]]:
    last: Refusal | None = None
    while page := store.refusals_after(last, AT_ONCE):
        yield page
        last = page[-1]


def _plus(one: Reconsidered, other: Reconsidered) -> Reconsidered:
    return Reconsidered(
        one.understood + other.understood,
        one.readings + other.readings,
        one.services + other.services,
        one.left + other.left,
    )
