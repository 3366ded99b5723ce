-- Revokes the family of a refresh handle, if it is that client's. KEYS: the family. ARGV: the handle's hash, client.
local code = redis.call('HGET', KEYS[1], 't' .. ARGV[1])
if not code then
  return 0
end
local record = code_record(redis.call('HGET', KEYS[1], 'c' .. code) or damaged('a refresh token'))
if record.c ~= ARGV[2] then
  return 0
end
revoke(KEYS[1], record.u or damaged('a refresh token'))
return 1
