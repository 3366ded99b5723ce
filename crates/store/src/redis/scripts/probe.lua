-- Writes a little, which a Redis that refuses writes, or has no memory left, does not do. KEYS: what is written.
redis.call('SET', KEYS[1], '', 'EX', 60)
return redis.status_reply('OK')
