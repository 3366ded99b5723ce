-- Makes a change and tells all replicas. KEYS: the log, then the hash that the change is kept in, if any. ARGV: what
-- is told, 'put' or 'swap' or 'del' or 'none', field ('anew' for 'none' has all read everything anew), value, and for 'swap' the value before, empty for none; for 'del'
-- the value is the one that is to go, whichever where it is left out. The change's place in the log, and whether it was
-- made.
local last = redis.call('XREVRANGE', KEYS[1], '+', '-', 'COUNT', 1)[1]
local changed = 1
if ARGV[2] == 'del' and ARGV[4] and redis.call('HGET', KEYS[2], ARGV[3]) ~= ARGV[4] then
  return { last and last[1] or '0-0', 0 }
end
if ARGV[2] == 'swap' then
  local kept = redis.call('HGET', KEYS[2], ARGV[3]) or ''
  -- The same call again finds its own value.
  if kept ~= ARGV[5] and kept ~= ARGV[4] then
    return { last and last[1] or '0-0', 0 }
  end
end
if ARGV[2] == 'put' or ARGV[2] == 'swap' then
  redis.call('HSET', KEYS[2], ARGV[3], ARGV[4])
elseif ARGV[2] == 'del' then
  changed = redis.call('HDEL', KEYS[2], ARGV[3])
end
return { tell(KEYS[1], ARGV[1], ARGV[2] == 'none' and ARGV[3] == 'anew'), changed }
