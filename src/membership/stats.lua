-- Returns what each live node says of itself, and for each kind: its name, and how many members have a connection.
local live, members = redis.call('ZRANGE', base .. 'nodes', '(' .. string.format('%.0f', now), '+inf', 'BYSCORE'), {}
for kind in pairs(kinds) do
  local connected = redis.call('HLEN', base .. 'members:' .. kind) - redis.call('ZCARD', base .. 'gone:' .. kind)
  table.insert(members, { kind, connected })
end
return { step, redis.call('HMGET', base .. 'about', unpack(live)), members }
