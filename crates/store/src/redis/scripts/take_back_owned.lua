-- Takes back that a session or personal access token was kept: it is gone, and the one it replaced is there again.
-- KEYS: it, its user's list, the one it replaced, if any. ARGV: its entry in the list.
redis.call('HDEL', KEYS[1], 'b')
redis.call('ZREM', KEYS[2], ARGV[1])
if KEYS[3] and redis.call('HGET', KEYS[3], 'n') == ARGV[1] then
  redis.call('HSET', KEYS[3], 'b', redis.call('HGET', KEYS[3], 'o'))
  redis.call('HDEL', KEYS[3], 'n', 'o')
end
return 1
