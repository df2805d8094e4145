"""Forecasts + policy -> must, may or no, each with a reason and a price. Pure.

The price of leaving a bin is what waiting is expected to cost: the hours it would overflow, the change in the cost of the coming days
(`waiting`), and what is saved where its content need not be brought away later (`hauls`). A must carries a price on top that no detour reaches.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import NamedTuple

from optimizer.waiting import Waiting
from tournee.domain import Bin, Forecast, Reason, ReasonCode, Wish
from tournee.settings import SelectionSettings

SECONDS_PER_DAY = 86_400

type Facts = dict[str, float | str]


@dataclass(frozen=True, slots=True)
class Wanted:
    """What is decided about one bin, and the figures it was decided on."""

    bin: Bin
    forecast: Forecast
    wish: Wish
    reason: Reason
    skip_penalty_eur: float

    @property
    def is_must(self) -> bool:
        """Tell whether it has to be served whatever the detour."""
        return self.wish is Wish.MUST


def select(
    bins: Sequence[Bin],
    forecasts: Iterable[Forecast],
    policy: SelectionSettings,
    requested: Collection[str] = (),
    waiting: Mapping[str, Waiting] | None = None,
) -> tuple[Wanted, ...]:
    """Return the decision about every bin that has a forecast, in the order of `bins`.

    Parameters
    ----------
    requested
        Ids of the bins that a citizen or the dispatcher asks for, or an alert: a must each.
    waiting
        What leaving each bin today costs, by its id (`waiting.prices_of_waiting`); None: as its own level says, without a look at
        the coming days.
    """
    by_bin = {forecast.bin_id: forecast for forecast in forecasts}
    decided = []
    for one in bins:
        if forecast := by_bin.get(one.bin_id):
            wanted = (
                _may(one, forecast, policy)
                if waiting is None
                else _worth(one, forecast, policy, waiting[one.bin_id])
            )
            must = _must_reason(one, forecast, policy, is_requested=one.bin_id in requested)
            decided.append(_as_must(wanted, must, policy) if must else wanted)
    return tuple(decided)


def _as_must(wanted: Wanted, reason: Reason, policy: SelectionSettings) -> Wanted:
    price = policy.must_penalty_eur + wanted.skip_penalty_eur
    return replace(wanted, wish=Wish.MUST, reason=reason, skip_penalty_eur=price)


def _must_reason(
    one: Bin, forecast: Forecast, policy: SelectionSettings, *, is_requested: bool
) -> Reason | None:
    if is_requested:
        return Reason(ReasonCode.REQUESTED, {"by": "dispatcher"})
    if forecast.overflow_probability >= policy.must_risk:
        facts = {"probability": round(forecast.overflow_probability, 3), "threshold": policy.must_risk}
        return Reason(ReasonCode.OVERFLOW_RISK, facts)
    age = _age(one, forecast, policy)
    if age and age.days > age.max_days:
        return Reason(ReasonCode.TOO_OLD, {"days": round(age.days, 1), "max_days": age.max_days})
    return None


class _Age(NamedTuple):
    days: float
    max_days: float


def _age(one: Bin, forecast: Forecast, policy: SelectionSettings) -> _Age | None:
    """Return how old the content would be if it waited for the next visit; none where nothing limits it or no emptying is known."""
    max_days = policy.max_age_days.get(one.waste_stream.value)
    if max_days is None or forecast.last_served_at is None:
        return None
    waits = forecast.risk_until_at - forecast.last_served_at
    return _Age(waits.total_seconds() / SECONDS_PER_DAY, max_days)


def _worth(one: Bin, forecast: Forecast, policy: SelectionSettings, waiting: Waiting) -> Wanted:
    """Return a bin as worth what leaving it costs."""
    if not waiting.pays_detour:
        saves = {"saved_eur": round(-waiting.eur, 2)}
        costs = {"waiting_eur": round(waiting.eur, 2), "least_detour_eur": round(waiting.least_eur, 2)}
        return _can_wait(one, forecast, policy, saves if waiting.eur < 0 else costs)
    facts = {"penalty_eur": round(waiting.price_eur, 2), **_facts(forecast, policy)}
    return Wanted(one, forecast, Wish.MAY, Reason(ReasonCode.WORTH_IT, facts), waiting.price_eur)


def _may(one: Bin, forecast: Forecast, policy: SelectionSettings) -> Wanted:
    """Return a bin by its own level: an overflow is taken to last half the wait, on average, and a full bin saves most."""
    wait_hours = (forecast.risk_until_at - forecast.target_at).total_seconds() / 3_600
    price = forecast.overflow_probability * wait_hours / 2 * policy.overflow_eur_per_hour
    price += policy.early_service_eur * min(max(forecast.fill_level, 0.0), 1.0)
    if forecast.fill_level < policy.may_fill_level:
        return _can_wait(one, forecast, policy, {"may_fill_level": policy.may_fill_level})
    facts = {
        "penalty_eur": round(price, 2),
        "may_fill_level": policy.may_fill_level,
        **_facts(forecast, policy),
    }
    return Wanted(one, forecast, Wish.MAY, Reason(ReasonCode.WORTH_IT, facts), price)


def _can_wait(
    one: Bin, forecast: Forecast, policy: SelectionSettings, because: Mapping[str, float]
) -> Wanted:
    """Return a bin as not wanted, with the figures of every rule that could have wanted it."""
    facts = {**_facts(forecast, policy), "risk_until_at": forecast.risk_until_at.isoformat(), **because}
    if age := _age(one, forecast, policy):
        facts |= {"days": round(age.days, 1), "max_days": age.max_days}
    return Wanted(one, forecast, Wish.NO, Reason(ReasonCode.CAN_WAIT, facts), 0.0)


def _facts(forecast: Forecast, policy: SelectionSettings) -> Facts:
    return {
        "probability": round(forecast.overflow_probability, 3),
        "threshold": policy.must_risk,
        "fill_level": round(forecast.fill_level, 3),
    }
