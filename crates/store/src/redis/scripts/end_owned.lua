-- Ends a session or personal access token; what stays of it keeps a repeat from bringing it back. KEYS: it, its user's
-- list. ARGV: its entry in the list.
local there = redis.call('HDEL', KEYS[1], 'b')
redis.call('ZREM', KEYS[2], ARGV[1])
return there
