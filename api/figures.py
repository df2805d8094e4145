"""Times, distances, money: figures as a reader's language writes them, in local time. Pure."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from typing import Literal, get_args
from zoneinfo import ZoneInfo

type Language = Literal["en", "fr"]
LANGUAGES: tuple[Language, ...] = get_args(Language.__value__)

NARROW_SPACE = "\u202f"  # French typography: before %, €, km


@dataclass(frozen=True, slots=True)
class Figures:
    """How figures are written for one reader."""

    language: Language
    zone: ZoneInfo

    def moment(self, at: datetime | None) -> str:
        """Return a local day and time of day; empty for none."""
        return f"{self.date(at.astimezone(self.zone))} {self.time(at)}" if at else ""

    def time(self, at: datetime) -> str:
        """Return the local time of day."""
        return f"{at.astimezone(self.zone):%H:%M}"

    def span(self, start: datetime, end: datetime) -> str:
        """Return a local time, or two where the minutes differ."""
        first, last = self.time(start), self.time(end)
        return first if first == last else f"{first} – {last}"

    def date(self, day: date) -> str:
        """Return a day: 2026-11-23 in English, 23/11/2026 in French."""
        return f"{day:%d/%m/%Y}" if self.language == "fr" else f"{day:%Y-%m-%d}"

    def percent(self, fraction: float) -> str:
        """Return a fraction as whole percent."""
        return self.with_unit(f"{fraction * 100:.0f}", "%")

    def km(self, metres: float) -> str:
        """Return a distance in kilometres, one decimal."""
        return self.with_unit(f"{metres / 1_000:.1f}", "km")

    def duration(self, seconds: float) -> str:
        """Return a duration as hours and minutes."""
        hours, minutes = divmod(round(seconds / 60), 60)
        return f"{hours} h {minutes:02d}" if hours else f"{minutes} min"

    def more_time(self, seconds: float) -> str:
        """Return how much longer something takes, with its sign."""
        return f"{_sign(seconds)}{self.duration(abs(seconds))}"

    def more_km(self, metres: float) -> str:
        """Return how much further something is, with its sign."""
        return f"{_sign(metres)}{self.km(abs(metres))}"

    def hours(self, number: float) -> str:
        """Return a duration in whole hours."""
        return self.with_unit(f"{number:.0f}", "h")

    def volts(self, tension: float) -> str:
        """Return a voltage, two decimals."""
        return self.with_unit(f"{tension:.2f}", "V")

    def eur(self, amount: float) -> str:
        """Return a price, two decimals."""
        return self.with_unit(f"{amount:.2f}", "€")

    def kg(self, mass: float) -> str:
        """Return a mass in whole kilograms."""
        return self.with_unit(f"{mass:.0f}", "kg")

    def with_unit(self, number: str, unit: str) -> str:
        """Return a number with its unit, in the manner of the language."""
        if self.language == "fr":
            return f"{number.replace('.', ',')}{NARROW_SPACE}{unit}"
        if unit == "€":
            return f"€{number}"
        return f"{number}{'' if unit == '%' else ' '}{unit}"


def _sign(more: float) -> str:
    return "+" if more > 0 else "−" if more < 0 else ""
