import { LEASE_PRELUDE, script } from '../lib/redis-scripts.ts'

/*
 * The keys, after their base:
 *   nodes         sorted set: node id by the time until which its lease holds
 *   steps:<node>  how many scripts the node has run
 *   node:<node>   set: the rooms and users whom the node keeps, as [room, user]
 *   room:<room>   hash: user by { actor, place, nodes }
 *   customers:<room>, staff:<room>  sorted sets: user by place
 *   places        how many ever came, for their order
 *
 * Time is Redis's own, so that the clocks of the nodes need not agree.
 */

/** Begins every script, which returns `step` first. Takes one more argument: how many of each kind a change names. */
const LEASE = `${LEASE_PRELUDE}
local MAX_NAMED = tonumber(ARGV[5])
local FIRST = 6

local function isKept(stay)
  for id in pairs(stay.nodes) do
    if tonumber(redis.call('ZSCORE', base .. 'nodes', id) or '0') > now then return true end
  end
  return false
end

local function orderOf(room, actor)
  return base .. (cjson.decode(actor).role == 'CUSTOMER' and 'customers:' or 'staff:') .. room
end

-- However many are there, it costs the same.
local function visitors(room)
  local stays, actors = {}, {}
  for _, kind in ipairs({ 'customers:', 'staff:' }) do
    local users = redis.call('ZRANGE', base .. kind .. room, 0, MAX_NAMED - 1)
    if #users > 0 then
      for _, text in ipairs(redis.call('HMGET', base .. 'room:' .. room, unpack(users))) do
        local stay = text and cjson.decode(text)
        if stay and isKept(stay) then table.insert(stays, stay) end
      end
    end
  end
  table.sort(stays, function(a, b) return a.place < b.place end)
  for _, stay in ipairs(stays) do table.insert(actors, stay.actor) end
  return actors
end

local function leave(changes, room, user, from)
  local text = redis.call('HGET', base .. 'room:' .. room, user)
  local stay = text and cjson.decode(text)
  if not stay or not stay.nodes[from] then return end
  stay.nodes[from] = nil
  if next(stay.nodes) then
    redis.call('HSET', base .. 'room:' .. room, user, cjson.encode(stay))
  else
    redis.call('HDEL', base .. 'room:' .. room, user)
    redis.call('ZREM', orderOf(room, stay.actor), user)
    table.insert(changes, { room, 'LEFT', stay.actor, visitors(room) })
  end
end
`

/**
 * Who is in which room on this node: room, user, 1 when there, actor, 1 to report the coming in any case. Returns the
 * changes: room, what, actor, visitors.
 */
export const SYNC = script(`${LEASE}
local changes = {}
for i = FIRST, #ARGV, 5 do
  local room, user, actor = ARGV[i], ARGV[i + 1], ARGV[i + 3]
  local held = cjson.encode({ room, user })
  if ARGV[i + 2] == '1' then
    local text = redis.call('HGET', base .. 'room:' .. room, user)
    local stay = text and cjson.decode(text) or { actor = actor, place = redis.call('INCR', base .. 'places'), nodes = {} }
    stay.nodes[node] = 1
    redis.call('HSET', base .. 'room:' .. room, user, cjson.encode(stay))
    redis.call('ZADD', orderOf(room, stay.actor), stay.place, user)
    redis.call('SADD', base .. 'node:' .. node, held)
    if not text or ARGV[i + 4] == '1' then table.insert(changes, { room, 'JOINED', actor, visitors(room) }) end
  else
    redis.call('SREM', base .. 'node:' .. node, held)
    leave(changes, room, user, node)
  end
end
return { step, changes }
`)

/**
 * Argument: how many at a time. Takes visitors of one dead node out. Returns the changes, and milliseconds until there is
 * more to do.
 */
export const SWEEP = script(`${LEASE}
local changes = {}
local dead = redis.call('ZRANGE', base .. 'nodes', '-inf', now, 'BYSCORE', 'LIMIT', 0, 1)[1]
if dead then
  for _, text in ipairs(redis.call('SPOP', base .. 'node:' .. dead, ARGV[FIRST])) do
    local held = cjson.decode(text)
    leave(changes, held[1], held[2], dead)
  end
  if redis.call('EXISTS', base .. 'node:' .. dead) == 0 then redis.call('ZREM', base .. 'nodes', dead) end
end
local nextMs = tonumber(redis.call('ZRANGE', base .. 'nodes', 0, 0, 'WITHSCORES')[2]) - now
return { step, changes, nextMs }
`)

/** Argument: a room. Returns the actors in it, in the order they came: of customers and of staff the first `MAX_NAMED`. */
export const VISITORS = script(`${LEASE}
return { step, visitors(ARGV[FIRST]) }
`)
