-- Uses a refresh token that carries its own state. KEYS: the family. ARGV: its jti, request, clock (2), its end,
-- whether the use spends it, grace, where it stands in its chain (5), replica, whether what spent it before is known to be
-- settled.
local family, field, link = KEYS[1], 's' .. ARGV[1], { unpack(ARGV, 8, 12) }
local spent = spent_by(family, field)
if spent and is_same_request(spent, ARGV[2]) then
  return { 'granted' }
end
if redis.call('HEXISTS', family, 'r') == 1 then
  return { 'revoked' }
end
local now = present(ARGV[3], ARGV[4])
if not spent and is_forgotten(family, 'j', link) then
  revoke(family, tonumber(ARGV[5]))
  return { 'reused' }
elseif not spent then
  if ARGV[6] == '1' then
    local by = spending(ARGV[2], now)
    redis.call('HSET', family, field, by, 'l', last_step(ARGV[2], ARGV[13]))
    if link[5] == '1' then
      -- A Redis that has lost what it kept may meet a later one first.
      redis.call('HSETNX', family, 's' .. link[3], by)
    end
    bound(family, 'j', link, 's')
    keep(family, tonumber(ARGV[5]))
  end
elseif has_grace(spent, now, ARGV[7]) then
  keep_step(family, spent)
else
  local open = ARGV[14] == '' and open_step(family, spent, ARGV[13])
  if open then
    return open
  end
  revoke(family, tonumber(ARGV[5]))
  return { 'reused' }
end
return { 'granted' }
