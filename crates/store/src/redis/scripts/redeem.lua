-- Redeems a code, or asks about it. KEYS: the family. ARGV: the code's hash, request, clock (2), client, redirect URI,
-- challenge, scopes, the hash of the refresh token to record, whether to spend the code, replica, whether what spent it
-- before is known to be settled. A refresh token's row names the code whose terms it has.
local family, code = KEYS[1], ARGV[1]
local body = redis.call('HGET', family, 'c' .. code)
if not body then
  return { 'unknown' }
end
local record = code_record(body)
if record.c ~= ARGV[5] then
  return { 'wrong_client' }
end
local ends = math.max(record.e, record.u or record.e)
local spent = spent_by(family, 'x' .. code)
if spent then
  if is_same_request(spent, ARGV[2]) then
    return { 'granted', body }
  end
  local open = ARGV[12] == '' and open_step(family, spent, ARGV[11])
  if open then
    return open
  end
  revoke(family, ends)
  return { 'replayed' }
end
local now = present(ARGV[3], ARGV[4])
if math.floor(now / 1000) >= record.e then
  return { 'expired' }
end
if redis.call('HEXISTS', family, 'r') == 1 then
  return { 'revoked' }
end
if record.r ~= ARGV[6] then
  return { 'wrong_redirect' }
end
if (record.h and '=' .. record.h or '') ~= ARGV[7] then
  return { 'wrong_verifier', record.h or '' }
end
local outside = first_outside(ARGV[8], record.o)
if outside then
  return { 'too_wide', outside }
end
if ARGV[10] ~= '1' then
  return { 'granted', body }
end
redis.call('HSET', family, 'x' .. code, spending(ARGV[2], now), 'l', last_step(ARGV[2], ARGV[11]))
if record.u and ARGV[9] ~= '' then
  redis.call('HSET', family, 't' .. ARGV[9], code)
end
keep(family, ends)
return { 'granted', body }
