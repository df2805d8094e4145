/* The streets under a plan: colors, widths and labels in one place, for vector tiles and for the light layer. */
"use strict";

window.tournee = window.tournee || {};

(() => {
  const PAPER = "#f5f3ee";
  const LAND = {
    built: "#eae7e1", public: "#efe6dc", park: "#cfe5bd", green: "#dbeac9", wood: "#c6deb3",
    pitch: "#b9dfc0", field: "#efe9d3", sand: "#f3ead0", square: "#f9f7f3",
  };
  const WATER = "#a6d0e8";
  const BUILDING = { fill: "#ddd1c6", edge: "#c9b9ab" };
  const FONT = "'Source Sans 3', 'Noto Sans', 'Liberation Sans', Arial, sans-serif";

  /* kind -> fill, casing, [zoom, width in pixels] pairs; drawn in this order, the widest last */
  const ROADS = {
    path: { fill: "#bdb2a3", casing: null, widths: [[14, 0.6], [17, 1.3], [19, 2.2]], dash: [3, 2.4] },
    walk: { fill: "#f4efe6", casing: "#d8d0c3", widths: [[13, 1], [16, 4], [19, 13]] },
    service: { fill: "#ffffff", casing: "#d9d4cb", widths: [[13, 0.8], [16, 3.2], [19, 11]] },
    minor: { fill: "#ffffff", casing: "#cbc5ba", widths: [[12, 1], [14, 3], [16, 7], [19, 22]] },
    tertiary: { fill: "#ffffff", casing: "#c4bdb0", widths: [[12, 1.4], [14, 4], [16, 9], [19, 26]] },
    secondary: { fill: "#fdf0b4", casing: "#d9bf78", widths: [[10, 1], [14, 5], [16, 10], [19, 30]] },
    primary: { fill: "#fcd98a", casing: "#d3a458", widths: [[8, 1], [14, 5.5], [16, 11], [19, 32]] },
    major: { fill: "#f7b96f", casing: "#c98336", widths: [[8, 1.4], [14, 6.5], [16, 12], [19, 34]] },
  };

  const between = (pairs, zoom) => {
    const after = pairs.findIndex(([z]) => z >= zoom);
    if (after === -1) return pairs[pairs.length - 1][1];
    if (after === 0) return pairs[0][1];
    const [z0, w0] = pairs[after - 1];
    const [z1, w1] = pairs[after];
    return w0 * (w1 / w0) ** ((zoom - z0) / (z1 - z0));
  };

  const paintRules = () => {
    const p = window.protomapsL;
    const kind = (name) => (_zoom, feature) => feature.props.kind === name;
    const line = (color, width, more) => new p.LineSymbolizer(
      { color, width, lineCap: "round", lineJoin: "round", ...more });
    const land = Object.entries(LAND).map(([name, fill]) => (
      { dataLayer: "land", filter: kind(name), symbolizer: new p.PolygonSymbolizer({ fill }) }));
    const roads = Object.entries(ROADS);
    const width = (road) => (zoom) => between(road.widths, zoom);
    const casings = roads.filter(([, road]) => road.casing).map(([name, road]) => ({
      dataLayer: "road", filter: kind(name),
      symbolizer: line(road.casing, (zoom) => between(road.widths, zoom) + (zoom < 14 ? 0.8 : 1.8)),
    }));
    const dashes = roads.filter(([, road]) => road.dash).map(([name, road]) => ({
      dataLayer: "road", filter: kind(name), minzoom: 15,
      symbolizer: line(road.fill, width(road), { dash: road.dash, dashColor: road.fill, dashWidth: width(road), lineCap: "butt" }),
    }));
    const fills = roads.filter(([, road]) => road.casing).map(([name, road]) => (
      { dataLayer: "road", filter: kind(name), symbolizer: line(road.fill, width(road)) }));
    return [
      ...land,
      { dataLayer: "water", symbolizer: new p.PolygonSymbolizer({ fill: WATER }) },
      { dataLayer: "waterway", symbolizer: line(WATER, (zoom) => between([[10, 0.6], [14, 1.6], [19, 8]], zoom)) },
      { dataLayer: "building", minzoom: 14,
        symbolizer: new p.PolygonSymbolizer({ fill: BUILDING.fill, stroke: BUILDING.edge, width: 0.6 }) },
      ...dashes, ...casings, ...fills,
      { dataLayer: "rail", filter: kind("rail"), symbolizer: line("#a8a29a", (z) => between([[11, 0.6], [16, 1.8], [19, 3]], z)) },
      { dataLayer: "rail", filter: kind("tram"), minzoom: 15, symbolizer: line("#b9aeb4", () => 0.8) },
    ];
  };

  const labelRules = () => {
    const p = window.protomapsL;
    const kinds = (names) => (_zoom, feature) => names.includes(feature.props.kind);
    const street = (names, minzoom, size) => ({
      dataLayer: "road", filter: kinds(names), minzoom,
      symbolizer: new p.LineLabelSymbolizer({
        labelProps: ["name"], fill: "#4a443d", stroke: "#ffffff", width: 2.6, position: p.LineLabelPlacement.Center,
        font: (zoom) => `500 ${between([[14, size - 1], [18, size + 3]], zoom)}px ${FONT}`, repeatDistance: 420,
      }),
    });
    const centered = (dataLayer, names, minzoom, style) => ({
      dataLayer, filter: kinds(names), minzoom,
      symbolizer: new p.CenteredTextSymbolizer({ labelProps: ["name"], stroke: "#ffffff", width: 2.4, lineHeight: 1.2, ...style }),
    });
    return [
      centered("place", ["city", "town"], 8, { fill: "#2b2620", font: `700 17px ${FONT}` }),
      centered("place", ["suburb", "village", "quarter", "neighbourhood"], 12, { fill: "#37312a", font: `700 13px ${FONT}` }),
      street(["major", "primary", "secondary"], 14, 12),
      street(["tertiary", "minor"], 15, 11),
      street(["walk", "service"], 17, 10),
      centered("water", ["water", "sea"], 14, { fill: "#3b7396", stroke: "#d3e8f3", font: `italic 500 12px ${FONT}` }),
      centered("land", ["park"], 16, { fill: "#3d6b2c", stroke: "#e9f4e0", font: `italic 500 11px ${FONT}` }),
    ];
  };

  /* Tiles that the page itself carries: "z/x/y" -> gzipped vector tile, base64. */
  const embedded = (tiles) => ({
    getZxy: async (z, x, y) => {
      const text = tiles[`${z}/${x}/${y}`];
      if (!text) return undefined;
      const bytes = Uint8Array.from(atob(text), (char) => char.charCodeAt(0));
      const stream = new Blob([bytes]).stream().pipeThrough(new DecompressionStream("gzip"));
      return { data: await new Response(stream).arrayBuffer() };
    },
  });

  const vectorLayer = (source, more) => window.protomapsL.leafletLayer({
    url: typeof source.tiles === "string" ? source.tiles : embedded(source.tiles),
    maxDataZoom: source.maxDataZoom, maxZoom: 20, paintRules: paintRules(), labelRules: labelRules(),
    backgroundColor: PAPER, attribution: source.attribution, ...more,
  });

  const lightStyle = (map) => ({ properties: { layer, kind } }) => {
    if (layer === "land") return { stroke: false, fillColor: LAND[kind], fillOpacity: 1 };
    if (layer === "water") return { stroke: false, fillColor: WATER, fillOpacity: 1 };
    if (layer === "building") return { color: BUILDING.edge, weight: 0.6, fillColor: BUILDING.fill, fillOpacity: 1 };
    if (layer === "road") return { color: ROADS[kind].casing || ROADS[kind].fill, weight: between(ROADS[kind].widths, map.getZoom()) };
    return { color: layer === "rail" ? "#a8a29a" : WATER, weight: 1 };
  };

  /* One GeoJSON drawn whole on one canvas: lighter to make than tiles, without labels. */
  const LightLayer = L.LayerGroup.extend({
    onAdd(map) {
      this._renderer = L.canvas({ pane: "tilePane", padding: 0.3 });
      L.LayerGroup.prototype.onAdd.call(this, map);
      map.on("zoomend", this._restyle, this);
      this._loading = this._loading || this._load(map);
    },
    onRemove(map) {
      map.off("zoomend", this._restyle, this);
      L.LayerGroup.prototype.onRemove.call(this, map);
    },
    getAttribution() { return this.options.attribution; },
    async _load(map) {
      const { geojson } = this.options;
      const data = typeof geojson === "string" ? await (await fetch(geojson)).json() : geojson;
      const rank = (feature) => ["land", "water", "waterway", "building", "road", "rail"].indexOf(feature.properties.layer);
      data.features.sort((a, b) => rank(a) - rank(b));
      this._drawn = L.geoJSON(data, {
        filter: (feature) => rank(feature) >= 0, style: lightStyle(map), interactive: false, renderer: this._renderer,
      });
      this.addLayer(this._drawn);
    },
    _restyle() {
      if (this._drawn) this._drawn.setStyle(lightStyle(this._map));
    },
  });

  window.tournee.streets = (source, more = {}) => {
    if (source.url) return L.tileLayer(source.url, { maxZoom: 20, attribution: source.attribution, ...more });
    if (source.tiles) return vectorLayer(source, more);
    return new LightLayer([], { ...source, ...more });
  };
})();
