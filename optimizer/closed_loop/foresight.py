"""Our own way of choosing, by the recipe of real plans; and the same with perfect knowledge, to see what foresight is worth."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime

import numpy as np

from optimizer.closed_loop.policy import Morning
from optimizer.closed_loop.scenario import SECONDS_PER_DAY, Floats, Scenario
from optimizer.fairness import hour_prices
from optimizer.forecast import Model, When, fit, predict
from optimizer.history import History, clean
from optimizer.selection import Wanted, select
from optimizer.waiting import Ahead, Foreseen, Waiting, prices_by_bin, prices_foreseen
from tournee.domain import Forecast, ForecastBasis, Wish
from tournee.settings import ForecastSettings, SelectionSettings

REFIT_DAYS = 7
"""Rates are learned anew so often; levels are read every morning."""

RECENT_DAYS = 5
"""Readings that a morning's levels are read from."""

RECORDS_DAYS = 90
"""Days that the records count for when the run begins."""


class Ours:
    """History, forecast, prices of waiting and selection as `optimizer.plan` does it."""

    def __init__(self, policy: SelectionSettings, forecasting: ForecastSettings | None = None) -> None:
        self.policy = policy
        self.forecasting = forecasting or ForecastSettings()
        self._model: Model | None = None
        self._fitted_s = 0.0
        self._hour_eur = np.zeros(0)

    def choose(self, morning: Morning) -> tuple[Wanted, ...]:
        """Return the bins that are a must, or worth a detour."""
        scenario, now = morning.scenario, morning.scenario.instant(morning.at_s)
        visits_s = morning.visits_s(self.policy.look_ahead_visits + 1)
        model = self._learned(morning)
        history = self._cleaned(morning, morning.at_s - RECENT_DAYS * SECONDS_PER_DAY)
        when = When(now, *(scenario.instant(one) for one in visits_s[:2]))
        forecasts = predict(model, history, scenario.bins, when, self.forecasting)
        known = Foreseen(model, history, scenario.bins, now)
        visits = [scenario.instant(one) for one in visits_s]
        prices = prices_foreseen(known, visits, self._hour_eur, (scenario.network, self.policy))
        return _chosen(scenario, forecasts, prices, self.policy)

    def _learned(self, morning: Morning) -> Model:
        if self._model is None or morning.at_s - self._fitted_s >= REFIT_DAYS * SECONDS_PER_DAY:
            scenario, now = morning.scenario, morning.scenario.instant(morning.at_s)
            history = self._cleaned(morning, 0.0)
            self._hour_eur = hour_prices(scenario.bins, history, now, self.policy)
            model = fit(history, scenario.bins, now, self.forecasting, scenario.zone)
            self._model = with_records(model, scenario, morning.at_s / SECONDS_PER_DAY, self.forecasting)
            self._fitted_s = morning.at_s
        return self._model

    def _cleaned(self, morning: Morning, since_s: float) -> History:
        readings = morning.known.readings(since_s)
        return clean(readings, morning.known.services, self.forecasting.emptying_drop)


def with_records(model: Model, scenario: Scenario, days: float, settings: ForecastSettings) -> Model:
    """Return a model whose rates weigh in what records showed before the run, as if those days had been seen."""
    lasting = settings.half_life_days / np.log(2)
    fading = 0.5 ** (days / settings.half_life_days)
    before = lasting * (1 - 0.5 ** (RECORDS_DAYS / settings.half_life_days)) * fading
    since = lasting * (1 - fading) + settings.prior_days
    recorded = scenario.records.litres_per_day / scenario.capacity_l
    return replace(model, rates=(model.rates * since + recorded * before) / (since + before))


class Perfect:
    """The same prices and the same selection, with every deposit to come known: what no forecast can beat by much."""

    def __init__(self, policy: SelectionSettings) -> None:
        self.policy = policy

    def choose(self, morning: Morning) -> tuple[Wanted, ...]:
        """Return the bins that will run over, or are worth a detour."""
        scenario, truth = morning.scenario, morning.truth
        visits_s = np.asarray(morning.visits_s(self.policy.look_ahead_visits + 1))
        full_s = np.asarray([truth.full_at_s(at) for at in range(len(scenario.bins))])
        begins = np.maximum(full_s[:, None], visits_s[:-1])
        hours = np.maximum(visits_s[1:] - begins, 0.0) / 3_600
        levels = truth.fill_levels(morning.at_s)
        rates = scenario.records.litres_per_day / scenario.capacity_l
        hour_eur = np.full(len(rates), self.policy.overflow_eur_per_hour)
        ahead = Ahead(hours, hour_eur, levels, rates, np.diff(visits_s) / SECONDS_PER_DAY)
        prices = prices_by_bin(scenario.network, ahead, self.policy)
        loads = truth.fill_levels(visits_s[0])
        return _chosen(scenario, certain(scenario, morning.at_s, loads), prices, self.policy)


def certain(scenario: Scenario, now_s: float, levels: Floats) -> tuple[Forecast, ...]:
    """Return levels as forecasts that nothing is uncertain of; no risk makes a must, for prices say all there is."""
    now: datetime = scenario.instant(now_s)
    rates = scenario.records.litres_per_day / scenario.capacity_l
    return tuple(
        Forecast(
            bin_id=one.bin_id,
            made_at=now,
            target_at=now,
            risk_until_at=now,
            fill_level=float(levels[at]),
            quantiles=(),
            overflow_probability=0.0,
            expected_overflow_l=0.0,
            rate_per_day=float(rates[at]),
            basis=ForecastBasis.READINGS,
        )
        for at, one in enumerate(scenario.bins)
    )


def _chosen(
    scenario: Scenario, forecasts: Sequence[Forecast], prices: dict[str, Waiting], policy: SelectionSettings
) -> tuple[Wanted, ...]:
    wishes = select(scenario.bins, forecasts, policy, waiting=prices)
    return tuple(wish for wish in wishes if wish.wish is not Wish.NO)
