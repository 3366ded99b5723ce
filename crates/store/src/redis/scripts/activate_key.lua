-- Has a key succeed the others of its purpose and algorithm. KEYS: the realm's keys. ARGV: kid, from when it signs,
-- when the others retire, until when those that have retired are forgotten. 0 where there is no such key.
local kept = redis.call('HGET', KEYS[1], ARGV[1])
if not kept then
  return 0
end
local new = cjson.decode(kept)
local from, retires, forget = tonumber(ARGV[2]), tonumber(ARGV[3]), tonumber(ARGV[4])
local all = redis.call('HGETALL', KEYS[1])
for at = 1, #all, 2 do
  local kid, key = all[at], cjson.decode(all[at + 1])
  if kid ~= ARGV[1] and key.p == new.p and key.a == new.a then
    if key.r and key.r <= forget then
      redis.call('HDEL', KEYS[1], kid)
    elseif not key.r then
      key.r = retires
      redis.call('HSET', KEYS[1], kid, cjson.encode(key))
    end
  end
end
new.s = math.min(new.s or from, from)
new.r = nil
redis.call('HSET', KEYS[1], ARGV[1], cjson.encode(new))
return 1
