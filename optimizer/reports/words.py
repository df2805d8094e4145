"""How a report writes its sentences and its numbers, in English and in French."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import ClassVar, Literal, get_args

type Language = Literal["en", "fr"]
LANGUAGES: tuple[Language, ...] = get_args(Language.__value__)

NARROW_SPACE = "\u202f"
MINUS = "\u2212"
TIED = re.compile(r" (?=[%€»:;!?])|(?<=«) ")
"""Spaces of a French sentence at which no line may end: before a sign that follows its word, and inside quotes."""


@dataclass(frozen=True)
class Words:
    """The sentences of one report in one language, and its numbers as they are written there.

    Each report has a class of its own, with `texts`: its sentences by language and key.
    """

    texts: ClassVar[Mapping[Language, Mapping[str, str]]]
    language: Language

    def say(self, key: str, /, **facts: object) -> str:
        """Return a sentence with its facts filled in; what a fact says is left as it is."""
        text = self.texts[self.language][key]
        return (text if self.language == "en" else TIED.sub(NARROW_SPACE, text)).format(**facts)

    def say_or(self, otherwise: str, key: str, /, **facts: object) -> str:
        """Return a sentence with its facts filled in, or something else where the report has no such sentence."""
        return self.say(key, **facts) if key in self.texts[self.language] else otherwise

    def say_all(self, start: str) -> list[str]:
        """Return every sentence whose key begins so, in the order they were written down."""
        return [self.say(key) for key in self.texts[self.language] if key.startswith(start)]

    def number(self, value: float, decimals: int = 0) -> str:
        """Return a number as it is written: 1,234.5 or 1 234,5; what rounds to nothing has no sign."""
        return self._written(f"{round(value, decimals) + 0.0:,.{decimals}f}")

    def short(self, value: float) -> str:
        """Return a number with as many decimals as it needs: a setting, or a tick of an axis."""
        return self._written(f"{value:,g}")

    def percent(self, share: float, decimals: int = 0) -> str:
        """Return a share in percent: 92% or 92 %."""
        return f"{self.number(100 * share, decimals)}{'' if self.language == 'en' else NARROW_SPACE}%"

    def change(self, share: float) -> str:
        """Return how much more or less, in whole percent with its sign."""
        return f"{'+' if round(100 * share) > 0 else ''}{self.percent(share)}"

    def day(self, day: date) -> str:
        """Return a day whose year is known: 11-23 or 23/11."""
        return f"{day:%m-%d}" if self.language == "en" else f"{day:%d/%m}"

    def date(self, day: date) -> str:
        """Return a day as the other pages write it: 2026-11-23 or 23/11/2026."""
        return f"{day:%Y-%m-%d}" if self.language == "en" else f"{day:%d/%m/%Y}"

    def _written(self, number: str) -> str:
        number = number.replace("-", MINUS)
        return number if self.language == "en" else number.replace(",", NARROW_SPACE).replace(".", ",")
