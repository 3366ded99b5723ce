-- Adds fields to a hash that ends. KEYS: it. ARGV: its end, then each field with its value; a refresh token without one
-- has the terms of its family's code.
local key = KEYS[1]
for at = 2, #ARGV, 2 do
  local field, value = ARGV[at], ARGV[at + 1]
  if string.sub(field, 1, 1) == 't' and value == '' then
    for _, code in ipairs(redis.call('HKEYS', key)) do
      if string.sub(code, 1, 1) == 'c' then
        value = string.sub(code, 2)
      end
    end
  end
  if value ~= '' then
    redis.call('HSET', key, field, value)
  end
end
keep(key, tonumber(ARGV[1]))
return 1
