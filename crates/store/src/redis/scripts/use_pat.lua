-- A personal access token, whose use is noted where the last note is a step away. KEYS: it. ARGV: clock (2), the step.
local row = redis.call('HMGET', KEYS[1], 'b', 'e', 'u')
local body, ends, used = row[1], row[2], row[3]
if not body then
  return {}
end
if not tonumber(ends) or used and not tonumber(used) then
  damaged('a personal access token')
end
local now = math.floor(present(ARGV[1], ARGV[2]) / 1000)
if now < tonumber(ends) and (not used or math.abs(now - tonumber(used)) >= tonumber(ARGV[3])) then
  redis.call('HSET', KEYS[1], 'u', integer(now))
end
return { body, ends, used or '' }
