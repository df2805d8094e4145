"""Must, may or no: each on its own figure."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from optimizer.selection import Wanted, select
from optimizer.waiting import Waiting
from tests.towns import MIDNIGHT, town
from tournee.domain import Forecast, ReasonCode, WasteStream, Wish
from tournee.settings import SelectionSettings

POLICY = SelectionSettings()
TOWN = town("D-a-F")
(BIN,) = TOWN.network.bins


def decide(
    policy: SelectionSettings = POLICY,
    *,
    requested: tuple[str, ...] = (),
    stream: WasteStream = BIN.waste_stream,
    **changes: object,
) -> Wanted:
    forecast: Forecast = replace(TOWN.wanted[0].forecast, overflow_probability=0.0, fill_level=0.1)
    forecast = replace(forecast, **changes)  # type: ignore[arg-type]
    (wish,) = select([replace(BIN, waste_stream=stream)], [forecast], policy, requested)
    return wish


def test_risk_makes_a_must() -> None:
    wish = decide(overflow_probability=POLICY.must_risk)
    assert wish.wish is Wish.MUST
    assert wish.reason.code is ReasonCode.OVERFLOW_RISK
    assert wish.reason.facts == {"probability": POLICY.must_risk, "threshold": POLICY.must_risk}
    assert wish.skip_penalty_eur >= POLICY.must_penalty_eur


def test_old_biowaste_is_a_must_and_old_glass_is_not() -> None:
    served = MIDNIGHT - timedelta(days=6)
    old = decide(stream=WasteStream.BIOWASTE, last_served_at=served)
    assert old.reason.code is ReasonCode.TOO_OLD
    assert old.reason.facts["max_days"] == 7.0
    assert float(old.reason.facts["days"]) == pytest.approx(7.6, abs=0.1)
    assert decide(stream=WasteStream.GLASS, last_served_at=served).wish is Wish.NO
    assert decide(stream=WasteStream.BIOWASTE, last_served_at=None).wish is Wish.NO


def test_a_request_makes_a_must_of_an_empty_bin() -> None:
    assert decide(requested=("a",)).reason.code is ReasonCode.REQUESTED


def test_a_fairly_full_bin_may_be_served_at_a_price() -> None:
    wish = decide(fill_level=0.6, overflow_probability=0.1)
    assert wish.wish is Wish.MAY
    assert wish.skip_penalty_eur == pytest.approx(0.1 * 32 / 2 * 2.0 + 3.0 * 0.6)
    assert decide(fill_level=0.7, overflow_probability=0.1).skip_penalty_eur > wish.skip_penalty_eur
    assert decide(fill_level=0.6, overflow_probability=0.2).skip_penalty_eur > wish.skip_penalty_eur


def test_an_empty_bin_can_wait() -> None:
    wish = decide()
    assert wish.wish is Wish.NO
    assert wish.reason.code is ReasonCode.CAN_WAIT
    assert wish.skip_penalty_eur == 0.0


def test_a_bin_that_is_worth_no_detour_says_what_leaving_it_costs() -> None:
    forecast = replace(TOWN.wanted[0].forecast, overflow_probability=0.031, fill_level=0.34)
    (cheap,) = select([BIN], [forecast], POLICY, waiting={"a": Waiting(0.314, 1.2)})
    assert (cheap.wish, cheap.reason.code, cheap.skip_penalty_eur) == (Wish.NO, ReasonCode.CAN_WAIT, 0.0)
    assert cheap.reason.facts == {
        "probability": 0.031,
        "threshold": POLICY.must_risk,
        "fill_level": 0.34,
        "risk_until_at": forecast.risk_until_at.isoformat(),
        "waiting_eur": 0.31,
        "least_detour_eur": 1.2,
    }
    (early,) = select([BIN], [forecast], POLICY, waiting={"a": Waiting(-0.4, 1.2)})
    assert early.reason.facts["saved_eur"] == 0.4
    assert "waiting_eur" not in early.reason.facts
    (worth,) = select([BIN], [forecast], POLICY, waiting={"a": Waiting(1.3, 1.2)})
    assert (worth.wish, worth.skip_penalty_eur) == (Wish.MAY, 1.3)


def test_what_need_not_be_brought_away_later_is_in_a_price_but_pays_for_no_detour() -> None:
    forecast = TOWN.wanted[0].forecast
    (cheap,) = select([BIN], [forecast], POLICY, waiting={"a": Waiting(0.3, 1.2, haul_eur=5.0)})
    assert (cheap.wish, cheap.skip_penalty_eur) == (Wish.NO, 0.0)
    (worth,) = select([BIN], [forecast], POLICY, waiting={"a": Waiting(1.3, 1.2, haul_eur=5.0)})
    assert (worth.wish, worth.skip_penalty_eur) == (Wish.MAY, 6.3)
    assert worth.reason.facts["penalty_eur"] == 6.3


def test_biowaste_that_can_wait_says_how_old_it_may_get() -> None:
    young = decide(stream=WasteStream.BIOWASTE, last_served_at=MIDNIGHT - timedelta(days=1))
    assert young.wish is Wish.NO
    assert float(young.reason.facts["days"]) == pytest.approx(2.6, abs=0.1)
    assert young.reason.facts["max_days"] == 7.0


def test_a_bin_without_a_forecast_is_not_decided_on() -> None:
    assert select([BIN], [], POLICY) == ()
