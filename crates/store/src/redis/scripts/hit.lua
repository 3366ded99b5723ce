-- Takes a place in a rolling log. KEYS: the log, requests by milliseconds. ARGV: request, clock (2), count, window.
-- What lies a window or more away on either side does not count: a clock may have been set back. It is remembered for
-- a second more, for those whose clock was read a moment before.
local LATE = 1000
local log, request = KEYS[1], ARGV[1]
local now, count, window = present(ARGV[2], ARGV[3]), tonumber(ARGV[4]), tonumber(ARGV[5]) * 1000
redis.call('ZREMRANGEBYSCORE', log, '-inf', integer(now - window - LATE))
redis.call('ZREMRANGEBYSCORE', log, integer(now + window), '+inf')
local from = '(' .. integer(now - window)
local taken = redis.call('ZCOUNT', log, from, '+inf')
if taken < count then
  if redis.call('ZADD', log, 'NX', integer(now), request) == 0 then
    return { 1, integer(redis.call('ZSCORE', log, request)) }
  end
  redis.call('PEXPIRE', log, integer(window + DAY * 1000))
  return { 1, integer(now) }
end
local before = redis.call('ZSCORE', log, request)
if before then
  return { 1, integer(before) }
end
-- A place is free once so many have gone that fewer than the count are left.
local first = redis.call('ZRANGE', log, from, '+inf', 'BYSCORE', 'LIMIT', taken - count, 1, 'WITHSCORES')
local wait = first[2] and first[2] + window - now or window
return { 0, integer(math.max(wait, 1)) }
