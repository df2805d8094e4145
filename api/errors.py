"""Errors -> `application/problem+json` (RFC 9457). No traceback ever reaches a reader."""

from __future__ import annotations

import html
import logging
from http import HTTPStatus
from typing import Any

from fastapi import FastAPI, Request, Response
from fastapi.exceptions import RequestValidationError
from fastapi.responses import HTMLResponse, JSONResponse
from starlette.exceptions import HTTPException

from api.security import KeyRefused, page_policy
from tournee.errors import (
    ConfigError,
    Conflict,
    ImportRefused,
    InfeasibleProblem,
    MessageRejected,
    NoPlanFound,
    NotFound,
    TourneeError,
    Unavailable,
)

LOG = logging.getLogger(__name__)

# The nearest class of an error's family decides; one row for each branch of the tree.
STATUS: dict[type[TourneeError], HTTPStatus] = {
    KeyRefused: HTTPStatus.UNAUTHORIZED,
    NotFound: HTTPStatus.NOT_FOUND,
    Conflict: HTTPStatus.CONFLICT,
    InfeasibleProblem: HTTPStatus.UNPROCESSABLE_ENTITY,
    NoPlanFound: HTTPStatus.UNPROCESSABLE_ENTITY,
    ImportRefused: HTTPStatus.UNPROCESSABLE_ENTITY,
    MessageRejected: HTTPStatus.UNPROCESSABLE_ENTITY,
    Unavailable: HTTPStatus.SERVICE_UNAVAILABLE,
    ConfigError: HTTPStatus.INTERNAL_SERVER_ERROR,
    TourneeError: HTTPStatus.INTERNAL_SERVER_ERROR,
}
RETRY_AFTER_S = "5"


def install_error_answers(app: FastAPI) -> None:
    """Make every failure an answer that a person and a program can read."""
    app.add_exception_handler(TourneeError, _known)
    app.add_exception_handler(RequestValidationError, _invalid)
    app.add_exception_handler(HTTPException, _http)
    app.add_exception_handler(Exception, _unknown)


def status_of(error: TourneeError) -> HTTPStatus:
    """Return the status that an error is answered with."""
    return next(STATUS[kind] for kind in type(error).__mro__ if kind in STATUS)


def problem(request: Request, status: HTTPStatus, detail: str, **more: Any) -> Response:
    """Return a problem for programs, and the same sentence as a small page for browsers."""
    if "text/html" in request.headers.get("accept", ""):
        return _page(status, detail)
    content = {"type": "about:blank", "title": status.phrase, "status": int(status), "detail": detail}
    content |= {"instance": request.url.path, **more}
    return JSONResponse(content, status, media_type="application/problem+json")


def _known(request: Request, error: Exception) -> Response:
    status = status_of(error) if isinstance(error, TourneeError) else HTTPStatus.INTERNAL_SERVER_ERROR
    more = {"obstacles": list(error.obstacles)} if isinstance(error, InfeasibleProblem) else {}
    if status is HTTPStatus.INTERNAL_SERVER_ERROR:
        LOG.error("%s", error)
    answer = problem(request, status, str(error), code=type(error).__name__, **more)
    if status is HTTPStatus.UNAUTHORIZED:
        answer.headers["WWW-Authenticate"] = 'Bearer realm="tournee"'
    if status is HTTPStatus.SERVICE_UNAVAILABLE:
        answer.headers["Retry-After"] = RETRY_AFTER_S
    return answer


def _invalid(request: Request, error: Exception) -> Response:
    found = error.errors() if isinstance(error, RequestValidationError) else []
    errors = [{"field": ".".join(map(str, each["loc"])), "problem": each["msg"]} for each in found]
    detail = "; ".join(f"{each['field']}: {each['problem']}" for each in errors)
    return problem(request, HTTPStatus.UNPROCESSABLE_ENTITY, f"{detail}.", errors=errors)


def _http(request: Request, error: Exception) -> Response:
    status = HTTPStatus(error.status_code) if isinstance(error, HTTPException) else HTTPStatus.BAD_REQUEST
    sentences = {
        HTTPStatus.NOT_FOUND: f"There is nothing at {request.url.path}.",
        HTTPStatus.METHOD_NOT_ALLOWED: f"{request.url.path} does not take {request.method}.",
    }
    answer = problem(request, status, sentences.get(status, f"{status.description or status.phrase}."))
    if isinstance(error, HTTPException):
        answer.headers.update(error.headers or {})
    return answer


def _unknown(request: Request, error: Exception) -> Response:
    LOG.error("%s %s failed", request.method, request.url.path, exc_info=error)
    detail = "Something failed that should not; the server's log says what. Nothing was changed by halves."
    return problem(request, HTTPStatus.INTERNAL_SERVER_ERROR, detail)


def _page(status: HTTPStatus, detail: str) -> Response:
    body = (
        '<!DOCTYPE html><html lang="en"><head><meta charset="utf-8"><title>Tournée</title>'
        '<meta name="viewport" content="width=device-width, initial-scale=1">'
        '<link rel="icon" href="/static/icon.svg"><link rel="stylesheet" href="/static/pages.css"></head>'
        f"<body><main><h1>{int(status)} {html.escape(status.phrase)}</h1><p>{html.escape(detail)}</p>"
        '<p><a href="/">Tournée</a></p></main></body></html>'
    )
    return HTMLResponse(body, status, headers={"content-security-policy": page_policy("none")})
