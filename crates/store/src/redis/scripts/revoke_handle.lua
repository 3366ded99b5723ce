-- Revokes the family of a refresh handle, if it is that client's. KEYS: the family. ARGV: the handle's hash, client.
local code = redis.call('HGET', KEYS[1], 't' .. ARGV[1])
local body = code and redis.call('HGET', KEYS[1], 'c' .. code)
local record = body and cjson.decode(body)
if not record or record.c ~= ARGV[2] then
  return 0
end
revoke(KEYS[1], record.u)
return 1
