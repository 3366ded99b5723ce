-- Uses a refresh token that carries its own state. KEYS: the family. ARGV: its jti, request, clock (2), its end,
-- whether the use spends it, grace, replica, whether what spent it before is known to be settled.
local family, field = KEYS[1], 's' .. ARGV[1]
local spent = spent_by(family, field)
if spent and is_same_request(spent, ARGV[2]) then
  return { 'granted' }
end
if redis.call('HEXISTS', family, 'r') == 1 then
  return { 'revoked' }
end
local now = present(ARGV[3], ARGV[4])
if not spent then
  if ARGV[6] == '1' then
    redis.call('HSET', family, field, spending(ARGV[2], now), 'l', last_step(ARGV[2], ARGV[8]))
    keep(family, tonumber(ARGV[5]))
  end
elseif has_grace(spent, now, ARGV[7]) then
  keep_step(family, spent)
else
  local open = ARGV[9] == '' and open_step(family, spent, ARGV[8])
  if open then
    return open
  end
  revoke(family, tonumber(ARGV[5]))
  return { 'reused' }
end
return { 'granted' }
