-- Ends a session or personal access token; what stays of it keeps a repeat from bringing it back. KEYS: it, its user's
-- list. ARGV: its entry in the list, request. Whether that request has ended it.
if redis.call('HDEL', KEYS[1], 'b') == 1 then
  redis.call('HSET', KEYS[1], 'z', ARGV[2])
end
redis.call('HDEL', KEYS[1], 'o', 'n')
redis.call('ZREM', KEYS[2], ARGV[1])
return redis.call('HGET', KEYS[1], 'z') == ARGV[2] and 1 or 0
