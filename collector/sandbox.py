"""Runs a vendor's JavaScript codec where it can do no harm: a process of its own, bounded in time and memory.

Understood are the LoRa Alliance's TS013 form `decodeUplink(input)` and the older `Decode(fPort, bytes, variables)` and
`Decoder(bytes, port)`. A codec that loops, hoards memory or reaches for `require` is stopped, and its message refused.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from threading import Lock
from types import TracebackType
from typing import Any, Self

from collector.uplink import Uplink
from tournee.errors import MessageRejected, RejectionReason

WORKER = Path(__file__).with_name("sandbox_worker.py")
HEADER_BYTES = 4
# What an interpreter needs to start; passwords in our own environment stay out of a codec's reach.
INHERITED = ("HOME", "LANG", "LD_LIBRARY_PATH", "PYTHONPATH", "SYSTEMROOT")


@dataclass(frozen=True, slots=True)
class Codec:
    """A JavaScript codec: its name, for messages to people, and its text."""

    name: str
    source: str


@dataclass(frozen=True, slots=True)
class Decoded:
    """What a codec made of the bytes. `form` is the function that it offers."""

    form: str
    fields: Mapping[str, Any]
    warnings: tuple[str, ...] = ()


@dataclass
class Sandbox:
    """A worker process, started ahead and again whenever a codec has brought it down; close it at the end."""

    _process: subprocess.Popen[bytes] = field(init=False)
    _turn: Lock = field(init=False, default_factory=Lock)

    def __post_init__(self) -> None:
        self._process = _started()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def close(self) -> None:
        """End the worker."""
        _end(self._process)

    def decode(self, topic: str, codec: Codec, uplink: Uplink, received_at: datetime) -> Decoded:
        """Return what a codec makes of an uplink's bytes.

        Each message meets a fresh engine, so that none can spoil the next.

        Raises
        ------
        MessageRejected
            The codec failed, was stopped, reported errors, or answered with something else than fields.
        """
        message = {
            "bytes": list(uplink.payload),
            "f_port": uplink.f_port,
            "recv_time": received_at.isoformat(),
        }
        said = self._ask({"codec": codec.source, "message": message})
        if "failure" in said:
            raise _refused(topic, codec, said["failure"])
        return _read(topic, codec, said["answer"])

    def _ask(self, request: Mapping[str, Any]) -> dict[str, str]:
        content = json.dumps(request).encode()
        with self._turn:
            try:
                return _exchange(self._process, content)
            except (OSError, EOFError):
                _end(self._process)
                self._process = _started()
                return {"failure": "it was stopped: it used more time or memory than a message may"}


def _started() -> subprocess.Popen[bytes]:
    environ = {name: os.environ[name] for name in INHERITED if name in os.environ}
    return subprocess.Popen(  # noqa: S603  our own file, run by our own interpreter
        [sys.executable, "-P", str(WORKER)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        env=environ,
    )


def _end(process: subprocess.Popen[bytes]) -> None:
    process.kill()
    process.wait()
    for pipe in (process.stdin, process.stdout):
        if pipe is not None:
            _close(pipe)


def _close(pipe: Any) -> None:
    try:
        pipe.close()
    except BrokenPipeError:  # what was still to be written has nobody left to read it
        return


def _exchange(process: subprocess.Popen[bytes], content: bytes) -> dict[str, str]:
    if process.stdin is None or process.stdout is None:
        raise EOFError
    process.stdin.write(len(content).to_bytes(HEADER_BYTES) + content)
    process.stdin.flush()
    header = process.stdout.read(HEADER_BYTES)
    if len(header) < HEADER_BYTES:
        raise EOFError
    answer: dict[str, str] = json.loads(process.stdout.read(int.from_bytes(header)))
    return answer


def _read(topic: str, codec: Codec, answer: str) -> Decoded:
    """Return the fields of an answer; a codec may have bent even `JSON.stringify`, so nothing of it is taken on trust."""
    try:
        said = json.loads(answer)
    except (ValueError, RecursionError) as broken:
        raise _refused(topic, codec, "its answer is no JSON") from broken
    if not isinstance(said, dict) or not said.get("form"):
        raise _refused(topic, codec, "it has no function decodeUplink, Decode or Decoder")
    output = said.get("output")
    if not isinstance(output, dict):
        raise _refused(topic, codec, f"{said['form']} returned no object")
    if errors := _texts(output.get("errors")):
        raise _refused(topic, codec, "; ".join(errors)[:200])
    fields = output.get("data")
    if not isinstance(fields, dict):
        raise _refused(topic, codec, f"{said['form']} returned no fields")
    return Decoded(str(said["form"])[:40], fields, _texts(output.get("warnings")))


def _texts(value: object) -> tuple[str, ...]:
    if value is None or value == []:
        return ()
    return tuple(str(each)[:200] for each in value) if isinstance(value, list) else (str(value)[:200],)


def _refused(topic: str, codec: Codec, why: str) -> MessageRejected:
    return MessageRejected(topic, RejectionReason.UNREADABLE, f"codec {codec.name}: {why}")
