-- Keeps a new code. KEYS: the family. ARGV: the code's hash, its record, its end.
if redis.call('HSETNX', KEYS[1], 'c' .. ARGV[1], ARGV[2]) == 1 then
  keep(KEYS[1], tonumber(ARGV[3]))
end
return 1
