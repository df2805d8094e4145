"""How far a worker is with a plan."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class PlanPhase(StrEnum):
    """What is being done for a plan, in this order. Each has a name per language in `api/locales`."""

    TAKEN = "taken"
    REQUEUED = "requeued"  # its worker stopped
    HISTORY = "history"
    FORECAST = "forecast"
    ROADS = "roads"
    PROPOSING = "proposing"
    REWORKING = "reworking"
    RECOMBINING = "recombining"
    FINISHING = "finishing"
    USUAL = "usual"
    CHANGING = "changing"  # the rest of a day
    CHECKING = "checking"


@dataclass(frozen=True, slots=True)
class Progress:
    """How far a plan is.

    Parameters
    ----------
    share
        Of the ways measured, or of the time and the steps that routing may take, 0..1; None where nobody counts.
    best_cost_eur
        Of the cheapest tours so far that break no rule, with the prices of the bins that they leave; None before any.
    """

    phase: PlanPhase
    share: float | None = None
    best_cost_eur: float | None = None
