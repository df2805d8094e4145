"""Our own problem as JSON, for a case worth keeping: every field of `Problem` by its name, matrices as rows."""

from __future__ import annotations

from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import msgspec
import numpy as np

from benchmarks.instances.instance import InstanceUnreadable
from optimizer.problem import Problem


def write_problem(problem: Problem, path: Path) -> None:
    """Write a problem; `read_problem` gives back an equal one."""
    path.write_bytes(msgspec.json.encode(problem, enc_hook=_plain))


def read_problem(path: Path) -> Problem:
    """Return the problem of a file.

    Raises
    ------
    InstanceUnreadable
        A field is missing, unknown or of the wrong kind; the sentence names it.
    """
    try:
        return msgspec.json.decode(path.read_bytes(), type=Problem, dec_hook=_rich)
    except (msgspec.MsgspecError, OSError) as error:
        raise InstanceUnreadable(f"{path.name} holds no problem of ours: {error}.") from error


def _plain(thing: Any) -> Any:
    if isinstance(thing, np.ndarray):
        return thing.tolist()
    return thing.key if isinstance(thing, ZoneInfo) else thing.__dict__


def _rich(kind: Any, said: Any) -> Any:
    return ZoneInfo(said) if kind is ZoneInfo else np.asarray(said, dtype=np.int64)
