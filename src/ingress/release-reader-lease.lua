-- Gives the right to read commands back.
-- KEYS[1]: who has it. ARGV: the node.
if redis.call('GET', KEYS[1]) == ARGV[1] then redis.call('DEL', KEYS[1]) end
