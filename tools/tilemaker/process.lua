-- Writes what tools/make_tiles.py has sorted already: every thing carries its `layer`, `kind` and perhaps `name`.

node_keys = { "layer" }

local road_minzoom = { major = 8, primary = 9, secondary = 11, tertiary = 12, minor = 12, service = 13, walk = 13, path = 14 }
local place_minzoom = { city = 8, town = 9, suburb = 11, village = 11, quarter = 12, neighbourhood = 13, island = 13 }
local area_layers = { land = true, water = true, building = true }

function init_function() end
function exit_function() end

-- tilemaker 2 hands over the thing and its methods; tilemaker 3 hands over nothing, and has functions for everyone.
local function words_for(thing)
  if not thing then return Find, Layer, Attribute, MinZoom end
  return function(key) return thing:Find(key) end,
    function(layer, is_area) thing:Layer(layer, is_area) end,
    function(key, value) thing:Attribute(key, value) end,
    function(zoom) thing:MinZoom(zoom) end
end

local function write(thing, layer, is_area, minzoom)
  local find, put, say, from_zoom = words_for(thing)
  put(layer, is_area)
  say("kind", find("kind"))
  if find("name") ~= "" then say("name", find("name")) end
  if minzoom then from_zoom(minzoom) end
end

function node_function(node)
  local find = words_for(node)
  local layer = find("layer")
  if layer == "place" then write(node, layer, false, place_minzoom[find("kind")]) end
end

function way_function(way)
  local find = words_for(way)
  local layer = find("layer")
  if layer == "" then return end
  write(way, layer, area_layers[layer] or false, layer == "road" and road_minzoom[find("kind")] or nil)
end
