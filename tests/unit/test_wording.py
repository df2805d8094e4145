"""Sentences: complete in both languages, and never broken by a missing fact."""

from __future__ import annotations

import string

import pytest

from api.wording import catalog, choose_language
from tests.api_fixtures import MUST, SIX, wording
from tournee.domain import (
    DayChangeKind,
    Obstacle,
    PlanStatus,
    Reason,
    ReasonCode,
    StopKind,
    WasteStream,
    Wish,
)
from tournee.numerals import LANGUAGES, Language


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_reason_stream_and_kind_has_its_words(language: Language) -> None:
    words = catalog(language)
    assert set(words["reasons"]) == {code.value for code in ReasonCode}
    assert set(words["streams"]) == {stream.value for stream in WasteStream}
    assert set(words["kinds"]) == {kind.value for kind in StopKind}
    assert set(words["statuses"]) == {status.value for status in PlanStatus}
    assert set(words["day_changes"]) == {kind.value for kind in DayChangeKind}
    assert set(words["wishes"]) == {wish.value for wish in Wish}


def test_both_languages_have_the_same_keys_and_facts() -> None:
    def shape(language: Language) -> dict[tuple[str, str], set[str | None]]:
        return {
            (section, key): {name for _, name, _, _ in string.Formatter().parse(text) if name}
            for section, words in catalog(language).items()
            for key, text in words.items()
        }

    assert shape("en") == shape("fr")


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("code", list(ReasonCode))
def test_a_reason_without_its_facts_is_still_a_sentence(language: Language, code: ReasonCode) -> None:
    sentence = wording(language).reason(Reason(code))
    assert sentence.endswith(".")
    assert "{" not in sentence


def test_a_reason_shows_its_figures() -> None:
    assert wording().reason(MUST) == "It may overflow before the next visit: risk 62%, limit 25%."
    assert "62\u202f%" in wording("fr").reason(MUST)
    assert wording().reason(None) == ""


def test_facts_have_their_units() -> None:
    too_big = Reason(ReasonCode.TOO_BIG_FOR_ANY_TRUCK, {"demand_kg": 912.4, "demand_l": 30_000.0})
    assert "912 kg, 30,000 L" in wording().reason(too_big)
    no_truck = Reason(ReasonCode.NO_TRUCK_FOR_STREAM, {"waste_stream": "glass"})
    assert "verre" in wording("fr").reason(no_truck)
    old = Reason(ReasonCode.TOO_OLD, {"days": 8.5, "max_days": 7.0})
    assert "8,5 jours ; 7 sont" in wording("fr").reason(old)
    assert "8.5 days" in wording().reason(old)


def test_the_cheapest_place_and_what_leaving_saves_are_told() -> None:
    where: dict[str, float | str] = {"truck": "Truck 1", "stop": 4, "after": "A street", "before": "Plant"}
    facts: dict[str, float | str] = {
        "detour_eur": 9.5,
        "penalty_eur": 2.0,
        "detour_km": 4.23,
        "detour_min": 10.4,
    }
    left = Reason(ReasonCode.DETOUR_TOO_LONG, {**facts, **where})
    assert (
        wording()
        .reason(left)
        .endswith("Cheapest place: Truck 1, stop 4, between A street and Plant: +4.2 km, +10 min.")
    )
    assert ": +4,2\u202fkm, +10\u202fmin." in wording("fr").reason(left)
    dear = wording().reason(Reason(ReasonCode.WORTH_IT, {**facts, "change_eur": 2.0}))
    assert dear.endswith("€2.00 is because another truck usually comes.")
    served = Reason(ReasonCode.WORTH_IT, facts)
    assert wording().reason(served).endswith("It changes the round by +4.2 km, +10 min.")
    shorter = wording().reason(Reason(ReasonCode.WORTH_IT, {**facts, "detour_km": -0.06}))
    assert shorter.endswith("It changes the round by \u22120.1 km, +10 min.")
    forecast = {"fill_level": 0.6, "may_fill_level": 0.4, "probability": 0.1, "threshold": 0.25}
    known = Reason(ReasonCode.WORTH_IT, {**facts, **forecast})
    assert "Fill level 60%, worth a look from 40%; overflow risk 10%" in wording().reason(known)
    del forecast["may_fill_level"]
    ahead = Reason(ReasonCode.WORTH_IT, {**facts, **forecast})
    assert wording().reason(ahead).endswith("Fill level 60%; overflow risk 10%, limit 25%.")
    assert wording("fr").reason(ahead).endswith("risque de débordement 10\u202f%, limite 25\u202f%.")
    stuck = Reason(ReasonCode.WORTH_IT, {**facts, **forecast}, (Obstacle("truck-1", "break"),))
    assert "limit 25%; to leave it today would cost €2.00." in wording().reason(stuck)
    assert "le laisser aujourd’hui coûterait" in wording("fr").reason(stuck)


WAITS: dict[str, float | str] = {
    "probability": 0.031,
    "threshold": 0.9,
    "fill_level": 0.34,
    "risk_until_at": "2026-11-25T12:00:00+00:00",
}


@pytest.mark.parametrize(
    ("facts", "says"),
    [
        ({}, "Fill level expected: 34%."),
        (
            {"waiting_eur": 0.31, "least_detour_eur": 1.2},
            "To leave it today would cost €0.31; only above €1.20 can a detour to it pay.",
        ),
        ({"saved_eur": 0.4}, "Emptying it today would be too early: to leave it saves €0.40."),
        ({"may_fill_level": 0.4}, "It is worth a look from 40% on."),
        ({"days": 5.5, "max_days": 7.0}, "By then its last emptying is 5.5 days ago; 7 are allowed."),
    ],
)
def test_a_bin_that_can_wait_says_until_when_and_why(facts: dict[str, float | str], says: str) -> None:
    reason = Reason(ReasonCode.CAN_WAIT, WAITS | facts)
    said = wording().reason(reason)
    assert said.startswith(
        "It can wait: overflow risk 3% until the next visit, Wednesday 2026-11-25; limit 90%. Fill level expected: 34%."
    )
    assert said.endswith(says)
    french = wording("fr").reason(reason)
    assert "jusqu’au prochain passage, mercredi 25/11/2026 ; limite 90\u202f%" in french
    assert "inconnu" not in french


def test_a_bin_taken_out_says_when() -> None:
    taken_out = Reason(ReasonCode.REMOVED, {"removed_at": "2026-11-23T08:30:00+00:00"})
    assert wording().reason(taken_out) == "Taken off its round at 10:30."


def test_trucks_that_meet_the_same_rule_share_a_sentence() -> None:
    late = {"at": "14:10", "limit": "14:00"}
    trucks = [Obstacle(f"V{n}", "shift", {"truck": f"Truck {n}", **late}) for n in range(5)]
    other = Obstacle("V9", "a rule of tomorrow", {"truck": "Truck 9", "detail": "It is new."})
    facts: dict[str, float | str] = {"wanted": "overflow_risk", "probability": 0.62, "threshold": 0.25}
    said = wording().reason(Reason(ReasonCode.NO_TIME_LEFT, facts, (*trucks, other)))
    assert said == (
        "It may overflow before the next visit: risk 62%, limit 25%. No truck can take it. "
        "Truck 0, Truck 1, Truck 2 (+2): back at 14:10, and its shift ends at 14:00. Truck 9: It is new."
    )


def test_figures_follow_the_language() -> None:
    english, french = wording(), wording("fr")
    assert (english.km(14_230), french.km(14_230)) == ("14.2 km", "14,2\u202fkm")
    assert (english.eur(3.5), french.eur(3.5)) == ("€3.50", "3,50\u202f€")
    assert (english.date(SIX.date()), french.date(SIX.date())) == ("2026-11-23", "23/11/2026")
    assert english.time(SIX) == "06:00"
    assert english.span(SIX, SIX) == "06:00"
    assert (english.more_km(1_200), french.more_km(-1_200), english.more_km(0)) == (
        "+1.2 km",
        "−1,2\u202fkm",
        "0.0 km",
    )
    assert (english.more_time(90 * 60), english.more_time(-60)) == ("+1 h 30", "−1 min")
    assert english.duration(59 * 60) == "59 min"
    assert english.duration(3_600 + 5 * 60) == "1 h 05"
    assert english.stream(None) == ""
    assert english.kg(12.6) == "13 kg"


@pytest.mark.parametrize(
    ("asked", "accepted", "chosen"),
    [
        ("fr", "en", "fr"),
        ("tlh", "fr-CH, en;q=0.5", "fr"),
        (None, "en;q=0.2, fr;q=0.8", "fr"),
        (None, "de, en-GB;q=0.8", "en"),
        (None, "fr;q=nonsense, en", "en"),
        (None, "fi", "en"),
        (None, None, "en"),
    ],
)
def test_the_reader_chooses_the_language(asked: str | None, accepted: str | None, chosen: Language) -> None:
    assert choose_language(asked, accepted, "en") == chosen
