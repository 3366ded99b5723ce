-- Keeps what is alive by a clock that is not real time's from being collected. KEYS: any key that is collected. ARGV:
-- the present of that clock.
local key, now = KEYS[1], tonumber(ARGV[1])
local left = redis.call('TTL', key)
if left < 0 then
  return 0
end
local wanted = 2 * DAY
local kind = redis.call('TYPE', key).ok
if kind == 'hash' then
  wanted = tonumber(redis.call('HGET', key, 'e') or now) - now + DAY
elseif not string.find(key, '}l', 1, true) then
  local last = redis.call('ZRANGE', key, -1, -1, 'WITHSCORES')
  wanted = tonumber(last[2] or now) - now + DAY
end
-- Twice the margin: house is kept every hour.
if wanted > left then
  redis.call('EXPIRE', key, integer(math.min(wanted, LATEST)))
  return 1
end
return 0
