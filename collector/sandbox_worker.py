"""The child process in which codecs run: one message in, one answer out, and nothing else in reach.

Started by `collector.sandbox`; the only file that touches the JavaScript engine. Two fences stand around a codec: the
engine's own limits answer with a reason, and the kernel ends the process where the engine does not look.
"""

from __future__ import annotations

import json
import resource
import signal
import struct
import sys
from typing import Any, BinaryIO

import quickjs

HEADER = struct.Struct("!I")
ENGINE_MEMORY_BYTES = 16 << 20
ENGINE_STACK_BYTES = 256 << 10
ENGINE_TIME_S = 0.02  # for loading, and once more for decoding
PROCESS_TIME_S = 0.05  # CPU time of a message, by the kernel's clock: a busy machine condemns no honest codec
PROCESS_MEMORY_BYTES = 256 << 20  # of address space, of which the interpreter's libraries take most
ANSWER_MAX_CHARS = 65_536

# Codecs are written for a server that lets them log and, some of them, export.
PREPARE = """
var console = {log() {}, info() {}, warn() {}, error() {}, debug() {}};
var module = {exports: {}}, exports = module.exports;
"""
CALL = """
(function (text) {
  var message = JSON.parse(text);
  var made = (typeof module === "object" && module && module.exports) || {};
  var modern = typeof decodeUplink === "function" ? decodeUplink : made.decodeUplink;
  if (typeof modern === "function") {
    var input = {bytes: message.bytes, fPort: message.f_port, recvTime: new Date(message.recv_time)};
    return JSON.stringify({form: "decodeUplink", output: modern(input)});
  }
  if (typeof Decode === "function") {
    return JSON.stringify({form: "Decode", output: {data: Decode(message.f_port, message.bytes, {})}});
  }
  if (typeof Decoder === "function") {
    return JSON.stringify({form: "Decoder", output: {data: Decoder(message.bytes, message.f_port)}});
  }
  return JSON.stringify({form: ""});
})
"""


def run(codec: str, message: dict[str, Any]) -> str:
    """Return what a codec answers, as JSON text.

    Every message gets an engine of its own: what one leaves behind, the next can't find.

    Raises
    ------
    quickjs.JSException
        The codec failed, or was stopped at a limit.
    """
    engine = quickjs.Context()
    engine.set_memory_limit(ENGINE_MEMORY_BYTES)
    engine.set_max_stack_size(ENGINE_STACK_BYTES)
    engine.set_time_limit(ENGINE_TIME_S)
    engine.eval(PREPARE)
    engine.eval(codec)
    answer = engine.eval(CALL)(json.dumps(message))
    return answer if isinstance(answer, str) else ""


def answer_to(request: dict[str, Any]) -> dict[str, str]:
    """Return `{"answer": ...}`, or `{"failure": ...}` with the engine's first line."""
    try:
        answer = run(request["codec"], request["message"])
    except (quickjs.JSException, ValueError) as failed:
        return {"failure": (str(failed).splitlines() or ["no reason given"])[0][:200]}
    if len(answer) > ANSWER_MAX_CHARS:
        return {"failure": f"its answer is longer than {ANSWER_MAX_CHARS} characters"}
    return {"answer": answer}


def lock_down() -> None:
    """Take from this process what no codec needs: memory, files, children."""
    resource.setrlimit(resource.RLIMIT_AS, (PROCESS_MEMORY_BYTES, PROCESS_MEMORY_BYTES))
    for kind in (resource.RLIMIT_CORE, resource.RLIMIT_FSIZE, resource.RLIMIT_NPROC):
        resource.setrlimit(kind, (0, 0))
    resource.setrlimit(resource.RLIMIT_NOFILE, (3, 3))
    signal.signal(signal.SIGPROF, signal.SIG_DFL)  # ends the process, even inside the engine
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C is for the collector, which then closes our input


def serve(requests: BinaryIO, answers: BinaryIO) -> None:
    """Answer until the input ends."""
    while header := requests.read(HEADER.size):
        request = json.loads(requests.read(HEADER.unpack(header)[0]))
        signal.setitimer(signal.ITIMER_PROF, PROCESS_TIME_S)
        said = answer_to(request)
        signal.setitimer(signal.ITIMER_PROF, 0)
        content = json.dumps(said).encode()
        answers.write(HEADER.pack(len(content)) + content)
        answers.flush()


if __name__ == "__main__":
    lock_down()
    serve(sys.stdin.buffer, sys.stdout.buffer)
