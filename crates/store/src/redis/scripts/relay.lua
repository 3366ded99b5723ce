-- Sends letters. KEYS: the stream that they go to. ARGV: how many are kept, how long after the last one (ms), the letters.
for at = 3, #ARGV do
  redis.call('XADD', KEYS[1], 'MAXLEN', '~', ARGV[1], '*', 'l', ARGV[at])
end
redis.call('PEXPIRE', KEYS[1], ARGV[2])
return 1
