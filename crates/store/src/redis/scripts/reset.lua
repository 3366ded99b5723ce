-- Forgets all but the keys by beginning a new epoch. KEYS: the log, the epoch, then what goes with it. ARGV: what is
-- told. The change's place in the log, and the epoch that has ended.
local ended = redis.call('INCR', KEYS[2]) - 1
for at = 3, #KEYS do
  redis.call('DEL', KEYS[at])
end
local last = redis.call('XREVRANGE', KEYS[1], '+', '-', 'COUNT', 1)[1]
local number = last and last[2][2] + 1 or 1
local id = redis.call('XADD', KEYS[1], 'MAXLEN', '~', 4096, '*', 'n', integer(number), 'c', ARGV[1])
return { id, integer(ended) }
