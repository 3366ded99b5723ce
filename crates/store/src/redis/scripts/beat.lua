-- Says that a replica lives and how far it has followed the changes. KEYS: the replicas, the store's mark, what the
-- replicas have declared, the store's format. ARGV: its id, its name, its place in the log, for how many milliseconds a replica that is
-- silent counts as live, the changes that it has left out, a digest of what it has declared, the newest format
-- that it reads; with no name the replica leaves. The present in milliseconds, the mark and the format, then of each live
-- replica id, name, place, changes left out, digest and the newest format that it reads.
local time = redis.call('TIME')
local now = time[1] * 1000 + math.floor(time[2] / 1000)
if ARGV[2] == '' then
  redis.call('HDEL', KEYS[1], ARGV[1])
  redis.call('HDEL', KEYS[3], ARGV[1])
else
  local said = { t = now, n = ARGV[2], p = ARGV[3], l = ARGV[5], d = ARGV[6], f = tonumber(ARGV[7]) }
  redis.call('HSET', KEYS[1], ARGV[1], cjson.encode(said))
end
local answer = { integer(now), redis.call('GET', KEYS[2]) or '', redis.call('GET', KEYS[4]) or '1' }
local all = redis.call('HGETALL', KEYS[1])
for at = 1, #all, 2 do
  local replica = cjson.decode(all[at + 1])
  if now - replica.t < tonumber(ARGV[4]) then
    table.insert(answer, all[at])
    table.insert(answer, replica.n)
    table.insert(answer, replica.p)
    table.insert(answer, replica.l or '')
    table.insert(answer, replica.d or '')
    table.insert(answer, integer(replica.f or 1))
  else
    redis.call('HDEL', KEYS[1], all[at])
    redis.call('HDEL', KEYS[3], all[at])
  end
end
return answer
