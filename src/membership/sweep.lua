-- Releases members of one node that died, and claims the members whose grace is over, so that this node alone tells that they went.
-- ARGV: how many at a time; how long a claim holds, in milliseconds; 1 when no grace is left.
-- Returns who went at once and who was claimed, as changes, and milliseconds until there is more to do.
local limit, claimMs, isOver = tonumber(ARGV[FIRST]), tonumber(ARGV[FIRST + 1]), ARGV[FIRST + 2] == '1'
local went, claimed = {}, {}

local dead = redis.call('ZRANGE', base .. 'nodes', '-inf', now, 'BYSCORE', 'LIMIT', 0, 1)[1]
if dead then
  for _, held in ipairs(redis.call('SPOP', base .. 'node:' .. dead, limit)) do
    local kind, room, id = unpack(cjson.decode(held))
    table.insert(went, release(kind, room, id, dead, 'lost'))
  end
  if redis.call('EXISTS', base .. 'node:' .. dead) == 0 then
    redis.call('ZREM', base .. 'nodes', dead)
    redis.call('HDEL', base .. 'about', dead)
  end
end

local function claim(kind, from, to)
  for _, key in ipairs(redis.call('ZRANGE', base .. 'gone:' .. kind, from, to, 'BYSCORE', 'LIMIT', 0, limit)) do
    local member = read(kind, key)
    if member and (not member.claim or member.claim.holds <= now) then
      local room, id = unpack(cjson.decode(key))
      member.claim = { version = nextVersion(), holds = now + claimMs }
      write(kind, key, member)
      redis.call('ZREM', orderOf(kind, room, member.group), id)
      local at = tonumber(redis.call('ZSCORE', base .. 'gone:' .. kind, key))
      table.insert(claimed, change(kind, room, id, member, 0, at, member.claim.version))
    end
  end
end

local nextMs = tonumber(redis.call('ZRANGE', base .. 'nodes', 0, 0, 'WITHSCORES')[2]) - now
for kind, options in pairs(kinds) do
  local grace = isOver and 0 or options.grace
  claim(kind, '-inf', now - grace)
  -- A clock that was set back must not keep anybody.
  claim(kind, '(' .. string.format('%.0f', now), '+inf')
  local after = '(' .. string.format('%.0f', now - grace)
  local earliest = redis.call('ZRANGE', base .. 'gone:' .. kind, after, '+inf', 'BYSCORE', 'LIMIT', 0, 1, 'WITHSCORES')[2]
  if earliest then nextMs = math.min(nextMs, earliest + grace - now) end
end
if #claimed >= limit then nextMs = 0 end
return { step, went, claimed, nextMs }
