-- Adds an entry to a list. KEYS: the list. ARGV: the entry's end, the entry.
redis.call('ZADD', KEYS[1], 'GT', ARGV[1], ARGV[2])
expire_after(KEYS[1], tonumber(redis.call('ZRANGE', KEYS[1], -1, -1, 'WITHSCORES')[2]))
return 1
