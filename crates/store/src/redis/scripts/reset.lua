-- Forgets all but the keys by beginning a new epoch. KEYS: the log, the epoch, then what goes with it. ARGV: what is
-- told. The change's place in the log, and the epoch that has ended.
local ended = redis.call('INCR', KEYS[2]) - 1
for at = 3, #KEYS do
  redis.call('DEL', KEYS[at])
end
return { tell(KEYS[1], ARGV[1]), integer(ended) }
