-- Writes what tools/make_tiles.py has sorted already: every thing carries its `layer`, `kind` and perhaps `name`.

node_keys = { "layer" }

local road_minzoom = { major = 8, primary = 9, secondary = 11, tertiary = 12, minor = 12, service = 13, walk = 13, path = 14 }
local place_minzoom = { city = 8, town = 9, suburb = 11, village = 11, quarter = 12, neighbourhood = 13, island = 13 }
local area_layers = { land = true, water = true, building = true }

function init_function() end
function exit_function() end

local function write(thing, layer, is_area, minzoom)
  thing:Layer(layer, is_area)
  thing:Attribute("kind", thing:Find("kind"))
  if thing:Find("name") ~= "" then thing:Attribute("name", thing:Find("name")) end
  if minzoom then thing:MinZoom(minzoom) end
end

function node_function(node)
  local layer = node:Find("layer")
  if layer == "place" then write(node, layer, false, place_minzoom[node:Find("kind")]) end
end

function way_function(way)
  local layer = way:Find("layer")
  if layer == "" then return end
  write(way, layer, area_layers[layer] or false, layer == "road" and road_minzoom[way:Find("kind")] or nil)
end
