-- Revokes one access token. KEYS: the family. ARGV: its jti, until when that is remembered, the present.
local family = KEYS[1]
redis.call('HSET', family, 'a' .. ARGV[1], ARGV[2])
keep(family, tonumber(ARGV[2]))
-- The family may outlive them by far: each time a few are looked at, from where the last look ended (its field `p`), and those
-- that ended a day ago are forgotten. One of an earlier version does not say when it ends.
local horizon = math.min(tonumber(ARGV[3]), real_seconds()) - DAY
local place, found = unpack(redis.call('HSCAN', family, redis.call('HGET', family, 'p') or '0', 'MATCH', 'a*', 'COUNT', 16))
for at = 1, #found, 2 do
  local ends = tonumber(found[at + 1])
  if ends and ends > 1 and ends < horizon then
    redis.call('HDEL', family, found[at])
  end
end
redis.call('HSET', family, 'p', place)
return 1
