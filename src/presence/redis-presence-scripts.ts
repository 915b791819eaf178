import { LEASE_PRELUDE, script } from '../redis/redis-scripts.ts'

/*
 * The keys, after their base:
 *   nodes          sorted set: node id by the time until which its lease holds
 *   steps:<node>   how many scripts the node has run
 *   stats:<node>   hash: what the node says of itself
 *   node:<node>    set: the users who are connected to the node
 *   user:<user>    hash: how many connections each node has of the user
 *   users          hash: users who are online, with the version of their coming
 *   gone           sorted set: users who are online without a connection, by the time the last one went
 *   claims         hash: users whose going offline a node is telling: version:until
 *   version        the newest version that was given out
 *
 * Time is Redis's own, so that the clocks of the nodes need not agree.
 */

/** Begins every script, which returns `step` first. */
const LEASE = `${LEASE_PRELUDE}
redis.call('HSET', base .. 'stats:' .. node, 'startedAt', ARGV[5], 'connections', ARGV[6], 'users', ARGV[7])
local FIRST = 8

local function nextVersion()
  local last = tonumber(redis.call('GET', base .. 'version') or '0')
  local version = math.max(last + 1, now)
  redis.call('SET', base .. 'version', string.format('%.0f', version))
  return version
end

local function liveConnections(user)
  local sum, counts = 0, redis.call('HGETALL', base .. 'user:' .. user)
  for i = 1, #counts, 2 do
    local holds = tonumber(redis.call('ZSCORE', base .. 'nodes', counts[i]) or '0')
    if holds > now then sum = sum + counts[i + 1] end
  end
  return sum
end

local function disconnect(user, from)
  redis.call('HDEL', base .. 'user:' .. user, from)
  local isOnline = redis.call('HEXISTS', base .. 'users', user) == 1
  if isOnline and redis.call('EXISTS', base .. 'user:' .. user) == 0 then
    redis.call('ZADD', base .. 'gone', 'NX', now, user)
  end
end
`

/**
 * How many connections this node has of users: user, count, 1 to report them as coming online in any case.
 * Returns for each who came online: user, connections, time, version.
 */
export const SYNC = script(`${LEASE}
local came = {}
for i = FIRST, #ARGV, 3 do
  local user, count = ARGV[i], tonumber(ARGV[i + 1])
  if count > 0 then
    local wasOnline = redis.call('HEXISTS', base .. 'users', user) == 1
    local isLeaving = redis.call('HDEL', base .. 'claims', user) == 1
    redis.call('HSET', base .. 'user:' .. user, node, count)
    redis.call('SADD', base .. 'node:' .. node, user)
    redis.call('ZREM', base .. 'gone', user)
    if isLeaving or not wasOnline or ARGV[i + 2] == '1' then
      local version = nextVersion()
      redis.call('HSET', base .. 'users', user, string.format('%.0f', version))
      table.insert(came, { user, liveConnections(user), now, version })
    end
  else
    redis.call('SREM', base .. 'node:' .. node, user)
    disconnect(user, node)
  end
end
return { step, came }
`)

/**
 * Arguments: grace, how many at a time, how long a claim holds. Takes the users of one dead node off it, and claims users
 * whose grace is over. Returns milliseconds until there is more to do, and for each claimed user: user, when the last
 * connection went, version.
 */
export const SWEEP = script(`${LEASE}
local grace, limit, claimMs = tonumber(ARGV[FIRST]), tonumber(ARGV[FIRST + 1]), tonumber(ARGV[FIRST + 2])
local dead = redis.call('ZRANGE', base .. 'nodes', '-inf', now, 'BYSCORE', 'LIMIT', 0, 1)[1]
if dead then
  for _, user in ipairs(redis.call('SPOP', base .. 'node:' .. dead, limit)) do disconnect(user, dead) end
  if redis.call('EXISTS', base .. 'node:' .. dead) == 0 then
    redis.call('ZREM', base .. 'nodes', dead)
    redis.call('DEL', base .. 'stats:' .. dead)
  end
end

local claimed = {}
local function claim(from, to)
  for _, user in ipairs(redis.call('ZRANGE', base .. 'gone', from, to, 'BYSCORE', 'LIMIT', 0, limit)) do
    local other = redis.call('HGET', base .. 'claims', user)
    if not other or tonumber(string.match(other, '%d+$')) <= now then
      local version = nextVersion()
      redis.call('HSET', base .. 'claims', user, string.format('%.0f:%.0f', version, now + claimMs))
      table.insert(claimed, { user, tonumber(redis.call('ZSCORE', base .. 'gone', user)), version })
    end
  end
end
claim('-inf', now - grace)
-- A clock that was set back must not keep anybody online.
claim('(' .. string.format('%.0f', now), '+inf')

local nextMs = tonumber(redis.call('ZRANGE', base .. 'nodes', 0, 0, 'WITHSCORES')[2]) - now
local earliest = redis.call('ZRANGEBYSCORE', base .. 'gone', '(' .. string.format('%.0f', now - grace), '+inf', 'WITHSCORES', 'LIMIT', 0, 1)[2]
if earliest then nextMs = math.min(nextMs, earliest + grace - now) end
if #claimed == limit then nextMs = 0 end
return { step, nextMs, claimed }
`)

/** Arguments: 1 when it was told that they went offline, 0 when that failed; then user and version of each claim. */
export const SETTLE = script(`${LEASE}
for i = FIRST + 1, #ARGV, 2 do
  local user = ARGV[i]
  local claim = redis.call('HGET', base .. 'claims', user)
  -- Who came back meanwhile has no claim any more, or another one.
  if claim and string.match(claim, '^%d+') == ARGV[i + 1] then
    redis.call('HDEL', base .. 'claims', user)
    if ARGV[FIRST] == '1' then
      redis.call('HDEL', base .. 'users', user)
      redis.call('ZREM', base .. 'gone', user)
    end
  end
end
return { step }
`)

/** Arguments: users. Returns for each: 1 when online, connections, version. */
export const LOOK_UP = script(`${LEASE}
-- A coming transition must be newer than what is said now.
local version = math.max(tonumber(redis.call('GET', base .. 'version') or '0'), now)
redis.call('SET', base .. 'version', string.format('%.0f', version))
local found = {}
for i = FIRST, #ARGV do
  local came = redis.call('HGET', base .. 'users', ARGV[i])
  table.insert(found, { came and 1 or 0, liveConnections(ARGV[i]), tonumber(came or version) })
end
return { step, found }
`)

/** Returns the users with a connection, and for each node: id, connections, users, when it started. */
export const STATS = script(`${LEASE}
local nodes = {}
for _, id in ipairs(redis.call('ZRANGE', base .. 'nodes', '(' .. string.format('%.0f', now), '+inf', 'BYSCORE')) do
  local stats = redis.call('HMGET', base .. 'stats:' .. id, 'connections', 'users', 'startedAt')
  table.insert(nodes, { id, stats[1] or '0', stats[2] or '0', stats[3] or '0' })
end
return { step, redis.call('HLEN', base .. 'users') - redis.call('ZCARD', base .. 'gone'), nodes }
`)

/** Gives the lease back; the users were taken off before. */
export const RETIRE = script(`${LEASE}
redis.call('ZREM', base .. 'nodes', node)
redis.call('DEL', base .. 'stats:' .. node, base .. 'node:' .. node)
return { step }
`)
