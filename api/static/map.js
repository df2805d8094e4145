/* A plan on a map. Every text reaches the page as text, never as HTML: Leaflet does not escape what it is given. */
"use strict";

window.tournee = window.tournee || {};

(() => {
  const INK = "#2d2a26";

  const element = (name, attributes = {}, ...children) => {
    const node = document.createElement(name);
    for (const [key, value] of Object.entries(attributes)) node.setAttribute(key, value);
    node.append(...children.filter((child) => child !== null && child !== undefined));
    return node;
  };

  const drawing = (name, attributes = {}, ...children) => {
    const node = document.createElementNS("http://www.w3.org/2000/svg", name);
    for (const [key, value] of Object.entries(attributes)) node.setAttribute(key, value);
    node.append(...children);
    return node;
  };

  /* ---- popups ------------------------------------------------------------------------------------------------ */

  const card = (info) => {
    const rows = info.rows.map(([label, value]) => [element("dt", {}, label), element("dd", {}, value)]).flat();
    const title = element("h2", {}, info.badge ? element("span", { class: "badge" }, info.badge) : null, info.title);
    if (info.color) title.style.setProperty("--truck", info.color);
    return element("section", { class: "card" }, title, element("dl", {}, ...rows),
      info.reason ? element("p", { class: "reason" }, info.reason) : null);
  };

  const showCards = (map, place, cards) => L.popup({ maxWidth: 320, minWidth: 220, maxHeight: 320, autoPanPadding: [24, 24] })
    .setLatLng(place).setContent(element("div", { class: "cards" }, ...cards.map(card))).openOn(map);

  /* ---- bins: a small container that is as full as the bin ------------------------------------------------------ */

  const levelColor = (levels, fill) => {
    if (fill === null) return "#8b8680";
    return levels.find(({ below }) => below === null || fill < below).color;
  };

  const drawBin = (context, x, y, { size, fill, lid, color }) => {
    const width = size * 0.78, height = size, left = x - width / 2, top = y - height / 2, rim = height * 0.24;
    context.save();
    context.lineJoin = "round";
    context.lineWidth = 2.6;
    context.strokeStyle = "rgba(255,255,255,.95)";
    context.strokeRect(left - 1, top, width + 2, height);
    context.fillStyle = "#ffffff";
    context.fillRect(left, top + rim, width, height - rim);
    if (fill !== null) {
      const level = Math.max(0.06, Math.min(1, fill)) * (height - rim);
      context.fillStyle = color;
      context.fillRect(left, top + height - level, width, level);
    }
    context.lineWidth = 1.1;
    context.strokeStyle = INK;
    if (fill === null) context.setLineDash([2, 1.6]);
    context.strokeRect(left, top + rim, width, height - rim);
    context.setLineDash([]);
    context.fillStyle = lid;
    context.fillRect(left - 1, top, width + 2, rim);
    context.strokeRect(left - 1, top, width + 2, rim);
    if (fill === null || fill >= 1) {
      const sign = fill === null ? "?" : "!";
      context.font = `700 ${size * 0.66}px sans-serif`;
      context.textAlign = "center";
      context.textBaseline = "middle";
      context.fillStyle = fill === null ? INK : "#ffffff";
      context.fillText(sign, x, y + rim / 2 + 0.5);
    }
    context.restore();
  };

  /* Why a bin is served, left or not wanted: a sentence, or a pattern and the figures that stand in it. */
  const sentence = (patterns, said) => (typeof said === "string" ? said
    : patterns[said[0]].replace(/\{(\d+)\}/g, (_, at) => said[Number(at) + 1]));

  const binSize = (zoom) => Math.max(4, Math.min(20, 9 + (zoom - 15) * 4.5));

  const BinMark = L.CircleMarker.extend({
    _project() {
      L.CircleMarker.prototype._project.call(this);
      this._point.x += this.options.slot * binSize(this._map.getZoom()) * 0.95;
      this._updateBounds();
    },
    _updatePath() {
      const { _renderer: renderer, _point: point } = this;
      if (!renderer._drawing || this._empty()) return;
      drawBin(renderer._ctx, point.x, point.y, { ...this.options.look, size: binSize(this._map.getZoom()) });
    },
  });

  window.tournee.bins = ({ rows, patterns, streams, levels, words }) => {
    const renderer = L.canvas({ padding: 0.2, pane: "bins" });
    const group = L.featureGroup();
    for (const [lat, lon, stream, fill, risk, address, reason, slot] of rows) {
      const look = { fill, lid: streams[stream].color, color: levelColor(levels, fill) };
      const mark = new BinMark([lat, lon], { renderer, pane: "bins", radius: 10, look, slot, bubblingMouseEvents: false });
      mark.info = () => ({
        title: address, reason: sentence(patterns, reason),
        rows: [[words.stream, streams[stream].name], [words.fill_now, fill === null ? words.unknown : percent(fill)],
          ...(risk === null ? [] : [[words.overflow_risk, percent(risk)]])],
      });
      group.addLayer(mark);
    }
    const percent = (value) => new Intl.NumberFormat(document.documentElement.lang, { style: "percent" }).format(value);
    return group.on("click", ({ layer, latlng }) => showCards(layer._map, latlng, [layer.info()]));
  };

  /* ---- routes: halo, dashed line, arrows; kept right of the middle so that there and back are two lines -------- */

  const shifted = (points, by) => {
    const result = [];
    for (let i = 0; i + 1 < points.length; i += 1) {
      const [a, b] = [points[i], points[i + 1]];
      const length = Math.hypot(b.x - a.x, b.y - a.y);
      if (length < 0.01) continue;
      const [nx, ny] = [(-(b.y - a.y) / length) * by, ((b.x - a.x) / length) * by];
      result.push({ x: a.x + nx, y: a.y + ny }, { x: b.x + nx, y: b.y + ny });
    }
    return result;
  };

  const trace = (context, points) => {
    context.beginPath();
    points.forEach(({ x, y }, index) => (index ? context.lineTo(x, y) : context.moveTo(x, y)));
  };

  const drawArrow = (context, { x, y }, angle, size) => {
    context.save();
    context.translate(x, y);
    context.rotate(angle);
    context.beginPath();
    context.moveTo(size, 0);
    context.lineTo(-size * 0.8, size * 0.78);
    context.lineTo(-size * 0.45, 0);
    context.lineTo(-size * 0.8, -size * 0.78);
    context.closePath();
    context.stroke();
    context.fill();
    context.restore();
  };

  const drawArrows = (context, points, { every, size }) => {
    let ahead = every / 2;
    for (let i = 0; i + 1 < points.length; i += 1) {
      const [a, b] = [points[i], points[i + 1]];
      const length = Math.hypot(b.x - a.x, b.y - a.y);
      const angle = Math.atan2(b.y - a.y, b.x - a.x);
      for (; ahead <= length; ahead += every) {
        const share = ahead / length;
        // Not on the short pieces of a bend: an arrow there points nowhere.
        if (length > 4) drawArrow(context, { x: a.x + (b.x - a.x) * share, y: a.y + (b.y - a.y) * share }, angle, size);
      }
      ahead -= length;
    }
  };

  const RouteLine = L.Polyline.extend({
    _updatePath() {
      const { _renderer: renderer, options } = this;
      if (!renderer._drawing || !this._parts.length) return;
      const context = renderer._ctx;
      const zoom = this._map.getZoom();
      const weight = Math.max(1.8, Math.min(4.4, 2.5 + (zoom - 15) * 0.9));
      context.save();
      context.lineJoin = "round";
      context.lineCap = "round";
      for (const part of this._parts) {
        const points = shifted(part, options.shift * (weight / 4.4));
        trace(context, points);
        context.setLineDash([]);
        context.strokeStyle = "rgba(255,255,255,.9)";
        context.lineWidth = weight + 2.4;
        context.stroke();
        context.globalAlpha = 0.28;
        context.strokeStyle = options.color;
        context.lineWidth = weight;
        context.stroke();
        context.globalAlpha = 1;
        context.setLineDash(options.dash);
        context.lineCap = "butt";
        context.stroke();
        context.setLineDash([]);
        context.fillStyle = options.color;
        context.strokeStyle = "#ffffff";
        context.lineWidth = 1.4;
        drawArrows(context, points, { every: zoom < 16 ? 96 : 84, size: weight + 3 });
      }
      context.restore();
    },
  });

  /* ---- pins --------------------------------------------------------------------------------------------------- */

  const SYMBOLS = {
    depot: "M-7 5V-1L0-7L7-1V5H3V0H-3V5Z",
    facility: "M-6-6H6L4.6 6.5H-4.6ZM0-4V1.5H-3L0 5L3 1.5H0",
    break: "M-6-4H4V2A4 4 0 0 1 0 6H-2A4 4 0 0 1-6 2ZM4-2H6A2 2 0 0 1 6 2H4",
  };

  /* What is done in the day turns gray under a check mark; what is fixed is tinted under a lock. */
  const STATES = {
    done: { ground: "#dedad3", ink: "#55504a", badge: "#1d6b34", sign: "M-3.2 .2L-1 2.6L3.4-2.6" },
    locked: { ground: "#ffe9c7", badge: "#8a4b00", sign: "M-3-.4H3V3.4H-3ZM-1.9-.6V-2A1.9 1.9 0 0 1 1.9-2V-.6" },
  };

  const badge = ({ badge: fill, sign }) => drawing("g", { transform: "translate(23 7)" },
    drawing("circle", { r: 6.6, fill, stroke: "#ffffff", "stroke-width": 1.2 }),
    drawing("path", { d: sign, fill: "none", stroke: "#ffffff", "stroke-width": 1.7, "stroke-linejoin": "round", "stroke-linecap": "round" }));

  const pin = ({ label, color: given, symbol, state }) => {
    const look = STATES[state];
    const color = look?.ink || given;
    const body = drawing("path", {
      d: "M15 40C13 33 2 26 2 15A13 13 0 0 1 28 15C28 26 17 33 15 40Z",
      fill: symbol ? color : look?.ground || "#ffffff", stroke: symbol ? "#ffffff" : color, "stroke-width": symbol ? 2 : 3.4,
    });
    const sign = symbol
      ? drawing("path", { d: SYMBOLS[symbol], transform: "translate(15 15)", fill: "none", stroke: "#ffffff", "stroke-width": 2, "stroke-linejoin": "round" })
      : drawing("text", { x: 15, y: 20, "text-anchor": "middle", fill: color, "font-size": label.length > 3 ? 9 : label.length > 2 ? 11 : 14 }, label);
    const more = look ? [badge(look)] : [];
    return drawing("svg", { viewBox: "0 0 30 41", class: "pin", "aria-hidden": "true" }, body, sign, ...more);
  };

  const pinMarker = (place, { spoken, zOffset, ...look }, cards) => {
    const box = element("div", { class: ["pin-box", look.symbol && `symbol ${look.symbol}`, look.state].filter(Boolean).join(" ") }, pin(look));
    const icon = L.divIcon({ className: "pin-icon", html: box, iconSize: [30, 41], iconAnchor: [15, 40] });
    const marker = L.marker(place, { icon, keyboard: true, riseOnHover: true, zIndexOffset: zOffset || 0 });
    marker.on("add", () => marker.getElement().setAttribute("aria-label", spoken));
    return marker.on("click keypress", (event) => {
      if (event.type === "keypress" && event.originalEvent.key !== "Enter") return;
      showCards(marker._map, place, cards);
    });
  };

  window.tournee.route = ({ color, dash, shift, lines, pins }) => {
    const renderer = L.canvas({ padding: 0.2, pane: "routes" });
    const group = L.featureGroup();
    for (const line of lines) {
      group.addLayer(new RouteLine(line, { renderer, pane: "routes", color, dash, shift, weight: 6, interactive: false, smoothFactor: 0.6 }));
    }
    for (const { place, cards, ...look } of pins) {
      group.addLayer(pinMarker(place, { color, ...look }, cards.map((info) => ({ color, ...info }))));
    }
    return group;
  };

  window.tournee.sites = ({ pins }) => L.featureGroup(pins.map(({ place, cards, ...look }) => pinMarker(place, look, cards)));

  /* ---- frame: panes, zoom classes, legend ---------------------------------------------------------------------- */

  window.tournee.frame = (map) => {
    map.createPane("bins").style.zIndex = 410;
    map.createPane("routes").style.zIndex = 420;
    map.getPane("routes").style.pointerEvents = "none";
    const box = map.getContainer();
    const mark = () => {
      const zoom = map.getZoom();
      box.dataset.zoom = zoom >= 17 ? "near" : zoom >= 16 ? "middle" : zoom >= 14.5 ? "far" : "farthest";
    };
    map.on("zoomend", mark);
    map.whenReady(mark);
    map.attributionControl.setPrefix("Leaflet");
  };

  const sample = (draw, width = 22) => {
    const ratio = window.devicePixelRatio || 1;
    const canvas = element("canvas", { width: width * ratio, height: 20 * ratio, "aria-hidden": "true" });
    canvas.style.width = `${width}px`;
    canvas.style.height = "20px";
    const context = canvas.getContext("2d");
    context.scale(ratio, ratio);
    draw(context);
    return canvas;
  };

  const lineSample = ({ color, dash }) => sample((context) => {
    context.strokeStyle = color;
    context.lineWidth = 4;
    context.globalAlpha = 0.28;
    trace(context, [{ x: 0, y: 10 }, { x: 46, y: 10 }]);
    context.stroke();
    context.globalAlpha = 1;
    context.setLineDash(dash);
    context.stroke();
    context.setLineDash([]);
    context.fillStyle = color;
    context.strokeStyle = "#ffffff";
    context.lineWidth = 1.2;
    drawArrow(context, { x: 24, y: 10 }, 0, 7);
  }, 46);

  const pinSample = (look) => {
    const node = pin({ label: "1", ...look });
    node.setAttribute("width", 16);
    node.setAttribute("height", 22);
    return element("span", { class: "sample" }, node);
  };

  const list = (title, items) => [element("h3", {}, title),
    element("ul", {}, ...items.map(([picture, text, more]) => element("li", {}, picture, element("span", {}, text),
      more ? element("small", {}, more) : null)))];

  window.tournee.legend = (map, { title, trucks, states, levels, streams, sites, words }) => {
    const control = L.control({ position: "bottomleft" });
    control.onAdd = () => {
      const bin = (look) => sample((context) => drawBin(context, 11, 10, { size: 16, ...look }));
      const parts = [
        ...list(words.trucks, trucks.map((truck) => [lineSample(truck), truck.name, truck.detail])),
        ...(states.length ? list(words.in_the_day, states.map((state) => [pinSample(state), state.name])) : []),
        ...list(words.fill_levels, levels.map((level) => [bin({ fill: level.sample, lid: "#6d6761", color: level.color }), level.name])),
        ...list(words.lids, streams.map((stream) => [bin({ fill: 0.5, lid: stream.color, color: "#d8d3cc" }), stream.name])),
        ...list(words.places, sites.map((site) => [pinSample(site), site.name])),
      ];
      const box = element("details", { class: "legend leaflet-bar" }, element("summary", {}, title), ...parts);
      if (window.innerWidth > 720) box.setAttribute("open", "");
      L.DomEvent.disableClickPropagation(box);
      L.DomEvent.disableScrollPropagation(box);
      return box;
    };
    return control.addTo(map);
  };
})();
