-- Begins every script of this folder: renews the lease of the node that runs it, numbers what that node wrote, and defines what the
-- scripts have in common. Each script returns `step` first: the number, negative when what the node wrote may be gone, because its
-- lease ran out or because Redis has forgotten scripts that it had answered, as after a failover.
--
-- KEYS[1]: begins every key. What it is followed by:
--   nodes                          sorted set: node by the time until which its lease holds
--   about                          hash: what each node says of itself, as JSON
--   steps:<node>                   how many scripts the node has run
--   node:<node>                    set: [kind, room, id] of the members for whom the node holds a connection
--   members:<kind>                 hash: [room, id] of each member by { value, group, nodes, version, claim }
--   gone:<kind>                    sorted set: [room, id] of the members without a connection, by the time the last one went
--   order:<kind>:<group>:<room>    sorted set: id by when the member came; only of kinds that name members
--   version                        the newest that was given out
-- `nodes` of a member says how many connections each node has. `claim` says which node publishes that the member went, and until when.
--
-- ARGV: the node; its lease in milliseconds; the time, or 0 for that of Redis, so that the clocks of the nodes need not agree; the last
-- number that the node was told; the name it had before, or nothing; what it says of itself; the kinds: { grace, max, groups } by name.
local base, node = KEYS[1], ARGV[1]
local now = tonumber(ARGV[3])
if now == 0 then
  local time = redis.call('TIME')
  now = time[1] * 1000 + math.floor(time[2] / 1000)
end
local kinds = cjson.decode(ARGV[7])
local FIRST = 8

local heldUntil = tonumber(redis.call('ZSCORE', base .. 'nodes', node) or '0')
redis.call('ZADD', base .. 'nodes', now + ARGV[2], node)
redis.call('HSET', base .. 'about', node, ARGV[6])
local step = redis.call('INCR', base .. 'steps:' .. node)
redis.call('PEXPIRE', base .. 'steps:' .. node, ARGV[2])
-- A node that let its lease run out may have been taken for dead meanwhile.
if heldUntil <= now or step <= tonumber(ARGV[4]) then step = -step end
-- What a node wrote under an earlier name, and what Redis still has of it, ends.
if ARGV[5] ~= '' then redis.call('ZADD', base .. 'nodes', 'XX', now, ARGV[5]) end

local function nextVersion()
  -- By the time, so that it grows also when Redis has forgotten it.
  local version = math.max(tonumber(redis.call('GET', base .. 'version') or '0') + 1, now)
  redis.call('SET', base .. 'version', string.format('%.0f', version))
  return version
end

local function read(kind, key)
  local text = redis.call('HGET', base .. 'members:' .. kind, key)
  return text and cjson.decode(text)
end

local function write(kind, key, member)
  redis.call('HSET', base .. 'members:' .. kind, key, cjson.encode(member))
end

local function connections(member)
  local sum = 0
  for holder, count in pairs(member.nodes) do
    if tonumber(redis.call('ZSCORE', base .. 'nodes', holder) or '0') > now then sum = sum + count end
  end
  return sum
end

local function orderOf(kind, room, group)
  return base .. 'order:' .. kind .. ':' .. group .. ':' .. room
end

-- The values of the first members of each group, in the order they came. However many there are, it costs the same.
local function named(kind, room)
  local options, first, values = kinds[kind] or {}, {}, {}
  for _, group in ipairs(options.groups or {}) do
    local ids = redis.call('ZRANGE', orderOf(kind, room, group), 0, options.max - 1, 'WITHSCORES')
    for i = 1, #ids, 2 do
      table.insert(first, { key = cjson.encode({ room, ids[i] }), place = tonumber(ids[i + 1]) })
    end
  end
  table.sort(first, function(a, b) return a.place < b.place end)
  for _, one in ipairs(first) do
    local member = read(kind, one.key)
    if member then table.insert(values, member.value) end
  end
  return values
end

local function change(kind, room, id, member, count, at, version)
  return { kind, room, id, member.value, count, at, version, named(kind, room) }
end

-- A node has no connection for a member any more. Returns the change when the member goes at once.
local function release(kind, room, id, from, how)
  local key = cjson.encode({ room, id })
  local member = read(kind, key)
  if not member or not member.nodes[from] then return nil end
  member.nodes[from] = nil
  local isGone = not next(member.nodes)
  if isGone and (how == 'left' or kinds[kind] and kinds[kind].grace == 0) then
    redis.call('HDEL', base .. 'members:' .. kind, key)
    redis.call('ZREM', orderOf(kind, room, member.group), id)
    return change(kind, room, id, member, 0, now, nextVersion())
  end
  write(kind, key, member)
  if isGone then redis.call('ZADD', base .. 'gone:' .. kind, 'NX', now, key) end
  return nil
end
