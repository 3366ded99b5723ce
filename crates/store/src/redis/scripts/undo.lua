-- Gives a place back. KEYS: the log. ARGV: the request that took it.
redis.call('ZREM', KEYS[1], ARGV[1])
return 1
