"""A plan -> a Folium page whose every script, style and image is our own. The only file that knows Folium."""

from __future__ import annotations

import base64
import html
import mimetypes
import re
from dataclasses import dataclass, field
from typing import Any

import folium
from branca.element import CssLink, Element, Figure, JavascriptLink, MacroElement
from folium.map import Layer
from folium.plugins import Fullscreen, MiniMap
from folium.template import Template

from api import map_data, map_sites
from api.map_data import Scene
from api.streets import STATIC, Streets
from api.wording import Wording
from tournee.errors import Unavailable

LEAFLET = "vendor/leaflet/dist/leaflet"
SCRIPTS = (f"{LEAFLET}.js", "vendor/protomaps-leaflet/dist/protomaps-leaflet.js", "streets.js", "map.js")
STYLES = (f"{LEAFLET}.css", "map.css")


class OutsideAsset(RuntimeError):
    """A page would load something from another server: a mistake in this file, never in a plan."""


@dataclass(frozen=True, slots=True)
class MapPage:
    """How a map is framed.

    Parameters
    ----------
    nonce
        The value that the Content-Security-Policy names; unguessable, new for every answer.
    root
        Path under which the server is mounted, without a slash at its end.
    links
        Name -> address of the pages that the bar above the map leads to.
    is_standalone
        True puts scripts, styles and streets into the page: a file that needs no server.
    """

    streets: Streets
    nonce: str = ""
    root: str = ""
    links: dict[str, str] = field(default_factory=dict)
    is_standalone: bool = False


def render_map(scene: Scene, wording: Wording, page: MapPage) -> str:
    """Return the whole HTML page of a plan's map.

    Raises
    ------
    OutsideAsset
        Some part of the page would be loaded from elsewhere (raster tiles by setting excepted).
    Unavailable
        A script or style has not been fetched yet.
    """
    figure = _Page(scene, wording, page)
    source = page.streets.embedded() if page.is_standalone else page.streets.linked(page.root)
    box = map_data.bounds(scene)
    chart = _Map(
        location=[(box.south + box.north) / 2, (box.west + box.east) / 2], tiles=None, zoom_start=15, **VIEW
    )
    figure.add_child(chart)
    chart.add_child(_Streets(source, wording.say("streets")))
    chart.add_child(_Drawn("bins", map_data.bin_layer(scene, wording), wording.say("all_bins")))
    names = map_data.truck_names(scene.plan)
    for index in range(len(names)):
        layer = map_data.route_layer(scene, index, wording)
        chart.add_child(_Drawn("route", layer, names[index]))
    chart.add_child(_Drawn("sites", map_sites.site_layer(scene, wording), wording.say("places")))
    chart.add_child(_Fullscreen(wording))
    chart.add_child(_Overview())
    chart.add_child(_Legend(map_sites.legend(scene, wording)))
    chart.add_child(folium.LayerControl(collapsed=False))
    chart.fit_bounds([[box.south, box.west], [box.north, box.east]], padding=[24, 24], max_zoom=17)
    return str(figure.render())


VIEW: dict[str, Any] = {
    "max_zoom": 19,
    "min_zoom": 9,
    "zoom_snap": 0.5,
    "zoom_delta": 0.5,
    "wheel_px_per_zoom_level": 90,
}


def _links(paths: tuple[str, ...]) -> list[tuple[str, str]]:
    return [(path, f"static/{path}") for path in paths]


class _Page(Figure):
    """The page around the map: language, title, bar, and a nonce on the one inline script."""

    _template = Template(
        """<!DOCTYPE html>
<html lang="{{ this.wording.language }}">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>{{ this.heading|e }}</title>
<link rel="icon" href="{{ this.icon|e }}">
{{ this.header.render(**kwargs) }}
</head>
<body>
<header class="plan-bar">
<h1>{{ this.heading|e }}</h1>
<span class="status {{ this.plan.status.value }}">{{ this.wording.say(this.plan.status.value, "statuses")|e }}</span>
<span class="facts">{{ this.facts|e }}</span>
{%- if this.plan.is_estimate %} <span class="estimate">{{ this.wording.say("estimate")|e }}</span>{% endif %}
<nav>{% for name, address in this.page.links.items() %}<a href="{{ address|e }}">{{ name|e }}</a>{% endfor %}</nav>
</header>
<main class="map-box" aria-label="{{ this.wording.say("map_of")|e }}">{{ this.html.render(**kwargs) }}</main>
<script nonce="{{ this.page.nonce }}">
{{ this.script.render(**kwargs) }}
</script>
</body>
</html>
"""
    )

    def __init__(self, scene: Scene, wording: Wording, page: MapPage) -> None:
        super().__init__()
        self.plan, self.wording, self.page = scene.plan, wording, page
        self.heading = f"{wording.say('map_of')}, {wording.date(scene.plan.service_date)}"
        num_stops = sum(len(route.services) for route in scene.plan.routes)
        self.facts = (
            f"{scene.network.depot.name} · {len(scene.plan.routes)} {wording.say('trucks').lower()} · "
            f"{num_stops} {wording.say('stops')} · {wording.km(scene.plan.distance_m)}"
        )
        self.icon = _data_address("icon.svg") if page.is_standalone else f"{page.root}/static/icon.svg"

    def render(self, **kwargs: Any) -> str:
        """Render the map, then look at what it wants loaded before the page is written."""
        for child in self._children.values():
            child.render(**kwargs)
        for name, link in list(self.header._children.items()):  # noqa: SLF001 - branca offers no other way
            if isinstance(link, JavascriptLink | CssLink):
                self.header.add_child(_own(link, self.page), name=name)
        return str(self._template.render(this=self, kwargs=kwargs))


class _Map(folium.Map):
    """Folium's map without jQuery, Bootstrap and the inline script that a strict policy forbids."""

    default_js = _links(SCRIPTS)
    default_css = _links(STYLES)
    _template = Template(
        """
        {% macro html(this, kwargs) %}<div class="folium-map" id={{ this.get_name()|tojson }}></div>{% endmacro %}
        {% macro script(this, kwargs) %}
        var {{ this.get_name() }} = L.map({{ this.get_name()|tojson }},
            {center: {{ this.location|tojson }}, ...{{ this.options|tojavascript }}});
        tournee.map = {{ this.get_name() }};
        tournee.frame({{ this.get_name() }});
        L.control.scale({imperial: false, position: "bottomright"}).addTo({{ this.get_name() }});
        {% endmacro %}
        """
    )


class _Streets(Layer):
    """The ground of the map: `api/static/streets.js` paints it."""

    _template = Template(
        """{% macro script(this, kwargs) %}
        tournee.source = {{ this.source|tojson }};
        var {{ this.get_name() }} = tournee.streets(tournee.source);
        {% endmacro %}"""
    )

    def __init__(self, source: dict[str, Any], name: str) -> None:
        super().__init__(name=html.escape(name), overlay=False, control=False)
        self._name, self.source = "Streets", source


class _Drawn(Layer):
    """A layer that `api/static/map.js` draws from one JSON: thousands of bins are one object here, not thousands."""

    _template = Template(
        """{% macro script(this, kwargs) %}
        var {{ this.get_name() }} = tournee.{{ this.function }}({{ this.data|tojson }});
        {% endmacro %}"""
    )

    def __init__(self, function: str, data: dict[str, Any], name: str) -> None:
        # Leaflet writes a layer's name as HTML.
        super().__init__(name=html.escape(name), overlay=True)
        self._name, self.function, self.data = function.title(), function, data


class _Legend(MacroElement):
    """What each sign means."""

    _template = Template(
        """{% macro script(this, kwargs) %}
        tournee.legend({{ this._parent.get_name() }}, {{ this.data|tojson }});
        {% endmacro %}"""
    )

    def __init__(self, data: dict[str, Any]) -> None:
        super().__init__()  # type: ignore[no-untyped-call]  # not annotated there
        self._name, self.data = "Legend", data


class _Fullscreen(Fullscreen):
    """The button that fills the screen."""

    default_js = _links(("vendor/leaflet.fullscreen/Control.FullScreen.js",))
    default_css = _links(("vendor/leaflet.fullscreen/Control.FullScreen.css",))

    def __init__(self, wording: Wording) -> None:
        names = {"title": wording.say("full_screen"), "title_cancel": wording.say("full_screen_end")}
        super().__init__(**names)  # type: ignore[no-untyped-call]  # not annotated there


class _Overview(MiniMap):
    """The small map in the corner, on the same streets."""

    default_js = _links(("vendor/leaflet-minimap/dist/Control.MiniMap.min.js",))
    default_css = _links(("vendor/leaflet-minimap/dist/Control.MiniMap.min.css",))
    _template = Template(
        """{% macro script(this, kwargs) %}
        new L.Control.MiniMap(tournee.streets(tournee.source), {{ this.options|tojavascript }})
            .addTo({{ this._parent.get_name() }});
        {% endmacro %}"""
    )

    def __init__(self) -> None:
        size = {"width": 140, "height": 140}
        super().__init__(zoom_level_offset=-3, toggle_display=True, **size)  # type: ignore[no-untyped-call]  # as above


# --- our own assets, linked or inside ------------------------------------------------------------------------------


class _Inline(Element):
    """A script or style inside the page; its content is not a template."""

    _template = Template('<{{ this.tag }} nonce="{{ this.nonce }}">\n{{ this.content }}\n</{{ this.tag }}>')

    def __init__(self, tag: str, content: str, nonce: str) -> None:
        super().__init__()
        self.tag, self.nonce = tag, nonce
        self.content = content.replace(f"</{tag}", f"<\\/{tag}")


def _own(link: JavascriptLink | CssLink, page: MapPage) -> Element:
    path = str(link.url).removeprefix("static/")
    if path == link.url or not (STATIC / path).resolve().is_relative_to(STATIC):
        raise OutsideAsset(f"The map would load {link.url} from outside our own static folder.")
    if not (STATIC / path).is_file():
        raise Unavailable(f"The map needs {path}, which is not there: run `python tools/fetch_assets.py`.")
    is_script = isinstance(link, JavascriptLink)
    if not page.is_standalone:
        address = f"{page.root}/static/{path}"
        return JavascriptLink(address) if is_script else CssLink(address)
    content = (STATIC / path).read_text(encoding="utf-8")
    return (
        _Inline("script", content, page.nonce)
        if is_script
        else _Inline("style", _with_images(path, content), page.nonce)
    )


def _with_images(path: str, css: str) -> str:
    folder = (STATIC / path).parent

    def inside(match: re.Match[str]) -> str:
        image = (folder / match["name"]).resolve()
        known = image.is_file() and image.is_relative_to(STATIC)
        return f"url({_data_address(str(image.relative_to(STATIC)))})" if known else "none"

    return re.sub(r"""url\(["']?(?P<name>[^"')#]+)["']?\)""", inside, css)


def _data_address(path: str) -> str:
    kind = mimetypes.guess_type(path)[0] or "application/octet-stream"
    return f"data:{kind};base64,{base64.b64encode((STATIC / path).read_bytes()).decode('ascii')}"
