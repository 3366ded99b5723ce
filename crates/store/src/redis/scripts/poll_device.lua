-- Notes a poll of a device, or asks about it. KEYS: the family. ARGV: the device code's hash, client, request, clock (2),
-- whether the poll counts.
local record = device_record(KEYS[1])
if not record or record.d ~= ARGV[1] then
  return { 'unknown' }
end
if record.c ~= ARGV[2] then
  return { 'wrong_client' }
end
if record.v == true then
  return { 'allowed' }
end
local now = present(ARGV[4], ARGV[5])
if math.floor(now / 1000) >= record.e then
  return { 'expired' }
end
if record.v == false then
  return { 'denied' }
end
local function told(too_soon)
  return { too_soon and 'too_soon' or 'pending', integer(record.n) }
end
if record.q == ARGV[3] then
  return told(record.s)
end
local last = tonumber(record.p)
local too_soon = last ~= nil and now >= last and now - last < record.n * 1000
if ARGV[6] == '1' then
  record.n = record.n + (too_soon and 5 or 0)
  record.p, record.q, record.s = integer(now), ARGV[3], too_soon
  redis.call('HSET', KEYS[1], 'd', cjson.encode(record))
end
return told(too_soon)
