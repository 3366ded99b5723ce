-- Adds a namespace, has it end at another time, or ends it, and tells all replicas. KEYS: the log, the namespaces. ARGV: what
-- is told, 'add' or 'extend' or 'end', the name, its record, what tells it from others of the name, when it ends in
-- milliseconds, how many there may be. The change's place in the log, and what became of it.
local now = math.floor(MICROS / 1000)
local kept = redis.call('HGET', KEYS[2], ARGV[3])
local known = kept and cjson.decode(kept)
if ARGV[2] == 'add' then
  -- The same call again finds its own.
  if known and known.e > now and known.i ~= ARGV[5] then
    return { '0-0', 'taken' }
  end
  if not known and redis.call('HLEN', KEYS[2]) >= tonumber(ARGV[7]) then
    local all = redis.call('HGETALL', KEYS[2])
    for at = 1, #all, 2 do
      if cjson.decode(all[at + 1]).e <= now then
        redis.call('HDEL', KEYS[2], all[at])
      end
    end
    if redis.call('HLEN', KEYS[2]) >= tonumber(ARGV[7]) then
      return { '0-0', 'full' }
    end
  end
  redis.call('HSET', KEYS[2], ARGV[3], ARGV[4])
elseif not known or known.i ~= ARGV[5] then
  return { '0-0', 'gone' }
elseif ARGV[2] == 'extend' then
  redis.call('HSET', KEYS[2], ARGV[3], ARGV[4])
elseif known.e > tonumber(ARGV[6]) then
  -- Another replica has given it more time.
  return { '0-0', 'gone' }
else
  redis.call('HDEL', KEYS[2], ARGV[3])
end
return { tell(KEYS[1], ARGV[1]), 'done' }
