-- Says how many connections the node has for members: never "one more", so that saying it again does no harm.
-- For each: kind, room, id, how many, `report` to tell the coming in any case or how the last one ended (`left`, `lost`), value, group.
-- Returns who came and who went at once, as changes.
local came, went = {}, {}
for i = FIRST, #ARGV, 7 do
  local kind, room, id, count, how = ARGV[i], ARGV[i + 1], ARGV[i + 2], tonumber(ARGV[i + 3]), ARGV[i + 4]
  local key, held = cjson.encode({ room, id }), cjson.encode({ kind, room, id })
  if count > 0 then
    local member = read(kind, key)
    -- Of whom it is being told that they went, that is told anew.
    local isNew = not member or member.claim
    if isNew then member = { value = ARGV[i + 5], group = ARGV[i + 6], nodes = {} } end
    member.nodes[node] = count
    redis.call('SADD', base .. 'node:' .. node, held)
    redis.call('ZREM', base .. 'gone:' .. kind, key)
    local isTold = isNew or how == 'report'
    if isTold then member.version = nextVersion() end
    if isNew and member.group ~= '' then redis.call('ZADD', orderOf(kind, room, member.group), member.version, id) end
    write(kind, key, member)
    if isTold then table.insert(came, change(kind, room, id, member, connections(member), now, member.version)) end
  else
    redis.call('SREM', base .. 'node:' .. node, held)
    table.insert(went, release(kind, room, id, node, how))
  end
end
return { step, came, went }
