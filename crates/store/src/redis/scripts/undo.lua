-- Gives a place back. KEYS: the log. ARGV: the request that took it, and when.
if redis.call('ZSCORE', KEYS[1], ARGV[1]) == ARGV[2] then
  redis.call('ZREM', KEYS[1], ARGV[1])
end
return 1
