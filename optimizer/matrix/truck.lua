-- A waste truck for OSRM. Its size comes from dimensions.lua, written beside this file for each kind of truck.
-- Tags: https://wiki.openstreetmap.org/wiki/Key:access and Key:hgv. The files under lib/ are OSRM's own.

api_version = 4

Set = require('lib/set')
Sequence = require('lib/sequence')
local Tags = require('lib/tags')
local Measure = require('lib/measure')
local Handlers = require('lib/way_handlers')
local Obstacles = require('lib/obstacles')
local truck = require('dimensions')

-- `motorcar` too: main roads are found that let cars through, no other motor vehicles, and say nothing of trucks.
local ACCESS = Sequence { 'hgv', 'motorcar', 'motor_vehicle', 'vehicle', 'access' }

-- A crew has business at its bins, and keys: what is only for residents or deliveries is entered, but not crossed.
local ENTERED = Set { 'private', 'delivery', 'destination', 'customers', 'permit', 'residents', 'unknown' }
local CLOSED = Set { 'no', 'agricultural', 'forestry', 'emergency', 'psv', 'bus', 'taxi', 'foot', 'bicycle', 'military' }
local OPEN = Set { 'yes', 'permissive', 'designated', 'official' }

-- km/h that a truck of this size reaches between crossings, set so that times agree with Valhalla's; roads not named here need a sign that lets it in.
local SPEEDS = {
  motorway = 80, motorway_link = 50, trunk = 75, trunk_link = 45, primary = 65, primary_link = 40,
  secondary = 57, secondary_link = 35, tertiary = 49, tertiary_link = 30, unclassified = 40, residential = 33,
  living_street = 10, service = 17, road = 25,
}
local SIGNED_SPEEDS = { pedestrian = 6, track = 10, bus_guideway = 10, busway = 15 }
local MAX_KM_H = 80
local OF_MAXSPEED = 0.95     -- what is left of a limit after corners and crossings
local FERRY_KM_H = 10

-- How much less a yard or a narrow street is liked than its speed says.
local SERVICE_LIKED = { alley = 0.5, driveway = 0.5, parking_aisle = 0.4, ['drive-through'] = 0.3, emergency_access = 0 }

local PASSABLE_BARRIERS = Set {
  'gate', 'lift_gate', 'swing_gate', 'sliding_gate', 'cattle_grid', 'toll_booth', 'border_control', 'entrance', 'no',
  'height_restrictor', 'arch',
}
local GATES = Set { 'gate', 'lift_gate', 'swing_gate', 'sliding_gate' }
local GATE_S = 20
local TURN_S = 10            -- of a turn right round; less for smaller angles
local ROUND_S = 60           -- turning round, which happens at the ends of dead-end streets

local LIMITS = {
  { { 'maxheight:physical', 'maxheight' }, Measure.get_max_height, truck.height_m },
  { { 'maxwidth:physical', 'maxwidth' }, Measure.get_max_width, truck.width_m },
  { { 'maxlength:hgv', 'maxlength' }, Measure.get_max_length, truck.length_m },
  { { 'maxweight:hgv', 'maxweightrating:hgv', 'maxweight', 'maxweightrating' }, Measure.get_max_weight, truck.weight_t * 1000 },
  { { 'maxaxleload' }, Measure.get_max_weight, truck.axle_load_t * 1000 },
}

function setup()
  return {
    properties = {
      weight_name = 'routability',
      u_turn_penalty = ROUND_S,
      -- A truck may leave a stop the way it came: the matrix knows no more of a place than where it is.
      continue_straight_at_waypoint = false,
      use_turn_restrictions = true,
      traffic_signal_penalty = 6,
      max_speed_for_map_matching = MAX_KM_H / 3.6,
    },
    default_mode = mode.driving,
    oneway_handling = true,
    restrictions = Sequence { 'hgv', 'motorcar', 'motor_vehicle', 'vehicle' },
    -- Read by OSRM's handler of maxspeed.
    speed_reduction = OF_MAXSPEED,
    maxspeed_table_default = { urban = 50, rural = 80, trunk = 80, motorway = 80 },
    maxspeed_table = { ['none'] = 80, ['de:living_street'] = 7, ['walk'] = 6 },
  }
end

local function access_of(element)
  for _, key in ipairs(ACCESS) do
    local value = element:get_value_by_key(key)
    if value then return value end
  end
end

function process_node(profile, node)
  local access, barrier = access_of(node), node:get_value_by_key('barrier')
  local is_open = barrier == nil or PASSABLE_BARRIERS[barrier] or node:get_value_by_key('bollard') == 'rising'
  if access then is_open = not CLOSED[access] end
  if barrier == 'kerb' then is_open = true end
  local low = Measure.get_max_height(node:get_value_by_key('maxheight'), node)
  if low and low < truck.height_m then is_open = false end
  if not is_open then
    obstacle_map:add(node, Obstacle.new(obstacle_type.barrier))
  elseif barrier and GATES[barrier] then
    obstacle_map:add(node, Obstacle.new(obstacle_type.gate, obstacle_direction.both, GATE_S, 0))
  end
  Obstacles.process_node(profile, node)
end

-- Is one direction of a street wide, high and strong enough for this truck?
local function fits(value, measure, size, way)
  local limit = value and measure(value, way)
  return not limit or limit >= size
end

local function heed_limits(way, result, data)
  for _, limit in ipairs(LIMITS) do
    local forward, backward = Tags.get_forward_backward_by_set(way, data, Sequence(limit[1]))
    if not fits(forward, limit[2], limit[3], way) then result.forward_mode = mode.inaccessible end
    if not fits(backward, limit[2], limit[3], way) then result.backward_mode = mode.inaccessible end
  end
  if way:get_value_by_key('narrow') == 'yes' and truck.width_m > 2.2 then
    result.forward_mode, result.backward_mode = mode.inaccessible, mode.inaccessible
  end
end

local function speed_for(highway, access)
  if SPEEDS[highway] then return SPEEDS[highway] end
  if access and (OPEN[access] or ENTERED[access]) then return SIGNED_SPEEDS[highway] end
end

local function heed_access(way, result, data)
  local forward, backward = Tags.get_forward_backward_by_set(way, data, ACCESS)
  result.forward_speed = speed_for(data.highway, forward) or 0
  result.backward_speed = speed_for(data.highway, backward) or 0
  if result.forward_speed == 0 or (forward and CLOSED[forward]) then result.forward_mode = mode.inaccessible end
  if result.backward_speed == 0 or (backward and CLOSED[backward]) then result.backward_mode = mode.inaccessible end
  result.forward_restricted = forward ~= nil and ENTERED[forward] == true
  result.backward_restricted = backward ~= nil and ENTERED[backward] == true
end

local function ferry(way, result)
  local access = access_of(way)
  if access and CLOSED[access] then return end
  result.forward_mode, result.backward_mode = mode.ferry, mode.ferry
  result.forward_speed, result.backward_speed = FERRY_KM_H, FERRY_KM_H
  result.forward_rate, result.backward_rate = FERRY_KM_H / 3.6, FERRY_KM_H / 3.6
  local duration = way:get_value_by_key('duration')
  if duration and durationIsValid(duration) then result.duration = math.max(parseDuration(duration), 1) end
end

local function liking(way)
  local liked = SERVICE_LIKED[way:get_value_by_key('service') or ''] or 1
  if way:get_value_by_key('lane_markings') == 'no' then liked = math.min(liked, 0.8) end
  if access_of(way) == 'discouraged' then liked = liked * 0.3 end
  return liked
end

function process_way(profile, way, result)
  local data = { highway = way:get_value_by_key('highway') }
  if way:get_value_by_key('route') == 'ferry' and not data.highway then return ferry(way, result) end
  if not data.highway or way:get_value_by_key('area') == 'yes' or way:get_value_by_key('impassable') == 'yes' then return end
  if way:get_value_by_key('oneway') == 'reversible' then return end

  result.forward_mode, result.backward_mode = profile.default_mode, profile.default_mode
  heed_access(way, result, data)
  heed_limits(way, result, data)
  Handlers.oneway(profile, way, result, data)
  if result.forward_mode == mode.inaccessible and result.backward_mode == mode.inaccessible then return end

  local forward, backward = result.forward_speed, result.backward_speed
  Handlers.maxspeed(profile, way, result, data)
  -- A limit is no promise: a signed 50 in a residential street is not driven by a truck.
  result.forward_speed = math.min(result.forward_speed, forward, MAX_KM_H)
  result.backward_speed = math.min(result.backward_speed, backward, MAX_KM_H)

  local liked = liking(way)
  if liked == 0 then
    result.forward_mode, result.backward_mode = mode.inaccessible, mode.inaccessible
    return
  end
  if result.forward_speed > 0 then result.forward_rate = result.forward_speed * liked / 3.6 end
  if result.backward_speed > 0 then result.backward_rate = result.backward_speed * liked / 3.6 end
  result.is_startpoint = true   -- bins stand in yards and alleys too
  Handlers.roundabouts(profile, way, result, data)
  Handlers.driving_side(profile, way, result, data)
  Handlers.names(profile, way, result, data)
end

function process_turn(profile, turn)
  for _, obstacle in pairs(obstacle_map:get(turn.from, turn.via)) do
    turn.duration = turn.duration + obstacle.duration
  end
  if turn.is_u_turn then
    turn.duration = turn.duration + profile.properties.u_turn_penalty
  elseif turn.number_of_roads > 2 then
    turn.duration = turn.duration + TURN_S * (math.abs(turn.angle) / 180) ^ 2
  end
  turn.weight = turn.duration
  if not turn.source_restricted and turn.target_restricted then
    turn.weight = constants.max_turn_weight
  end
end

return { setup = setup, process_way = process_way, process_node = process_node, process_turn = process_turn }
