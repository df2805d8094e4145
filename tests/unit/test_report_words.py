"""What every report shares: its numbers as each language writes them, its sentences in both, its pages as files."""

from __future__ import annotations

import string
from collections.abc import Mapping
from datetime import date
from pathlib import Path
from typing import ClassVar

import pytest

from optimizer.backtest.words import BacktestWords
from optimizer.closed_loop.words import ClosedLoopWords
from optimizer.reports.pages import write_pages
from optimizer.reports.words import Words


class Spoken(Words):
    """A report of few words."""

    texts: ClassVar = {
        "en": {"title": "{name}: full?", "step_1": "one", "step_2": "two"},
        "fr": {"title": "« {name} » : plein ?", "step_1": "un", "step_2": "deux"},
    }


ENGLISH, FRENCH = Spoken("en"), Spoken("fr")


def facts(texts: Mapping[str, str]) -> dict[str, set[str | None]]:
    return {key: {name for _, name, _, _ in string.Formatter().parse(text)} for key, text in texts.items()}


@pytest.mark.parametrize("words", [BacktestWords, ClosedLoopWords])
def test_both_languages_say_the_same_with_the_same_facts(words: type[Words]) -> None:
    assert facts(words.texts["en"]) == facts(words.texts["fr"])


@pytest.mark.parametrize("words", [BacktestWords("en"), ClosedLoopWords("en")])
def test_english_writes_percent_without_a_space(words: Words) -> None:
    assert not [text for text in words.texts["en"].values() if " %" in text]


@pytest.mark.parametrize(
    ("english", "french", "value", "decimals"),
    [
        ("1,234.5", "1\u202f234,5", 1234.5, 1),
        ("\u22123", "\u22123", -3.2, 0),
        ("0.0", "0,0", -0.04, 1),
    ],
)
def test_numbers(english: str, french: str, value: float, decimals: int) -> None:
    assert ENGLISH.number(value, decimals) == english
    assert FRENCH.number(value, decimals) == french


def test_shares_and_changes() -> None:
    assert (ENGLISH.percent(0.92), FRENCH.percent(0.925, 1)) == ("92%", "92,5\u202f%")
    assert [ENGLISH.change(share) for share in (0.25, 0.001, -0.001, -0.25)] == ["+25%", "0%", "0%", "−25%"]
    assert FRENCH.change(1.0) == "+100\u202f%"


def test_a_setting_has_the_decimals_it_needs() -> None:
    assert [ENGLISH.short(value) for value in (70, 1.4, 1500)] == ["70", "1.4", "1,500"]
    assert [FRENCH.short(value) for value in (70, 1.4, 1500)] == ["70", "1,4", "1\u202f500"]


def test_no_french_line_ends_before_the_sign_of_a_word_and_facts_stay_as_they_are() -> None:
    assert FRENCH.say("title", name="Rue : 3 !") == "«\u202fRue : 3 !\u202f»\u202f: plein\u202f?"
    assert ENGLISH.say("title", name="Rue : 3 !") == "Rue : 3 !: full?"


def test_what_has_no_sentence_is_said_otherwise() -> None:
    assert ENGLISH.say_or("title?", "title", name="a") == "a: full?"
    assert ENGLISH.say_or("name", "p_name") == "name"
    assert FRENCH.say_all("step_") == ["un", "deux"]


def test_a_page_is_written_in_every_language(tmp_path: Path) -> None:
    written = write_pages(tmp_path, lambda language: f"été {language}")
    assert [path.name for path in written] == ["report-en.html", "report-fr.html"]
    assert [path.read_text(encoding="utf-8") for path in written] == ["été en", "été fr"]


def test_days() -> None:
    day = date(2026, 11, 23)
    assert (ENGLISH.date(day), ENGLISH.day(day)) == ("2026-11-23", "11-23")
    assert (FRENCH.date(day), FRENCH.day(day)) == ("23/11/2026", "23/11")
