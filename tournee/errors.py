"""The tree of errors, grouped by who must act.

::

    TourneeError
    ├── ConfigError          the operator: a wrong key, type or range (exit code 2)
    ├── ImportRefused        the operator: a row of a CSV or GeoJSON file (nothing of the file is kept)
    ├── ScenarioRefused      the operator: a file of a scenario for the closed loop
    ├── MessageRejected      the device: stored with its reason and counted, never fatal
    ├── NotFound             the caller: 404
    ├── Conflict             the caller: 409
    ├── InfeasibleProblem    the dispatcher: 422, carries what makes it impossible
    ├── NoPlanFound          the dispatcher: 422, the budget ended before a plan was found
    └── Unavailable          wait and try again: 503
        ├── StoreUnavailable
        ├── BrokerUnavailable
        └── RoadsUnavailable

A foreign exception is translated in the one file that touches that library.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum


class TourneeError(Exception):
    """Anything that Tournée says no to; its text is a whole sentence for the person who must act."""


class ConfigError(TourneeError):
    """A setting is wrong. Names the key, the value, what was expected and the nearest known key."""

    def __init__(self, key: str, value: object, expected: str, nearest: str = "") -> None:
        self.key, self.value, self.expected, self.nearest = key, value, expected, nearest
        hint = f"; did you mean `{nearest}`?" if nearest else ""
        super().__init__(f"{key}: {value!r} is not valid: expected {expected}{hint}")


@dataclass(frozen=True, slots=True)
class BadRow:
    """One refused cell of an imported file; `where` is its line or feature."""

    where: str
    column: str
    value: str
    reason: str

    def __str__(self) -> str:
        return f"{self.where}, {self.column}: {self.value!r}: {self.reason}"


class ImportRefused(TourneeError):
    """A file to import has bad rows; nothing of it was kept."""

    def __init__(self, source: str, rows: Sequence[BadRow]) -> None:
        self.source, self.rows = source, tuple(rows)
        super().__init__(f"{source}: nothing was imported\n" + "\n".join(f"  {row}" for row in rows))


class ScenarioRefused(TourneeError):
    """A scenario for the closed loop can't be read. Names the file and what is wrong with it."""

    def __init__(self, path: str, what: str) -> None:
        self.path, self.what = path, what
        super().__init__(f"{path}: {what}. docs/evaluation.md states what a scenario's folder holds.")


class RejectionReason(StrEnum):
    """Why a message was refused."""

    TOO_LARGE = "too_large"
    UNKNOWN_TOPIC = "unknown_topic"
    UNREADABLE = "unreadable"
    UNKNOWN_BIN = "unknown_bin"
    UNKNOWN_DEVICE = "unknown_device"
    NO_LEVEL = "no_level"
    RETRANSMITTED = "retransmitted"
    OUT_OF_RANGE = "out_of_range"
    FROM_THE_FUTURE = "from_the_future"
    TOO_OLD = "too_old"


class MessageRejected(TourneeError):
    """A sensor said something that we cannot read or believe. Stored and counted, never fatal."""

    def __init__(self, topic: str, reason: RejectionReason, detail: str) -> None:
        self.topic, self.reason, self.detail = topic, reason, detail
        super().__init__(f"{topic}: {reason.value}: {detail}")


class NotFound(TourneeError):
    """There is no such thing."""

    def __init__(self, kind: str, key: str) -> None:
        self.kind, self.key = kind, key
        super().__init__(f"There is no {kind} {key!r}.")


class Conflict(TourneeError):
    """It can't be done in the state things are in."""


class InfeasibleProblem(TourneeError):
    """No plan can exist: no vehicle, a depot closed all day. `obstacles` says what to change, one sentence each."""

    def __init__(self, obstacles: Sequence[str]) -> None:
        self.obstacles = tuple(obstacles)
        super().__init__("No plan is possible: " + " ".join(obstacles))


class NoPlanFound(TourneeError):
    """The solver's budget ended before a plan was found, or every plan found broke a constraint."""


class Unavailable(TourneeError):
    """Something outside did not answer. Safe to try again."""


class StoreUnavailable(Unavailable):
    """The database did not answer."""


class BrokerUnavailable(Unavailable):
    """The MQTT broker did not answer."""


class RoadsUnavailable(Unavailable):
    """The road network can't be asked: no extract, no tiles, or the engine did not answer."""
