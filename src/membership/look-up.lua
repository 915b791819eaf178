-- ARGV: kind, room, ids. Returns for each id: 1 when it is a member, connections, version.
local kind, room, found = ARGV[FIRST], ARGV[FIRST + 1], {}
-- A change that comes must be newer than what is said now.
local version = math.max(tonumber(redis.call('GET', base .. 'version') or '0'), now)
redis.call('SET', base .. 'version', string.format('%.0f', version))
for i = FIRST + 2, #ARGV do
  local member = read(kind, cjson.encode({ room, ARGV[i] }))
  table.insert(found, member and { 1, connections(member), member.version } or { 0, 0, version })
end
return { step, found }
