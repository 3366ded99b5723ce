-- Revokes one access token. KEYS: the family. ARGV: its jti, until when that is remembered.
redis.call('HSET', KEYS[1], 'a' .. ARGV[1], 1)
keep(KEYS[1], tonumber(ARGV[2]))
return 1
