"""A small real HTTP server that is told of alerts: it may refuse, fail, redirect or keep one waiting."""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

SECRET = "whsec_" + base64.b64encode(b"0123456789abcdef0123456789").decode()
PATIENCE_S = 20.0


@dataclass
class Receiver:
    """What was heard, whole; `answers` are given in turn, and then 204 for ever."""

    answers: list[int] = field(default_factory=list)
    heard: list[dict[str, Any]] = field(default_factory=list)
    paths: list[str] = field(default_factory=list)
    ids: list[str] = field(default_factory=list)
    is_slow: bool = False
    port: int = 0
    hurry: threading.Event = field(default_factory=threading.Event)
    changed: threading.Condition = field(default_factory=threading.Condition)

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}/hook"

    def wait_for(self, count: int) -> list[str]:
        """Return the types of what was heard once there are `count`, or all there are after a while."""
        with self.changed:
            self.changed.wait_for(lambda: len(self.heard) >= count, timeout=PATIENCE_S)
            return [body["type"] for body in self.heard]

    def take(self, path: str, headers: dict[str, str], body: bytes) -> int:
        """Keep a message, whose signature must be right; return the answer's status."""
        signed = f"{headers.get('webhook-id')}.{headers.get('webhook-timestamp')}.".encode() + body
        key = base64.b64decode(SECRET.removeprefix("whsec_"))
        wanted = "v1," + base64.b64encode(hmac.new(key, signed, hashlib.sha256).digest()).decode()
        with self.changed:
            self.paths.append(path)
            if headers.get("webhook-signature") != wanted:
                return 401
            status = self.answers.pop(0) if self.answers else 204
            if status < 300:
                self.heard.append(json.loads(body))
                self.ids.append(headers["webhook-id"])
            self.changed.notify_all()
        return status


@contextmanager
def receiving(*answers: int, is_slow: bool = False) -> Iterator[Receiver]:
    """Run a receiver on a free loopback port for as long as the block lasts."""
    receiver = Receiver(list(answers), is_slow=is_slow)

    class Door(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
            status = receiver.take(
                self.path, {name.lower(): value for name, value in self.headers.items()}, body
            )
            if receiver.is_slow:
                receiver.hurry.wait(PATIENCE_S)
            self.send_response(status)
            if status == 302:
                self.send_header("Location", "/elsewhere")
            self.send_header("Content-Length", "0")
            self.end_headers()

        def do_GET(self) -> None:
            self.do_POST()

        def log_message(self, *_: object) -> None:
            """Say nothing."""

    class Server(ThreadingHTTPServer):
        daemon_threads = False

        def handle_error(self, *_: object) -> None:
            """A caller that hangs up early is what the tests are about."""

    server = Server(("127.0.0.1", 0), Door)
    receiver.port = server.server_port
    thread = threading.Thread(target=server.serve_forever, args=(0.05,))
    thread.start()
    try:
        yield receiver
    finally:
        receiver.hurry.set()
        server.shutdown()
        server.server_close()
        thread.join()
