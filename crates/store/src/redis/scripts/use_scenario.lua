-- Counts a use of a scenario. KEYS: scenarios, their uses. ARGV: id, how often it may act (-1: for ever), whether it sees a
-- request (1) or has seen it (0), the field that counts those. The use's number; 0 where all are used.
if redis.call('HEXISTS', KEYS[1], ARGV[1]) == 0 then
  return 0
end
local times = tonumber(ARGV[2])
if times >= 0 and tonumber(redis.call('HGET', KEYS[2], ARGV[1]) or 0) >= times then
  return 0
end
if ARGV[3] == '1' then
  redis.call('HINCRBY', KEYS[2], ARGV[4], 1)
end
return redis.call('HINCRBY', KEYS[2], ARGV[1], 1)
