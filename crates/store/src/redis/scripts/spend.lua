-- Uses a refresh token that carries its own state. KEYS: the family. ARGV: its jti, request, clock (2), its end,
-- whether the use spends it, grace.
local family, field = KEYS[1], 's' .. ARGV[1]
local spent = spent_by(family, field)
if spent and is_same_request(spent, ARGV[2]) then
  return 'granted'
end
if redis.call('HEXISTS', family, 'r') == 1 then
  return 'revoked'
end
local now = present(ARGV[3], ARGV[4])
if spent then
  if not has_grace(spent, now, ARGV[7]) then
    revoke(family, tonumber(ARGV[5]))
    return 'reused'
  end
elseif ARGV[6] == '1' then
  redis.call('HSET', family, field, spending(ARGV[2], now))
  keep(family, tonumber(ARGV[5]))
end
return 'granted'
