"""How numbers, amounts and days are written in the languages that we speak. Pure."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import Literal, get_args

type Language = Literal["en", "fr"]
LANGUAGES: tuple[Language, ...] = get_args(Language.__value__)

NARROW_SPACE = "\u202f"
"""Of French typography: between thousands, and before a unit or a sign; no line ends at it."""

MINUS = "\u2212"


@dataclass(frozen=True, slots=True)
class Numerals:
    """How one language writes numbers."""

    language: Language

    def number(self, value: float, decimals: int = 0) -> str:
        """Return a number as it is written: 1,234.5 or 1 234,5; what rounds to nothing has no sign."""
        return self._written(f"{round(value, decimals) + 0.0:,.{decimals}f}")

    def short(self, value: float) -> str:
        """Return a number with as many decimals as it needs: a setting, or a tick of an axis."""
        return self._written(f"{value:,g}")

    def amount(self, value: float, unit: str, decimals: int = 0) -> str:
        """Return a number with its unit: €3.50, 62% and 12.1 km, or 3,50 €, 62 % and 12,1 km."""
        number = self.number(value, decimals)
        if self.language == "fr":
            return f"{number}{NARROW_SPACE}{unit}"
        if unit == "€":
            return f"€{number}"
        return f"{number}{'' if unit == '%' else ' '}{unit}"

    def percent(self, share: float, decimals: int = 0) -> str:
        """Return a share in percent: 92% or 92 %."""
        return self.amount(100 * share, "%", decimals)

    def more(self, value: float, unit: str, decimals: int = 0) -> str:
        """Return how much more or less, with its sign: +12.1 km or −3 min."""
        return f"{'+' if round(value, decimals) > 0 else ''}{self.amount(value, unit, decimals)}"

    def change(self, share: float) -> str:
        """Return how much more or less, in whole percent with its sign."""
        return self.more(100 * share, "%")

    def date(self, day: date) -> str:
        """Return a day: 2026-11-23 or 23/11/2026."""
        return f"{day:%Y-%m-%d}" if self.language == "en" else f"{day:%d/%m/%Y}"

    def _written(self, number: str) -> str:
        number = number.replace("-", MINUS)
        return number if self.language == "en" else number.replace(",", NARROW_SPACE).replace(".", ",")
