"""Forecasts + policy -> must, may or no, each with a reason and a price. Pure.

The price of leaving a bin is what waiting is expected to cost: the hours it would overflow, and what emptying it today
saves on a later round, in proportion to how full it is. A must carries a price on top that no detour reaches.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass

from tournee.domain import Bin, Forecast, Reason, ReasonCode, Wish
from tournee.settings import SelectionSettings

SECONDS_PER_DAY = 86_400


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
) -> tuple[Wanted, ...]:
    """Return the decision about every bin that has a forecast, in the order of `bins`."""
    by_bin = {forecast.bin_id: forecast for forecast in forecasts}
    return tuple(
        _decide(one, by_bin[one.bin_id], policy, is_requested=one.bin_id in requested)
        for one in bins
        if one.bin_id in by_bin
    )


def _decide(one: Bin, forecast: Forecast, policy: SelectionSettings, *, is_requested: bool) -> Wanted:
    price = _price_eur(forecast, policy)
    if reason := _must_reason(one, forecast, policy, is_requested=is_requested):
        return Wanted(one, forecast, Wish.MUST, reason, policy.must_penalty_eur + price)
    if forecast.fill_level >= policy.may_fill_level:
        facts = {
            "penalty_eur": round(price, 2),
            "fill_level": round(forecast.fill_level, 3),
            "may_fill_level": policy.may_fill_level,
            "probability": round(forecast.overflow_probability, 3),
            "threshold": policy.must_risk,
        }
        return Wanted(one, forecast, Wish.MAY, Reason(ReasonCode.WORTH_IT, facts), price)
    facts = {
        "probability": round(forecast.overflow_probability, 3),
        "threshold": policy.must_risk,
        "fill_level": round(forecast.fill_level, 3),
    }
    return Wanted(one, forecast, Wish.NO, Reason(ReasonCode.CAN_WAIT, facts), 0.0)


def _must_reason(
    one: Bin, forecast: Forecast, policy: SelectionSettings, *, is_requested: bool
) -> Reason | None:
    if is_requested:
        return Reason(ReasonCode.REQUESTED, {"by": "dispatcher"})
    if forecast.overflow_probability >= policy.must_risk:
        facts = {"probability": round(forecast.overflow_probability, 3), "threshold": policy.must_risk}
        return Reason(ReasonCode.OVERFLOW_RISK, facts)
    max_days = policy.max_age_days.get(one.waste_stream.value)
    days = _days_at_next_visit(forecast)
    if max_days is not None and days is not None and days > max_days:
        return Reason(ReasonCode.TOO_OLD, {"days": round(days, 1), "max_days": max_days})
    return None


def _days_at_next_visit(forecast: Forecast) -> float | None:
    """Return how old the content would be if it waited for the next visit; unknown without a known emptying."""
    if forecast.last_served_at is None:
        return None
    return (forecast.risk_until_at - forecast.last_served_at).total_seconds() / SECONDS_PER_DAY


def _price_eur(forecast: Forecast, policy: SelectionSettings) -> float:
    """Return what leaving the bin is expected to cost; an overflow is taken to last half the wait, on average."""
    wait_hours = (forecast.risk_until_at - forecast.target_at).total_seconds() / 3_600
    overflow_eur = forecast.overflow_probability * wait_hours / 2 * policy.overflow_eur_per_hour
    return overflow_eur + policy.early_service_eur * min(max(forecast.fill_level, 0.0), 1.0)
