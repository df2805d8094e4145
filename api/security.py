"""Who may change something, and what a browser may load."""

from __future__ import annotations

import hmac
import secrets
from typing import Annotated

from fastapi import Depends
from fastapi.security import APIKeyHeader, HTTPAuthorizationCredentials, HTTPBearer
from starlette.datastructures import MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from api.deps import KitDep
from tournee.errors import TourneeError

HEADERS = {
    "content-security-policy": "default-src 'none'; frame-ancestors 'none'",
    "cross-origin-opener-policy": "same-origin",
    "permissions-policy": "geolocation=(), camera=(), microphone=()",
    "referrer-policy": "same-origin",
    "x-content-type-options": "nosniff",
}


class KeyRefused(TourneeError):
    """A call that changes something came without the right key."""


def new_key() -> str:
    """Return an unguessable key, 32 characters."""
    return secrets.token_urlsafe(24)


def require_key(
    kit: KitDep,
    header: Annotated[str | None, Depends(APIKeyHeader(name="X-API-Key", auto_error=False))],
    bearer: Annotated[HTTPAuthorizationCredentials | None, Depends(HTTPBearer(auto_error=False))],
) -> None:
    """Refuse a call without the server's key, compared in constant time."""
    given = header or (bearer.credentials if bearer else "")
    if not hmac.compare_digest(given.encode(), kit.key.encode()):
        message = (
            "This call changes something: send the server's key as X-API-Key or as Authorization: Bearer."
        )
        raise KeyRefused(message)


KEY_NEEDED = [Depends(require_key)]


def page_policy(nonce: str, image_source: str = "") -> str:
    """Return the Content-Security-Policy of one of our pages: our own files, and one inline script by its nonce.

    Leaflet places everything by `style` attributes, so those stay allowed; style elements are not.
    """
    return "; ".join(
        (
            "default-src 'none'",
            f"script-src 'self' 'nonce-{nonce}'",
            "style-src 'self'",
            "style-src-attr 'unsafe-inline'",
            f"img-src 'self' data: {image_source}".rstrip(),
            "connect-src 'self'",
            "base-uri 'none'",
            "form-action 'none'",
            "frame-ancestors 'none'",
        )
    )


class SecurityHeaders:
    """Adds the headers above to every answer that has not set its own."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass the call on, and add to the head of the answer."""

        async def send_with_headers(message: Message) -> None:
            if message["type"] == "http.response.start":
                headers = MutableHeaders(scope=message)
                for name, value in HEADERS.items():
                    headers.setdefault(name, value)
            await send(message)

        await self.app(scope, receive, send_with_headers)
