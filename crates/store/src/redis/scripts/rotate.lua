-- Uses a refresh handle. KEYS: the family. ARGV: the handle's hash, request, clock (2), client, the successor's hash,
-- scopes, grace, where it stands in its chain (5), replica, whether what spent it before is known to be settled.
local family, token, link = KEYS[1], ARGV[1], { unpack(ARGV, 9, 13) }
local code = redis.call('HGET', family, 't' .. token)
local is_over = not code and is_forgotten(family, 'g', link)
if is_over then
  code = redis.call('HGET', family, 't' .. link[3])
end
if not code then
  return { 'unknown' }
end
local body = redis.call('HGET', family, 'c' .. code) or damaged('a refresh token')
local record = code_record(body)
if record.c ~= ARGV[5] then
  return { 'wrong_client' }
end
local spent = spent_by(family, 'x' .. token)
if spent and is_same_request(spent, ARGV[2]) then
  return { 'granted', body }
end
if redis.call('HEXISTS', family, 'r') == 1 then
  return { 'revoked' }
end
local now = present(ARGV[3], ARGV[4])
if math.floor(now / 1000) >= (record.u or damaged('a refresh token')) then
  return { 'expired' }
end
if is_over or spent and not has_grace(spent, now, ARGV[8]) then
  local open = spent and ARGV[15] == '' and open_step(family, spent, ARGV[14])
  if open then
    return open
  end
  revoke(family, record.u)
  return { 'reused' }
end
local outside = first_outside(ARGV[7], record.o)
if outside then
  return { 'too_wide', outside }
end
if ARGV[6] ~= '' and not spent then
  local last = last_step(ARGV[2], ARGV[14])
  redis.call('HSET', family, 't' .. ARGV[6], code, 'x' .. token, spending(ARGV[2], now), 'l', last)
  bound(family, 'g', link, 'tx')
elseif ARGV[6] ~= '' then
  -- Who repeats it within the grace has its successor now.
  keep_step(family, spent)
end
return { 'granted', body }
