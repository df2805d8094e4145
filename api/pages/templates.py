"""Jinja2 with escaping on: whatever a bin is called, it stays text."""

from __future__ import annotations

import secrets
from pathlib import Path
from typing import Any

from fastapi import Request
from fastapi.responses import HTMLResponse
from fastapi.routing import APIRoute
from jinja2 import Environment, FileSystemLoader, StrictUndefined
from starlette.datastructures import Headers
from starlette.routing import Match
from starlette.types import Scope

from api.security import page_policy
from api.wording import Wording

ENVIRONMENT = Environment(
    loader=FileSystemLoader(Path(__file__).parents[1] / "templates"),
    autoescape=True,
    undefined=StrictUndefined,
    trim_blocks=True,
    lstrip_blocks=True,
)


class PageRoute(APIRoute):
    """A page at an address where programs get JSON: it answers only those who ask for HTML, as every browser does."""

    def matches(self, scope: Scope) -> tuple[Match, Scope]:
        """Match where the caller accepts HTML; otherwise the next route is asked."""
        if "text/html" in Headers(scope=scope).get("accept", ""):
            return super().matches(scope)
        return Match.NONE, {}


def page(name: str, request: Request, wording: Wording, /, **facts: Any) -> HTMLResponse:
    """Return a page made from a template, with the policy that guards it."""
    root = str(request.scope.get("root_path", ""))
    other = "fr" if wording.language == "en" else "en"
    text = ENVIRONMENT.get_template(name).render(
        wording=wording, say=wording.say, root=root, path=request.url.path, other=other, **facts
    )
    return guarded(text, secrets.token_urlsafe(16))


def guarded(text: str, nonce: str, image_source: str = "") -> HTMLResponse:
    """Return HTML with its Content-Security-Policy, for this reader and this language only."""
    headers = {
        "Content-Security-Policy": page_policy(nonce, image_source),
        "Cache-Control": "private, no-cache",
        "Vary": "Accept-Language, Accept",
    }
    return HTMLResponse(text, headers=headers)
