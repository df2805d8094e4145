"""What an endpoint needs, as types: `store: StoreDep`, `wording: WordingDep`."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated, cast

from fastapi import Depends, Header, Query, Request

from api.map_data import Scene
from api.streets import Streets
from api.wording import Wording, choose_language
from tournee.clock import Clock, utc_now
from tournee.domain import Plan
from tournee.numerals import Language
from tournee.settings import Settings
from tournee.store import Store


@dataclass(frozen=True, slots=True)
class Kit:
    """What the whole app stands on, made once."""

    settings: Settings
    store: Store
    streets: Streets
    key: str
    clock: Clock = utc_now


def kit_of(request: Request) -> Kit:
    """Return the app's kit."""
    return cast("Kit", request.app.state.kit)


KitDep = Annotated[Kit, Depends(kit_of)]


def store_of(kit: KitDep) -> Store:
    """Return the database."""
    return kit.store


StoreDep = Annotated[Store, Depends(store_of)]


def wording_of(
    kit: KitDep,
    lang: Annotated[
        Language | None, Query(description="Language of sentences; else Accept-Language decides")
    ] = None,
    accept_language: Annotated[str | None, Header()] = None,
) -> Wording:
    """Return how this reader is spoken to."""
    town = kit.settings.town
    return Wording(choose_language(lang, accept_language, town.language), town.zone)


WordingDep = Annotated[Wording, Depends(wording_of)]


def plan_of(store: StoreDep, plan_id: str) -> Plan:
    """Return the plan that the address names, or raise `NotFound`."""
    return store.plan(plan_id)


PlanDep = Annotated[Plan, Depends(plan_of)]


def scene_of(store: StoreDep, plan: PlanDep) -> Scene:
    """Return a plan with everything that stands around it."""
    return Scene(plan, store.network(plan.depot_id), store.latest_levels(), store.forecasts())


SceneDep = Annotated[Scene, Depends(scene_of)]

LimitQuery = Annotated[int, Query(ge=1, le=1_000, description="Items in one answer, at most")]
OffsetQuery = Annotated[int, Query(ge=0, le=10_000_000, description="Items left out at the start")]
