"""The one place that asks the machine what time it is; everyone else is handed a `Clock`."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime

type Clock = Callable[[], datetime]
"""Returns the present as an aware UTC instant."""


def utc_now() -> datetime:
    """Return the present, UTC."""
    return datetime.now(UTC)
