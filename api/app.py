"""The API: store in, people out. It never plans; it asks, by a row in the store."""

from __future__ import annotations

import mimetypes
from importlib.metadata import PackageNotFoundError, version

from fastapi import FastAPI
from starlette.middleware.gzip import GZipMiddleware
from starlette.responses import Response
from starlette.staticfiles import StaticFiles
from starlette.types import Receive, Scope, Send

from api.deps import Kit
from api.endpoints import (
    alerts,
    changes,
    devices,
    exports,
    fiware,
    health,
    network,
    plans,
    posting,
    readings,
    services,
)
from api.errors import install_error_answers
from api.pages import changes as change_pages
from api.pages import map as map_page
from api.pages import plans as plan_pages
from api.pages import watch as watch_pages
from api.security import SecurityHeaders, new_key
from api.streets import STATIC, find_streets
from tournee.clock import Clock, utc_now
from tournee.settings import Settings
from tournee.store import Store, open_store

DESCRIPTION = """Plans waste collection from bin fill levels.

Reading is open. A call that changes something needs the server's key, as `X-API-Key` or as `Authorization: Bearer`.
Locations are `[longitude, latitude]`; instants are RFC 3339 with an offset; errors are RFC 9457 problems.
"""


def create_app(settings: Settings, store: Store | None = None, clock: Clock = utc_now) -> FastAPI:
    """Return the app.

    Parameters
    ----------
    store
        An open store; opened from the settings if left out.

    Raises
    ------
    StoreUnavailable
        The database does not answer.
    """
    app = FastAPI(
        title="Tournée",
        version=_version(),
        description=DESCRIPTION,
        docs_url=None,  # both pages of FastAPI load their scripts from elsewhere
        redoc_url=None,
        license_info={"name": "Apache-2.0", "identifier": "Apache-2.0"},
    )
    # Without a key nobody may change anything: one that nobody knows is made.
    key = settings.api.key.get_secret_value() or new_key()
    app.state.kit = Kit(settings, store or open_store(settings.store), find_streets(settings.api), key, clock)
    for part in (
        plan_pages,
        change_pages,
        map_page,
        watch_pages,
        alerts,
        devices,
        exports,
        plans,
        changes,
        network,
        posting,
        readings,
        services,
        fiware,
        health,
    ):
        app.include_router(part.router)
    app.mount("/static", _Static(directory=STATIC), name="static")
    app.add_middleware(_Compression, minimum_size=1_000)
    app.add_middleware(SecurityHeaders)
    install_error_answers(app)
    return app


class _Static(StaticFiles):
    """Our scripts, styles and streets; a browser asks each time whether they are still the same."""

    def file_response(self, *args: object, **kwargs: object) -> Response:
        """Answer with a file, or with "not changed"."""
        answer = super().file_response(*args, **kwargs)  # type: ignore[arg-type]  # handed on as they came
        answer.headers["Cache-Control"] = "no-cache"
        return answer


class _Compression(GZipMiddleware):
    """gzip for texts; tiles are compressed already, and are read in ranges."""

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Compress the answer, if it is no tile."""
        is_tile = "/static/tiles/" in scope.get("path", "")
        await (self.app if is_tile else super().__call__)(scope, receive, send)


def _version() -> str:
    try:
        return version("tournee")
    except PackageNotFoundError:  # run from a checkout
        return "0"


mimetypes.add_type("application/vnd.pmtiles", ".pmtiles")
mimetypes.add_type("application/geo+json", ".geojson")
