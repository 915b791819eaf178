-- Ends claims. ARGV: 1 when it was told that the members went, 0 when that failed; then kind, room, id and version of each claim.
for i = FIRST + 1, #ARGV, 4 do
  local kind, key = ARGV[i], cjson.encode({ ARGV[i + 1], ARGV[i + 2] })
  local member = read(kind, key)
  -- Who came back meanwhile has no claim any more, or another one.
  if member and member.claim and member.claim.version == tonumber(ARGV[i + 3]) then
    if ARGV[FIRST] == '1' then
      redis.call('HDEL', base .. 'members:' .. kind, key)
      redis.call('ZREM', base .. 'gone:' .. kind, key)
    else
      member.claim = nil
      write(kind, key, member)
    end
  end
end
return { step }
