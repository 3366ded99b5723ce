-- Keeps a session or personal access token and lists it as its user's. KEYS: it, the user's list, the one it replaces,
-- if any. ARGV: its record, its end, its entry in the list, the present, how many the user may have, or nothing. 0 where
-- the user has as many.
if redis.call('EXISTS', KEYS[1]) == 1 then
  return 1
end
keep_ends(KEYS[2], tonumber(ARGV[4]))
if ARGV[5] ~= '' and redis.call('ZCARD', KEYS[2]) >= tonumber(ARGV[5]) then
  return 0
end
-- The one before is kept aside under the entry of its successor, which may be taken back.
local before = KEYS[3] and redis.call('HGET', KEYS[3], 'b')
if before then
  redis.call('HSET', KEYS[3], 'o', before, 'n', ARGV[3])
  redis.call('HDEL', KEYS[3], 'b')
end
redis.call('HSET', KEYS[1], 'b', ARGV[1])
keep(KEYS[1], tonumber(ARGV[2]))
redis.call('ZADD', KEYS[2], ARGV[2], ARGV[3])
keep_ends(KEYS[2], tonumber(ARGV[4]))
return 1
