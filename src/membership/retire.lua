-- Gives the lease back. The node has let go of its members before.
redis.call('ZREM', base .. 'nodes', node)
redis.call('HDEL', base .. 'about', node)
redis.call('DEL', base .. 'steps:' .. node, base .. 'node:' .. node)
return { step }
