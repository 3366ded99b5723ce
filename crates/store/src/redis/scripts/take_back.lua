-- Takes back a family's last step, if it is that request's. KEYS: the family. ARGV: request, then the fields that the step
-- has set: what it spent and, where there is one, the handle that took its place.
local last = redis.call('HGET', KEYS[1], 'l')
if last and is_same_request(last, ARGV[1]) then
  redis.call('HDEL', KEYS[1], 'l', unpack(ARGV, 2))
end
return 1
