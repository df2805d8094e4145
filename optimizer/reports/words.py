"""How a report says its sentences, in English and in French."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import ClassVar

from tournee.numerals import NARROW_SPACE, Language, Numerals

TIED = re.compile(r" (?=[%€»:;!?])|(?<=«) ")
"""Spaces of a French sentence at which no line may end: before a sign that follows its word, and inside quotes."""


@dataclass(frozen=True)
class Words(Numerals):
    """The sentences of one report in one language.

    Each report has a class of its own, with `texts`: its sentences by language and key.
    """

    texts: ClassVar[Mapping[Language, Mapping[str, str]]]

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

    def day(self, day: date) -> str:
        """Return a day whose year is known: 11-23 or 23/11."""
        return f"{day:%m-%d}" if self.language == "en" else f"{day:%d/%m}"
