-- Counts a use of a scenario. KEYS: scenarios, their uses. ARGV: id, how often it may act. Whether it may.
if redis.call('HEXISTS', KEYS[1], ARGV[1]) == 0 then
  return 0
end
if tonumber(redis.call('HGET', KEYS[2], ARGV[1]) or 0) >= tonumber(ARGV[2]) then
  return 0
end
redis.call('HINCRBY', KEYS[2], ARGV[1], 1)
return 1
