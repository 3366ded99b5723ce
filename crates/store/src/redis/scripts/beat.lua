-- Says that a replica lives and how far it has followed the changes. KEYS: the replicas, the store's mark, what the
-- replicas have declared. ARGV: its id, its name, its place in the log, for how many milliseconds a replica that is
-- silent counts as live, the changes that it has left out, a digest of what it has declared; with no name the replica
-- leaves. The present in milliseconds and the mark, then of each live replica id, name, place, changes left out and
-- digest.
local time = redis.call('TIME')
local now = time[1] * 1000 + math.floor(time[2] / 1000)
if ARGV[2] == '' then
  redis.call('HDEL', KEYS[1], ARGV[1])
  redis.call('HDEL', KEYS[3], ARGV[1])
else
  redis.call('HSET', KEYS[1], ARGV[1], cjson.encode({ t = now, n = ARGV[2], p = ARGV[3], l = ARGV[5], d = ARGV[6] }))
end
local answer = { integer(now), redis.call('GET', KEYS[2]) or '' }
local all = redis.call('HGETALL', KEYS[1])
for at = 1, #all, 2 do
  local replica = cjson.decode(all[at + 1])
  if now - replica.t < tonumber(ARGV[4]) then
    table.insert(answer, all[at])
    table.insert(answer, replica.n)
    table.insert(answer, replica.p)
    table.insert(answer, replica.l or '')
    table.insert(answer, replica.d or '')
  else
    redis.call('HDEL', KEYS[1], all[at])
    redis.call('HDEL', KEYS[3], all[at])
  end
end
return answer
