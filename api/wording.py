"""Figures and decisions -> sentences, in the language and local time of the reader. Pure, but for the two catalogs."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from functools import cache
from importlib.resources import files

from api.figures import Figures
from tournee.domain import Alert, Obstacle, PlanRequest, Reason, ReasonCode, RequestStatus, WasteStream
from tournee.numerals import LANGUAGES, Language

FACT_FORMATS = {
    "probability": "percent",
    "threshold": "percent",
    "penalty_eur": "eur",
    "detour_eur": "eur",
    "change_eur": "eur",
    "detour_km": "km",
    "detour_min": "min",
    "fill_level": "percent",
    "may_fill_level": "percent",
    "waiting_eur": "eur",
    "saved_eur": "eur",
    "least_detour_eur": "eur",
    "distance_m": "m",
    "max_snap_m": "m",
    "demand_kg": "kg",
    "demand_l": "L",
}
TRUCKS_NAMED = 3
FIGURES = {  # of evidence: unit, factor, decimals
    **dict.fromkeys(
        ("fill_level", "threshold", "battery_level", "fill_level_before", "fill_level_after"), ("%", 100, 0)
    ),
    **dict.fromkeys(("fill_level_seen", "difference"), ("%", 100, 0)),
    **dict.fromkeys(("temperature_c", "threshold_c"), ("°C", 1, 1)),
    **dict.fromkeys(("rise_k", "threshold_k"), ("K", 1, 1)),
    **dict.fromkeys(("battery_v", "threshold_v"), ("V", 1, 2)),
    **dict.fromkeys(("silent_hours", "threshold_hours"), ("h", 1, 0)),
}


@cache
def catalog(language: Language) -> Mapping[str, Mapping[str, str]]:
    """Return every sentence of a language, by section and key."""
    text = files("api").joinpath("locales", f"{language}.json").read_text(encoding="utf-8")
    loaded: Mapping[str, Mapping[str, str]] = json.loads(text)
    return loaded


class _Facts(dict[str, str]):
    """Facts of a sentence; one that is missing reads "unknown" rather than breaking the page."""

    def __init__(self, facts: Mapping[str, str], unknown: str) -> None:
        super().__init__(facts)
        self.unknown = unknown

    def __missing__(self, key: str) -> str:
        return self.unknown


class Wording(Figures):
    """How one reader is spoken to."""

    def say(self, key: str, section: str = "words", /, **facts: str) -> str:
        """Return a sentence of the catalog with its facts filled in.

        Raises
        ------
        KeyError
            The catalog has no such key: a mistake in the code, found by the tests.
        """
        sentence = catalog(self.language)[section][key]
        return (
            sentence.format_map(_Facts(facts, catalog(self.language)["words"]["unknown"]))
            if facts
            else sentence
        )

    @property
    def words(self) -> Mapping[str, str]:
        """Every single word of the catalog, for templates and scripts."""
        return catalog(self.language)["words"]

    def reason(self, reason: Reason | None) -> str:
        """Return why something was decided, as one sentence; empty where no reason was kept."""
        if reason is None:
            return ""
        said, facts = self.unfilled(reason)
        return " ".join([said.format_map(facts), *self._obstacles(reason.obstacles)])

    def unfilled(self, reason: Reason) -> tuple[str, Mapping[str, str]]:
        """Return the sentences of a reason with {names} in the places of its facts, and the facts as they are to be read."""
        facts = {name: self._fact(name, value) for name, value in reason.facts.items()}
        return " ".join(self._sentences(reason)), _Facts(facts, self.say("unknown"))

    def _sentences(self, reason: Reason) -> Iterator[str]:
        """Yield why it was wanted, what was decided, and what that stands on, each where it is known."""
        words, more, facts = catalog(self.language)["reasons"], catalog(self.language)["more"], reason.facts
        if facts.get("wanted") in words:
            yield words[str(facts["wanted"])]
        yield more["no_truck"] if reason.obstacles else words[reason.code.value]
        if "after" in facts:
            yield more["place"]
        elif "detour_km" in facts:
            yield more["saving"]
        if "change_eur" in facts:
            yield more["change"]
        if reason.code is ReasonCode.CAN_WAIT:
            told = {
                "max_days": "age",
                "may_fill_level": "empty",
                "waiting_eur": "cheap",
                "saved_eur": "early",
            }
            yield from (more[name] for fact, name in told.items() if fact in facts)
        elif "may_fill_level" in facts:
            yield more["forecast"]
        elif {"penalty_eur", "fill_level"} <= facts.keys():
            is_price_said = (
                reason.code in {ReasonCode.WORTH_IT, ReasonCode.DETOUR_TOO_LONG} and not reason.obstacles
            )
            yield more["weighed" if is_price_said else "waiting"]

    def _obstacles(self, obstacles: Sequence[Obstacle]) -> Iterator[str]:
        """Yield the rule against each truck; trucks that meet the same one share a sentence."""
        trucks: dict[str, list[str]] = {}
        for one in obstacles:
            rules = catalog(self.language)["rules"]
            facts = {name: self._fact(name, value) for name, value in one.facts.items()}
            sentence = rules.get(one.rule, rules["other"])
            trucks.setdefault(sentence.format_map(_Facts(facts, self.say("unknown"))), []).append(
                str(one.facts.get("truck", one.vehicle_id))
            )
        between = " : " if self.language == "fr" else ": "
        for said, names in trucks.items():
            shown = ", ".join(names[:TRUCKS_NAMED]) + (
                f" (+{len(names) - TRUCKS_NAMED})" * (len(names) > TRUCKS_NAMED)
            )
            yield f"{shown}{between}{said}"

    def standing(self, request: PlanRequest) -> str:
        """Return how far a request for a plan is, as one line."""
        if request.status is RequestStatus.FAILED:
            return self.say("failed", error=request.error)
        if request.status is RequestStatus.DONE:
            return self.say("done")
        phase = catalog(self.language)["phases"].get(request.progress) or self.say("queued")
        figures = []
        if request.best_cost_eur is not None:
            figures.append(self.say("best_so_far", cost=self.eur(request.best_cost_eur)))
        if request.share is not None:
            figures.append(self.percent(request.share))
        between = " : " if self.language == "fr" else ": "
        return between.join([phase, ", ".join(figures)]) if figures else phase

    def evidence(self, alert: Alert) -> str:
        """Return what an alert stands on, as one sentence."""
        sentence = catalog(self.language)["evidence"][_variant(alert)]
        facts = {name: self._figure(name, value) for name, value in alert.evidence.items()}
        return sentence.format_map(_Facts(facts, self.say("unknown")))

    def alert_kind(self, alert: Alert) -> str:
        """Return the name of what is wrong."""
        return self.say(alert.kind.value, "alert_kinds")

    def weekday(self, at: datetime) -> str:
        """Return a local day with the name of its weekday."""
        day = at.astimezone(self.zone).date()
        return f"{self.say(str(day.isoweekday()), 'weekdays')} {self.date(day)}"

    def stream(self, stream: WasteStream | None) -> str:
        """Return a waste stream's name."""
        return self.say(stream.value, "streams") if stream else ""

    def _figure(self, name: str, value: float | str) -> str:
        if isinstance(value, str):
            return value
        unit, factor, decimals = FIGURES.get(name, ("", 1, 0))
        value *= factor
        return self.amount(value, unit, decimals) if unit else self.number(value, decimals)

    def _fact(self, name: str, value: float | str) -> str:
        if isinstance(value, str):
            return self._word(name, value)
        match FACT_FORMATS.get(name):
            case "percent":
                return self.percent(value)
            case "eur":
                return self.eur(value)
            case "km" | "min" as unit:  # of a detour, which can be one by going another way
                return self.more(value, unit, 1 if unit == "km" else 0)
            case None:
                return self.short(value)
            case unit:
                return self.amount(value, unit)

    def _word(self, name: str, value: str) -> str:
        match name:
            case "waste_stream":
                return catalog(self.language)["streams"].get(value, value)
            case "risk_until_at":
                return self.weekday(datetime.fromisoformat(value))
            case "removed_at":
                return self.time(datetime.fromisoformat(value))
            case _:
                return value


def _variant(alert: Alert) -> str:
    """Return which sentence fits an alert: some kinds are found in two ways."""
    told_apart_by = {"fire": "rise_k", "battery": "battery_level", "disagreement": "fill_level_seen"}
    name = told_apart_by.get(alert.kind.value)
    return f"{alert.kind.value}_{name}" if name in alert.evidence else alert.kind.value


def choose_language(asked: str | None, accepted: str | None, default: Language) -> Language:
    """Return the reader's language: the one asked for in the address, else the browser's first that we speak.

    Parameters
    ----------
    accepted
        An `Accept-Language` header (RFC 9110); weights are heeded, regions are not.
    """
    for language in LANGUAGES:
        if asked == language:
            return language
    weighted = []
    for index, part in enumerate((accepted or "").split(",")):
        tag, _, weight = part.strip().partition(";q=")
        language_tag = tag.split("-")[0].lower()
        weighted += [(-_weight(weight), index, lang) for lang in LANGUAGES if lang == language_tag]
    return min(weighted)[2] if weighted else default


def _weight(text: str) -> float:
    try:
        return float(text or 1)
    except ValueError:
        return 0.0
