-- Says that a replica lives and how far it has followed the changes. KEYS: the replicas. ARGV: its id, its name, its
-- place in the log, for how many milliseconds a replica that is silent counts as live; with no name the replica
-- leaves. The present in milliseconds, then id, name and place of each live replica.
local time = redis.call('TIME')
local now = time[1] * 1000 + math.floor(time[2] / 1000)
if ARGV[2] == '' then
  redis.call('HDEL', KEYS[1], ARGV[1])
else
  redis.call('HSET', KEYS[1], ARGV[1], cjson.encode({ t = now, n = ARGV[2], p = ARGV[3] }))
end
local answer = { integer(now) }
local all = redis.call('HGETALL', KEYS[1])
for at = 1, #all, 2 do
  local replica = cjson.decode(all[at + 1])
  if now - replica.t < tonumber(ARGV[4]) then
    table.insert(answer, all[at])
    table.insert(answer, replica.n)
    table.insert(answer, replica.p)
  else
    redis.call('HDEL', KEYS[1], all[at])
  end
end
return answer
