"""What leaving a bin costs: on which days it could be served, what a detour then is, and what the two make of a price."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime

import numpy as np
import pandas as pd
import pytest

from optimizer.detours import ROAD_FACTOR, Detours
from optimizer.fairness import hour_prices
from optimizer.history import History
from optimizer.visits import goes_out, visit_days
from optimizer.waiting import Ahead, overflow_hours, prices_by_bin
from tests.towns import GLASS, RESIDUAL, Town, town
from tournee.geo import great_circle_m
from tournee.settings import SelectionSettings

POLICY = SelectionSettings(overflow_eur_per_hour=1.0)
KM_EUR = 1.2


def free_hours(drawn: Town) -> Town:
    """Return a town whose trucks cost by the kilometre alone."""
    trucks = tuple(
        replace(one, cost_per_km_eur=KM_EUR, cost_per_hour_eur=0.0) for one in drawn.network.vehicles
    )
    return replace(drawn, network=replace(drawn.network, vehicles=trucks))


def ahead(levels: list[float], over_from: list[int], *, visits: int = 6, rate: float = 0.1) -> Ahead:
    """Return bins that run over for certain from the visit with a number on, 24 hours a day."""
    hours = np.asarray([[24.0 * (visit >= first) for visit in range(visits)] for first in over_from])
    one_eur = np.ones(len(levels))
    return Ahead(hours, one_eur, np.asarray(levels), np.full(len(levels), rate), np.ones(visits))


def test_a_bin_waits_for_the_next_day_on_which_trucks_go_out() -> None:
    policy = SelectionSettings(weekdays=("Mo", "Tu", "We", "Th", "Fr"), no_service=(date(2026, 12, 25),))
    thursday = date(2026, 12, 24)
    assert visit_days(thursday, policy, 3) == (thursday, date(2026, 12, 28), date(2026, 12, 29))
    assert not goes_out(date(2026, 12, 25), policy)
    sunday = date(2026, 12, 27)
    assert visit_days(sunday, policy, 1) == (sunday,)


def test_a_detour_is_there_and_back_where_there_is_no_neighbor_and_little_beside_one() -> None:
    network = free_hours(town("D--------ab--F")).network
    detours = Detours(network.bins, network.depot, network.vehicles)
    a, b = (great_circle_m(network.depot.location, one.location) for one in network.bins)
    alone = detours.eur(np.zeros(0, dtype=np.intp))
    assert alone[0] == pytest.approx(2 * a * ROAD_FACTOR * KM_EUR / 1_000, rel=0.01)
    beside = detours.eur(np.arange(2))
    assert beside[0] == pytest.approx(0.0, abs=0.001)  # on the way to b
    assert beside[1] == pytest.approx(2 * (b - a) * ROAD_FACTOR * KM_EUR / 1_000, rel=0.02)


def test_time_at_the_bin_costs_where_hours_do() -> None:
    network = town("D--a--F").network
    standing_s = network.bins[0].place_time_s + network.bins[0].service_time_s
    trucks = [replace(one, cost_per_km_eur=0.0, cost_per_hour_eur=36.0) for one in network.vehicles]
    paid = Detours(network.bins, network.depot, trucks).eur(np.zeros(1, dtype=np.intp))
    assert paid[0] > standing_s * 36 / 3_600


def test_overflow_that_waiting_brings_is_in_the_price() -> None:
    network = free_hours(town("D--a--b--F")).network
    soon, later = prices_by_bin(network, ahead([0.9, 0.9], [0, 5]), POLICY).values()
    assert soon.eur > 24.0  # a day over, at a euro an hour
    assert later.eur < 1.0


def test_the_price_of_one_bin_by_hand() -> None:
    """There and back is its only detour: worked out backwards with a loop, no array."""
    network = free_hours(town("D---------a")).network
    way_eur = (
        2 * great_circle_m(network.depot.location, network.bins[0].location) * ROAD_FACTOR * KM_EUR / 1_000
    )
    (found,) = prices_by_bin(network, ahead([0.5], [4]), POLICY).values()
    saved_eur = POLICY.detour_share * way_eur * 0.1 / 0.85  # a day of waiting, at 10 % a day
    later = POLICY.detour_share * way_eur  # full enough within the six days that are looked at
    for hours in (24, 24, 0, 0, 0, 0):
        price = hours * 1.0 - saved_eur + later
        later = min(POLICY.detour_share * way_eur, price)
    assert found.eur == pytest.approx(price, rel=0.01)
    assert found.least_eur == pytest.approx(0.8 * way_eur, rel=0.01)


def test_each_stream_pays_its_way_to_its_own_facility() -> None:
    network = town("F--a--D--b--------G", streams={"b": GLASS, "F": RESIDUAL, "G": GLASS}).network
    prices = prices_by_bin(network, ahead([0.5, 0.5], [1, 1]), POLICY)
    assert 0 < prices["a"].haul_eur < prices["b"].haul_eur
    assert prices["a"].price_eur == prices["a"].eur + prices["a"].haul_eur
    none = prices_by_bin(network, ahead([0.5, 0.5], [1, 1]), POLICY.model_copy(update={"haul_share": 0.0}))
    assert none["a"].price_eur == none["a"].eur == prices["a"].eur


def test_the_fuller_bin_is_worth_more_of_its_detour() -> None:
    network = free_hours(town("D-------------------a----------------------b")).network
    fuller, emptier = prices_by_bin(network, ahead([0.8, 0.2], [2, 6]), POLICY).values()
    assert fuller.eur > emptier.eur


def test_a_bin_that_will_have_company_is_worth_less_today() -> None:
    network = free_hours(town("a-----------------D---------------b-c")).network
    prices = prices_by_bin(network, ahead([0.9] * 3, [1] * 3), POLICY)
    assert prices["c"].eur < prices["a"].eur  # as far from the depot, and due on the same day as its neighbor


def test_streams_are_no_company_to_one_another() -> None:
    drawing, soon = "D----------------------------a-b", ahead([0.9, 0.9], [1, 1])
    apart = prices_by_bin(free_hours(town(drawing, streams={"b": GLASS})).network, soon, POLICY)
    together = prices_by_bin(free_hours(town(drawing)).network, soon, POLICY)
    assert apart["b"].eur > together["b"].eur


def test_hours_over_lie_between_the_chances_at_both_ends() -> None:
    hours = overflow_hours(np.asarray([[0.0, 0.5, 1.0]]), np.asarray([1.0, 2.0]))
    assert hours.tolist() == [[6.0, 36.0]]


def test_an_hour_over_costs_more_where_a_district_was_served_worse_than_the_margin() -> None:
    drawn = town("D--a--b--c--F").network
    bins = [
        replace(one, district=name) for one, name in zip(drawn.bins, ("north", "south", "south"), strict=True)
    ]
    now = datetime(2026, 11, 23, tzinfo=UTC)
    rows = [("a", level) for level in (1.0, 1.0, 0.5, 0.5)] + [("b", level) for level in (1.0, 0.5, 0.5, 0.5)]
    levels = pd.DataFrame(rows, columns=["bin_id", "fill_level"]).assign(
        measured_at=pd.Timestamp(now) - pd.Timedelta(days=1), is_believed=True
    )
    empty = pd.DataFrame()
    north, south, unmeasured = hour_prices(bins, History(empty, empty, empty, levels), now, POLICY)
    # 50 % against the town's 37.5 %, beyond a margin of 25 %; both and a percent that is tolerated
    assert north == pytest.approx(0.51 / 0.385 / 1.25)
    assert (south, unmeasured) == (1.0, 1.0)
    nothing = hour_prices(bins, History(empty, empty, empty), now, POLICY)
    assert nothing.tolist() == [1.0, 1.0, 1.0]
