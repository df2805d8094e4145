"""Times, distances, money: figures as a reader's language writes them, in local time. Pure."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from zoneinfo import ZoneInfo

from tournee.numerals import MINUS, Numerals


@dataclass(frozen=True, slots=True)
class Figures(Numerals):
    """How figures are written for one reader."""

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

    def km(self, metres: float) -> str:
        """Return a distance in kilometres, one decimal."""
        return self.amount(metres / 1_000, "km", 1)

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
        return self.amount(number, "h")

    def volts(self, tension: float) -> str:
        """Return a voltage, two decimals."""
        return self.amount(tension, "V", 2)

    def eur(self, amount: float) -> str:
        """Return a price, two decimals."""
        return self.amount(amount, "€", 2)

    def kg(self, mass: float) -> str:
        """Return a mass in whole kilograms."""
        return self.amount(mass, "kg")


def _sign(more: float) -> str:
    return "+" if more > 0 else MINUS if more < 0 else ""
