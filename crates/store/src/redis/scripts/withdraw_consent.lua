-- Forgets a consent, once all of its families have been revoked. KEYS: the user's consents, the families that came of
-- this one. ARGV: client, then the families that have been revoked.
for at = 2, #ARGV do
  redis.call('ZREM', KEYS[2], ARGV[at])
end
if redis.call('ZCARD', KEYS[2]) > 0 then
  return 'more'
end
return redis.call('HDEL', KEYS[1], ARGV[1]) == 1 and 'gone' or 'none'
