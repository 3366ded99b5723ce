-- Notes what a user decided of a device, where it is still to be decided; whether it was. KEYS: the family. ARGV: request,
-- clock (2), the record of the code to put under the device code, or nothing for a denial; when its refresh token ends, or
-- nothing.
local record = device_record(KEYS[1])
if not record then
  return 0
end
if record.b then
  return record.b == ARGV[1] and 1 or 0
end
if math.floor(present(ARGV[2], ARGV[3]) / 1000) >= record.e then
  return 0
end
record.b, record.v, record.u = ARGV[1], ARGV[4] ~= '', tonumber(ARGV[5])
redis.call('HSET', KEYS[1], 'd', cjson.encode(record))
if record.v then
  local code = string.gsub(record.d, '..', function(digits)
    return string.char(tonumber(digits, 16))
  end)
  redis.call('HSET', KEYS[1], 'c' .. code, ARGV[4])
end
keep(KEYS[1], math.max(record.e, record.u or record.e))
return 1
