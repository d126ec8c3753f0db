-- Blocked addresses: a sorted set of clients by the end of their block (ms), and a hash of why. The hash's field
-- '*' changes with every change of the set, so that those who follow it need not read it each time.

local MOST_BLOCKED = 20000

local function changed(why)
  local time = redis.call('TIME')
  redis.call('HSET', why, '*', time[1] .. '.' .. time[2])
end

local function lift(blocked, why, clients)
  for _, client in ipairs(clients) do
    redis.call('ZREM', blocked, client)
    redis.call('HDEL', why, client)
  end
end

-- Blocks that have ended, a few at a time.
local function sweep(blocked, why, now)
  lift(blocked, why, redis.call('ZRANGEBYSCORE', blocked, '-inf', now, 'LIMIT', 0, 200))
end

-- Blocks a client, unless a block stands that ends later or hardly earlier: requests that were under way when it
-- came must not move it. Returns when the block in force ends, and 1 if it is this one.
local function block(blocked, why, client, now, ends, reason, by)
  local stands = tonumber(redis.call('ZSCORE', blocked, client) or 0)
  if stands > now and stands + 1000 > ends then return stands, 0 end
  redis.call('ZADD', blocked, ends, client)
  redis.call('HSET', why, client, cjson.encode({ reason = reason, by = by, since = now }))
  local too_many = redis.call('ZCARD', blocked) - MOST_BLOCKED
  if too_many > 0 then
    -- Those that would end first anyway.
    lift(blocked, why, redis.call('ZRANGE', blocked, 0, too_many - 1))
  end
  changed(why)
  return ends, 1
end
