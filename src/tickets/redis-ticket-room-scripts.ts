import { LEASE_PRELUDE, script } from '../redis/redis-scripts.ts'

/*
 * The keys, after their base:
 *   nodes         sorted set: node id by the time until which its lease holds
 *   steps:<node>  how many scripts the node has run
 *   node:<node>   set: the rooms and users whom the node keeps, as [room, user]
 *   room:<room>   hash: user by { actor, place, nodes }
 *   gone          sorted set: [room, user] whom no node keeps, by the time the last one let go
 *   customers:<room>, staff:<room>  sorted sets: user by place
 *   places        how many ever came, for their order
 *   version       of the last change
 *
 * Time is Redis's own, so that the clocks of the nodes need not agree.
 */

/** Begins every script, which returns `step` first. Takes two more arguments: how many of each kind a change names, and the grace. */
const LEASE = `${LEASE_PRELUDE}
local MAX_NAMED, GRACE = tonumber(ARGV[5]), tonumber(ARGV[6])
local FIRST = 7

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
        if text then table.insert(stays, cjson.decode(text)) end
      end
    end
  end
  table.sort(stays, function(a, b) return a.place < b.place end)
  for _, stay in ipairs(stays) do table.insert(actors, stay.actor) end
  return actors
end

local function tell(changes, room, change, actor)
  -- By the time, so that it grows also when Redis has forgotten it.
  local version = math.max(tonumber(redis.call('GET', base .. 'version') or '0') + 1, now)
  redis.call('SET', base .. 'version', string.format('%.0f', version))
  table.insert(changes, { room, change, actor, visitors(room), version })
end

local function depart(changes, room, user, stay)
  redis.call('HDEL', base .. 'room:' .. room, user)
  redis.call('ZREM', orderOf(room, stay.actor), user)
  redis.call('ZREM', base .. 'gone', cjson.encode({ room, user }))
  tell(changes, room, 'LEFT', stay.actor)
end

local function leave(changes, room, user, from, ending)
  local text = redis.call('HGET', base .. 'room:' .. room, user)
  local stay = text and cjson.decode(text)
  if not stay or not stay.nodes[from] then return end
  stay.nodes[from] = nil
  if not next(stay.nodes) and (ending == 'left' or GRACE == 0) then return depart(changes, room, user, stay) end
  redis.call('HSET', base .. 'room:' .. room, user, cjson.encode(stay))
  if not next(stay.nodes) then redis.call('ZADD', base .. 'gone', now, cjson.encode({ room, user })) end
end
`

/**
 * Who is in which room on this node: room, user, `here` or how the last visit ended, actor, 1 to report the coming in any case.
 * Returns the changes: room, what, actor, visitors, version.
 */
export const SYNC = script(`${LEASE}
local changes = {}
for i = FIRST, #ARGV, 5 do
  local room, user, actor = ARGV[i], ARGV[i + 1], ARGV[i + 3]
  local held = cjson.encode({ room, user })
  if ARGV[i + 2] == 'here' then
    local text = redis.call('HGET', base .. 'room:' .. room, user)
    local stay = text and cjson.decode(text) or { actor = actor, place = redis.call('INCR', base .. 'places'), nodes = {} }
    stay.nodes[node] = 1
    redis.call('ZREM', base .. 'gone', held)
    redis.call('HSET', base .. 'room:' .. room, user, cjson.encode(stay))
    redis.call('ZADD', orderOf(room, stay.actor), stay.place, user)
    redis.call('SADD', base .. 'node:' .. node, held)
    if not text or ARGV[i + 4] == '1' then tell(changes, room, 'JOINED', actor) end
  else
    redis.call('SREM', base .. 'node:' .. node, held)
    leave(changes, room, user, node, ARGV[i + 2])
  end
end
return { step, changes }
`)

/**
 * Argument: how many at a time. Lets go visitors of one dead node, and takes out those whose grace is over. Returns the changes,
 * and milliseconds until there is more to do.
 */
export const SWEEP = script(`${LEASE}
local changes = {}
local dead = redis.call('ZRANGE', base .. 'nodes', '-inf', now, 'BYSCORE', 'LIMIT', 0, 1)[1]
if dead then
  for _, text in ipairs(redis.call('SPOP', base .. 'node:' .. dead, ARGV[FIRST])) do
    local held = cjson.decode(text)
    leave(changes, held[1], held[2], dead, 'lost')
  end
  if redis.call('EXISTS', base .. 'node:' .. dead) == 0 then redis.call('ZREM', base .. 'nodes', dead) end
end
local function takeOut(from, to)
  for _, text in ipairs(redis.call('ZRANGE', base .. 'gone', from, to, 'BYSCORE', 'LIMIT', 0, ARGV[FIRST])) do
    local held = cjson.decode(text)
    local stay = redis.call('HGET', base .. 'room:' .. held[1], held[2])
    redis.call('ZREM', base .. 'gone', text)
    if stay then depart(changes, held[1], held[2], cjson.decode(stay)) end
  end
end
takeOut('-inf', now - GRACE)
-- A clock that was set back must not keep anybody.
takeOut('(' .. string.format('%.0f', now), '+inf')

local nextMs = tonumber(redis.call('ZRANGE', base .. 'nodes', 0, 0, 'WITHSCORES')[2]) - now
local earliest = redis.call('ZRANGE', base .. 'gone', 0, 0, 'WITHSCORES')[2]
if earliest then nextMs = math.min(nextMs, earliest + GRACE - now) end
return { step, changes, nextMs }
`)

/** Argument: a room. Returns the actors in it, in the order they came: of customers and of staff the first `MAX_NAMED`. */
export const VISITORS = script(`${LEASE}
return { step, visitors(ARGV[FIRST]) }
`)
