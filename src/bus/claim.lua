-- Claims a prefix for a database of Herald, or looks whose it is. Pub/sub knows no numbers of databases, so a prefix is claimed in
-- number 0 for all of them, and in the own number, too, where earlier versions look.
-- KEYS[1]: whose the prefix is. ARGV: the database of Herald; 1 to claim, 0 to look; 1 when the own number is not 0; the own number.
-- Returns 0: it belongs to another one; 1: it is free, or ours; 2: it is ours since now.
local function look()
  local held = redis.call('GET', KEYS[1])
  if held and held ~= ARGV[1] then return 0 end
  if held or ARGV[2] == '0' then return 1 end
  return 2
end
local own = look()
if own == 0 then return 0 end
if ARGV[3] == '1' then
  redis.call('SELECT', 0)
  local common = look()
  if common == 0 then return 0 end
  if common == 2 then redis.call('SET', KEYS[1], ARGV[1]) end
  redis.call('SELECT', ARGV[4])
  own = math.max(own, common)
end
if own == 2 then redis.call('SET', KEYS[1], ARGV[1]) end
return own
