-- The mark that tells this store from any other; made where there is none. KEYS: the mark, the log, the epoch, the format.
-- ARGV: a new mark, the newest format: a store that is new is of it.
local is_marked = redis.call('EXISTS', KEYS[1]) == 1
if not is_marked then
  if redis.call('EXISTS', KEYS[2], KEYS[3], KEYS[4]) == 0 then
    redis.call('SET', KEYS[4], ARGV[2])
  end
  redis.call('SET', KEYS[1], ARGV[1])
end
return redis.call('GET', KEYS[1])
