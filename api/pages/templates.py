"""Jinja2 with escaping on: whatever a bin is called, it stays text."""

from __future__ import annotations

import secrets
from pathlib import Path
from typing import Any

from fastapi import Request
from fastapi.responses import HTMLResponse
from jinja2 import Environment, FileSystemLoader, StrictUndefined

from api.security import page_policy
from api.wording import Wording

ENVIRONMENT = Environment(
    loader=FileSystemLoader(Path(__file__).parents[1] / "templates"),
    autoescape=True,
    undefined=StrictUndefined,
    trim_blocks=True,
    lstrip_blocks=True,
)


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
        "Vary": "Accept-Language",
    }
    return HTMLResponse(text, headers=headers)
