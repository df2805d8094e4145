"""Which streets a map draws: raster tiles by address, our own vector tiles, or the light layer. No library here."""

from __future__ import annotations

import base64
import html
import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from pmtiles.reader import Reader, all_tiles

from tournee.settings import ApiSettings

STATIC = Path(__file__).with_name("static")
PMTILES = STATIC / "tiles" / "town.pmtiles"
GEOJSON = STATIC / "tiles" / "streets.geojson"


@dataclass(frozen=True, slots=True)
class Streets:
    """Where a page finds its streets; all fields empty draws none, on a plain ground.

    Parameters
    ----------
    url
        Raster tiles, `{z}/{x}/{y}`; the browser of whoever looks then asks that server.
    pmtiles, geojson
        Our own files.
    """

    attribution: str
    url: str = ""
    pmtiles: Path | None = None
    geojson: Path | None = None

    @property
    def kind(self) -> str:
        """One word for the health page."""
        if self.url:
            return "raster"
        return "vector" if self.pmtiles else "light" if self.geojson else "none"

    @property
    def image_source(self) -> str:
        """Where images may be loaded from, besides our own server; for the Content-Security-Policy."""
        if not self.url:
            return ""
        address = urlsplit(self.url.replace("{s}.", "*."))
        return f"{address.scheme}://{address.netloc}"

    def linked(self, root: str) -> dict[str, Any]:
        """Return what the page's script needs to fetch the streets from our server, mounted at `root`."""
        if self.pmtiles:
            return {"tiles": f"{root}/static/tiles/{self.pmtiles.name}", **self._common()}
        if self.geojson:
            return {"geojson": f"{root}/static/tiles/{self.geojson.name}", **self._common()}
        return self._common() | ({"url": self.url} if self.url else {"geojson": NOTHING})

    def embedded(self) -> dict[str, Any]:
        """Return the same with the streets inside, for a page that is a file of its own."""
        if self.pmtiles:
            return {"tiles": _tiles_of(self.pmtiles), **self._common()}
        if self.geojson:
            return {"geojson": json.loads(self.geojson.read_text(encoding="utf-8")), **self._common()}
        return self.linked("")

    def _common(self) -> dict[str, Any]:
        # Leaflet shows an attribution as HTML.
        common: dict[str, Any] = {"attribution": html.escape(self.attribution)}
        if self.pmtiles:
            common["maxDataZoom"] = _max_zoom(self.pmtiles)
        return common


NOTHING = {"type": "FeatureCollection", "features": []}


def find_streets(settings: ApiSettings, folder: Path = STATIC / "tiles") -> Streets:
    """Return the streets that this installation can draw, best first."""
    pmtiles, geojson = folder / PMTILES.name, folder / GEOJSON.name
    if settings.tile_url:
        return Streets(settings.tile_attribution, url=settings.tile_url)
    if pmtiles.is_file():
        return Streets(settings.tile_attribution, pmtiles=pmtiles)
    if geojson.is_file():
        return Streets(settings.tile_attribution, geojson=geojson)
    return Streets(settings.tile_attribution)


def _max_zoom(path: Path) -> int:
    with path.open("rb") as file:
        return int(Reader(_ranges(file)).header()["max_zoom"])  # type: ignore[no-untyped-call]  # not annotated there


def _tiles_of(path: Path) -> dict[str, str]:
    with path.open("rb") as file:
        tiles = all_tiles(_ranges(file))  # type: ignore[no-untyped-call]  # not annotated there
        return {f"{z}/{x}/{y}": base64.b64encode(data).decode("ascii") for (z, x, y), data in tiles}


def _ranges(file: Any) -> Any:
    def read(offset: int, length: int) -> bytes:
        file.seek(offset)
        content: bytes = file.read(length)
        return content

    return read
