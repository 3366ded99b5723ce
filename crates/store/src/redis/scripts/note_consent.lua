-- Notes a consent over the one before. KEYS: the user's consents, the families that came of this one. ARGV: client,
-- scopes, whether to remember them, clock (2), the family, its end.
local before = redis.call('HGET', KEYS[1], ARGV[1])
before = before and cjson.decode(before) or {}
local now = math.floor(present(ARGV[4], ARGV[5]) / 1000)
local record = { o = ARGV[2], r = ARGV[3] == '1', g = now, l = before.l }
if before.r and not record.r then
  record.o, record.r = before.o, true
end
if ARGV[6] ~= '' then
  local ends = tonumber(ARGV[7])
  redis.call('ZADD', KEYS[2], 'GT', ARGV[7], ARGV[6])
  -- A clock that stands still lets nothing be forgotten.
  keep_ends(KEYS[2], ARGV[4] == 'f' and 0 or now)
  record.l = math.max(record.l or ends, ends)
end
redis.call('HSET', KEYS[1], ARGV[1], cjson.encode(record))
return 1
