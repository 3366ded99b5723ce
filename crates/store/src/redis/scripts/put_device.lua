-- Keeps what a device asks for, where the family is nobody else's; whether it did. KEYS: the family. ARGV: the record, its
-- end. A record says a device code that no other says.
local known = redis.call('HGET', KEYS[1], 'd')
if known then
  return known == ARGV[1] and 1 or 0
end
if redis.call('EXISTS', KEYS[1]) == 1 then
  return 0
end
redis.call('HSET', KEYS[1], 'd', ARGV[1])
keep(KEYS[1], tonumber(ARGV[2]))
return 1
