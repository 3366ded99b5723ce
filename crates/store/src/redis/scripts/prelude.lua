-- What the scripts share. Times are seconds since the epoch where nothing else is said.
local DAY = 86400
-- The end of the year 9999, beyond which Redis takes no expiry.
local LATEST = 253402300799

local function integer(number)
  return string.format('%.0f', number)
end

-- The present by Redis's clock, microseconds. The last argument of each script is its deadline by that clock, when its
-- caller stops waiting: what comes later must not happen, for the caller has been told that it has not.
local clock = redis.call('TIME')
local MICROS = clock[1] * 1000000 + clock[2]
local TIME = integer(MICROS)
if MICROS > tonumber(table.remove(ARGV)) then
  return redis.error_reply('LATE ' .. TIME)
end
-- The argument before is when the namespace ends that the keys belong to, milliseconds; 0 outside any.
local UNTIL = tonumber(table.remove(ARGV))

-- Has the keys end with their namespace. The log is everybody's.
local function end_with_namespace()
  if UNTIL > 0 then
    for _, key in ipairs(KEYS) do
      if not string.find(key, '{shared}log', 1, true) then
        redis.call('PEXPIREAT', key, integer(UNTIL))
      end
    end
  end
end

-- Tells all replicas of a change; its place in the log. Changes are numbered, so that a replica sees when it has missed
-- some; where a number is left out, all read everything anew.
local function tell(log, change, anew)
  local last = redis.call('XREVRANGE', log, '+', '-', 'COUNT', 1)[1]
  local number = (last and last[2][2] or 0) + (anew and 2 or 1)
  return redis.call('XADD', log, 'MAXLEN', '~', 4096, '*', 'n', integer(number), 'c', change)
end

local function real_seconds()
  return math.floor(MICROS / 1000000)
end

-- Ends the script over a row that cannot be read: nothing may be decided by it.
local function damaged(what)
  error({ err = 'CORRUPT ' .. what .. ' cannot be read' })
end

-- The present in milliseconds, by a clock that stands still ('f') or runs ahead of Redis's own ('o').
local function present(kind, millis)
  if kind == 'f' then
    return tonumber(millis)
  end
  return math.floor(MICROS / 1000) + tonumber(millis)
end

-- Keeps a key a day beyond that end.
local function expire_after(key, ends)
  redis.call('EXPIREAT', key, integer(math.min(math.max(ends, real_seconds()), LATEST) + DAY))
end

-- Keeps a hash until a day after that end, or longer where it is kept for longer. Its end is its field `e`.
local function keep(key, ends)
  local known = redis.call('HGET', key, 'e')
  if not known or tonumber(known) < ends then
    redis.call('HSET', key, 'e', integer(ends))
    expire_after(key, ends)
  end
end

-- Keeps a sorted set of ends until a day after the last of them, and forgets those that ended a day before `now`.
local function keep_ends(key, now)
  local horizon = math.min(now, real_seconds()) - DAY
  redis.call('ZREMRANGEBYSCORE', key, '-inf', '(' .. integer(horizon))
  local last = redis.call('ZRANGE', key, -1, -1, 'WITHSCORES')
  if last[2] then
    expire_after(key, tonumber(last[2]))
  end
end

-- Revokes a family.
local function revoke(key, ends)
  redis.call('HSET', key, 'r', integer(ends))
  keep(key, ends)
end

-- The first scope asked for that is not among those granted.
local function first_outside(asked, granted)
  local within = ' ' .. granted .. ' '
  for scope in string.gmatch(asked, '[^ ]+') do
    if not string.find(within, ' ' .. scope .. ' ', 1, true) then
      return scope
    end
  end
end

-- The record of a code, each field that a script decides by of its type.
local function code_record(body)
  local ok, record = pcall(cjson.decode, body)
  local function has(name, kind, may_lack)
    return type(record[name]) == kind or may_lack and record[name] == nil
  end
  if
    not (ok and type(record) == 'table' and has('c', 'string') and has('r', 'string') and has('o', 'string'))
    or not (has('e', 'number') and has('h', 'string', true) and has('u', 'number', true))
  then
    damaged('a code')
  end
  return record
end

-- What a device asks for, each field that a script decides by of its type; nothing where there is none.
local function device_record(family)
  local body = redis.call('HGET', family, 'd')
  if not body then
    return nil
  end
  local ok, record = pcall(cjson.decode, body)
  local function has(name, kind)
    return type(record[name]) == kind
  end
  if not (ok and type(record) == 'table' and has('d', 'string') and has('c', 'string')) or not (has('e', 'number') and has('n', 'number')) then
    damaged('a device')
  end
  return record
end

-- What spent a code or token: 16 bytes of request, then milliseconds.
local function spending(request, now)
  return request .. integer(now)
end

-- What spent it, where it is spent.
local function spent_by(key, field)
  local spent = redis.call('HGET', key, field)
  if spent and not tonumber(string.sub(spent, 17)) then
    damaged('what spent a token')
  end
  return spent
end

local function is_same_request(spent, request)
  return string.sub(spent, 1, 16) == string.sub(request, 1, 16)
end

-- A family's last step, its field `l`: 16 bytes of request, 16 of the replica that made it, then microseconds. It may be
-- taken back as long as it is there.
local function last_step(request, replica)
  return request .. replica .. TIME
end

-- Gives up that what spent a token can be taken back, where it was the last step.
local function keep_step(family, spent)
  if is_same_request(redis.call('HGET', family, 'l') or '', spent) then
    redis.call('HDEL', family, 'l')
  end
end

-- Whether another replica spent it in the family's last step, so long ago that whoever was told to come again after a
-- second would be here; by which replica, and when. Sooner it was answered.
local PATIENCE = 900000
local function open_step(family, spent, replica)
  local last = redis.call('HGET', family, 'l')
  if not last or not is_same_request(last, spent) then
    return nil
  end
  local by, at = string.sub(last, 17, 32), tonumber(string.sub(last, 33))
  if by ~= replica and at and MICROS - at >= PATIENCE then
    return { 'open', by, integer(at) }
  end
end

-- The highest number of a chain that was used: it stands in a field of the family, before a space and what names the
-- first token of the chain.
local function newest_used(family, chain)
  local kept = redis.call('HGET', family, chain)
  return kept and (tonumber(string.match(kept, '^(%d+) ')) or damaged('a chain'))
end

-- Whether a token of which there is no field was used so long ago that its use is forgotten. `link` is where it stands in
-- its chain: its number, for how many successors a use is remembered, the first token, the one whose use is forgotten
-- when this one is used, and whether that is done.
local function is_forgotten(family, chain, link)
  local number = tonumber(link[1])
  if not number or number == 1 then
    return false
  end
  local newest = newest_used(family, chain)
  return newest and number + tonumber(link[2]) <= newest
end

-- Notes that a token was used, and forgets the use of another, whose fields begin with these letters.
local function bound(family, chain, link, letters)
  if link[5] ~= '1' then
    return
  end
  local newest = newest_used(family, chain)
  if not newest or newest < tonumber(link[1]) then
    redis.call('HSET', family, chain, link[1] .. ' ' .. link[3])
  end
  if link[4] ~= '' then
    for letter in string.gmatch(letters, '.') do
      redis.call('HDEL', family, letter .. link[4])
    end
  end
end

local function has_grace(spent, now, grace)
  return math.abs(now - tonumber(string.sub(spent, 17))) < tonumber(grace) * 1000
end
