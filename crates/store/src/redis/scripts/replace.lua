-- Puts run-time changes that were staged in the place of those there are, unless somebody has changed something
-- meanwhile. KEYS: the log, the changes, those staged, the scenarios, their uses. ARGV: what is told, the last place in the
-- log when it was read, then 'keep' to leave the scenarios, else of each its number, body, uses, and how often it was seen.
-- The change's place in the log, and whether it was made.
local last = redis.call('XREVRANGE', KEYS[1], '+', '-', 'COUNT', 1)[1]
local place = last and last[1] or '0-0'
if place ~= ARGV[2] then
  return { place, 0 }
end
redis.call('UNLINK', KEYS[2])
if redis.call('EXISTS', KEYS[3]) == 1 then
  redis.call('RENAME', KEYS[3], KEYS[2])
  redis.call('PERSIST', KEYS[2])
end
if ARGV[3] ~= 'keep' then
  local made = tonumber(redis.call('HGET', KEYS[5], 'last') or 0)
  redis.call('DEL', KEYS[4], KEYS[5])
  for at = 3, #ARGV, 4 do
    redis.call('HSET', KEYS[4], ARGV[at], ARGV[at + 1])
    redis.call('HSET', KEYS[5], ARGV[at], ARGV[at + 2], ARGV[at] .. ':seen', ARGV[at + 3])
    made = math.max(made, tonumber(ARGV[at]))
  end
  if made > 0 then
    redis.call('HSET', KEYS[5], 'last', integer(made))
  end
end
return { tell(KEYS[1], ARGV[1], true), 1 }
