"""A codec decodes, in any of its three forms; a hostile one is stopped in time, and spoils nothing for the next."""

from __future__ import annotations

import os
import resource
import subprocess
import sys
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest

from collector.sandbox import Codec, Sandbox
from collector.uplink import Uplink
from tournee.errors import MessageRejected

NOW = datetime(2026, 11, 23, 12, tzinfo=UTC)
UPLINK = Uplink("A1", NOW, 7, 85, bytes([1, 2, 250]), None)
LIMIT_S = 0.1
LIMIT_KB = 64 << 10

FORMS = {
    "decodeUplink": "function decodeUplink(input) { return {data: {b: input.bytes[2], p: input.fPort}}; }",
    "Decode": "function Decode(fPort, bytes, variables) { return {b: bytes[2], p: fPort, v: variables.x}; }",
    "Decoder": "function Decoder(bytes, port) { return {b: bytes[2], p: port}; }",
}
HOSTILE = {
    "loops": "while (true) {}",
    "loops_and_catches": "for (;;) { try { for (;;) {} } catch (e) {} }",
    "loops_inside_the_engine": "Array.prototype.indexOf.call({length: 2 ** 53 - 1}, 1)",
    "loops_in_a_pattern": "/(a+)+$/.test('a'.repeat(40) + 'b')",
    "one_gigabyte": "return {data: {n: new Uint8Array(1e9).length}}",
    "one_gigabyte_piecemeal": "var all = []; for (;;) { all.push(new Array(1000).fill(7)); }",
    "long_text": "return {data: {n: 'x'.repeat(1e9)}}",
    "long_answer": "return {data: {n: 'x'.repeat(1e6)}}",
    "recursion": "return decodeUplink(input) + 1",
    "require": "return {data: require('fs').readdirSync('/')}",
    "sleeps": "Atomics.wait(new Int32Array(new SharedArrayBuffer(8)), 0, 0)",
    "process": "return {data: process.env}",
    "import": "return import('fs')",
    "throws": "throw {toString() { for (;;) {} }}",
    "loops_when_written": "return {data: {toJSON() { for (;;) {} }}}",
    "deep": "var d = {}; for (var i = 0; i < 9000; i++) { d = {d: d}; } return {data: d}",
}


@pytest.fixture(scope="module")
def sandbox() -> Iterator[Sandbox]:
    with Sandbox() as ready:
        ready.decode("t", Codec("warm", FORMS["decodeUplink"]), UPLINK, NOW)
        yield ready


def decode(sandbox: Sandbox, source: str) -> object:
    return sandbox.decode("t", Codec("try.js", source), UPLINK, NOW).fields


def cpu_s(sandbox: Sandbox) -> float:
    """Return what the workers have used, ended or not: a busy machine stretches the clock on the wall, not this one."""
    ended = resource.getrusage(resource.RUSAGE_CHILDREN)
    now = Path(f"/proc/{sandbox._process.pid}/stat").read_text(encoding="utf-8").rpartition(")")[2].split()
    ticks = int(now[11]) + int(now[12])
    return ended.ru_utime + ended.ru_stime + ticks / os.sysconf("SC_CLK_TCK")


def in_function(body: str) -> str:
    return f"function decodeUplink(input) {{ {body} }}"


@pytest.mark.parametrize("form", FORMS)
def test_the_three_forms(sandbox: Sandbox, form: str) -> None:
    said = sandbox.decode("t", Codec("try.js", FORMS[form]), UPLINK, NOW)
    assert (said.form, said.fields) == (form, {"b": 250, "p": 85})


def test_the_modern_form_gets_a_date_and_may_warn(sandbox: Sandbox) -> None:
    source = in_function("return {data: {y: input.recvTime.getUTCFullYear()}, warnings: ['low battery']}")
    said = sandbox.decode("t", Codec("try.js", source), UPLINK, NOW)
    assert (said.fields, said.warnings) == ({"y": 2026}, ("low battery",))


def test_a_codec_may_export_and_log(sandbox: Sandbox) -> None:
    assert decode(sandbox, "console.log(1); exports.decodeUplink = () => ({data: {a: 1}})") == {"a": 1}


@pytest.mark.parametrize("name", HOSTILE)
def test_a_hostile_codec_is_stopped_in_time(sandbox: Sandbox, name: str) -> None:
    began = cpu_s(sandbox)
    with pytest.raises(MessageRejected, match=r"codec try\.js: "):
        decode(sandbox, in_function(HOSTILE[name]))
    assert cpu_s(sandbox) - began < LIMIT_S
    assert decode(sandbox, FORMS["Decoder"]) == {"b": 250, "p": 85}, "the next codec works"


@pytest.mark.parametrize(
    "source",
    [
        "while (true) {}",
        "eval('for (;;) {}')",
        "var",
        "",
        "42",
        "JSON.stringify = () => '{'; function Decode() { return {}; }",
    ],
)
def test_a_codec_that_fails_while_it_is_loaded(sandbox: Sandbox, source: str) -> None:
    with pytest.raises(MessageRejected):
        decode(sandbox, source)


def test_memory_stays_below_its_limit() -> None:
    """As the kernel counted the largest worker, ended or not, interpreter included; a slow machine ends some of them."""
    script = (
        "import resource, sys\n"
        "from datetime import UTC, datetime\n"
        "from collector.sandbox import Codec, Sandbox\n"
        "from collector.uplink import Uplink\n"
        "from tournee.errors import MessageRejected\n"
        "now = datetime.now(UTC)\n"
        "with Sandbox() as sandbox:\n"
        "    for source in sys.argv[1:]:\n"
        "        try:\n"
        "            sandbox.decode('t', Codec('try.js', source), Uplink('A1', now, 7, 85, b'', None), now)\n"
        "        except MessageRejected:\n"
        "            continue\n"
        "        sys.exit(f'let through: {source}')\n"
        "print(resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss)\n"
    )
    hoarders = [
        in_function(HOSTILE[name]) for name in ("one_gigabyte", "one_gigabyte_piecemeal", "long_text")
    ]
    said = subprocess.run(  # a process of its own, whose only children are workers
        [sys.executable, "-c", script, *hoarders], check=True, capture_output=True, text=True
    )
    assert int(said.stdout) < LIMIT_KB


@pytest.mark.parametrize(
    "trick",
    [
        "Object.prototype.data = {b: 1}",
        "Array.prototype.map = () => { throw 1 }",
        "globalThis.decodeUplink = null",
        "JSON.parse = () => ({})",
        "({}).constructor.constructor('return this')().leak = 1",
    ],
)
def test_what_one_message_bends_the_next_does_not_see(sandbox: Sandbox, trick: str) -> None:
    decode(sandbox, f"{trick}; function Decode() {{ return {{}}; }}")
    assert decode(sandbox, "function Decoder(b) { return {n: b.map(x => x + 1)[0], l: typeof leak}; }") == {
        "n": 2,
        "l": "undefined",
    }


@pytest.mark.parametrize(
    ("answer", "said"),
    [
        ("{errors: ['unknown port', 'x']}", "unknown port; x"),
        ("{errors: 'bad'}", "bad"),
        ("{data: 5}", "no fields"),
        ("{}", "no fields"),
        ("7", "no object"),
        ("Promise.resolve({data: {}})", "no fields"),
    ],
)
def test_an_answer_without_fields_is_refused_with_its_reason(
    sandbox: Sandbox, answer: str, said: str
) -> None:
    with pytest.raises(MessageRejected, match=said):
        decode(sandbox, in_function(f"return {answer}"))


def test_a_worker_that_dies_is_replaced() -> None:
    with Sandbox() as sandbox:
        sandbox._process.kill()
        with pytest.raises(MessageRejected, match="stopped"):
            decode(sandbox, FORMS["Decode"])
        assert decode(sandbox, FORMS["Decode"]) == {"b": 250, "p": 85}


def test_passwords_stay_outside(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TOURNEE_BROKER__PASSWORD", "swordfish")
    with Sandbox() as sandbox:
        decode(sandbox, FORMS["Decode"])
        assert b"swordfish" not in Path(f"/proc/{sandbox._process.pid}/environ").read_bytes()
