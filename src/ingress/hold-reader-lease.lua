-- Takes the right to read commands, or keeps it.
-- KEYS[1]: who has it. ARGV: the node, the lease in milliseconds. Returns 1 when the node has it now.
local holder = redis.call('GET', KEYS[1])
if holder and holder ~= ARGV[1] then return 0 end
redis.call('SET', KEYS[1], ARGV[1], 'PX', ARGV[2])
return 1
