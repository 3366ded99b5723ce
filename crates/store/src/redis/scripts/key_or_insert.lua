-- Keeps a key unless there is one of its purpose and algorithm. KEYS: the realm's keys. ARGV: kid, purpose, algorithm,
-- the key. The key that is kept.
for _, kept in ipairs(redis.call('HVALS', KEYS[1])) do
  local key = cjson.decode(kept)
  if key.p == ARGV[2] and key.a == ARGV[3] then
    return kept
  end
end
redis.call('HSET', KEYS[1], ARGV[1], ARGV[4])
return ARGV[4]
