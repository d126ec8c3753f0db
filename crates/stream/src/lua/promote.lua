-- Jobs whose time has come go back to the stream of their priority. Any worker may do it; none has to.
-- KEYS 1 retry  2 due  3–6 jobs by priority  ARGV 1 how many at most
-- Returns {how many, ms until the next is due (-1 if none waits)}
local PLACE = { critical = 3, high = 4, normal = 5, low = 6 }
-- A job that can't be moved must not stand before the others for ever.
local ANOTHER_TRY = 60000

-- Redis refuses to look for anything that is no id.
local function is_id(text)
  local time, number = string.match(text, '^(%d+)%-(%d+)$')
  return time and #time < 20 and #number < 20
end

local now, moved = now_ms(), 0
local due = redis.call('ZRANGEBYSCORE', KEYS[2], '-inf', now, 'LIMIT', 0, ARGV[1])
for _, id in ipairs(due) do
  local fields = is_id(id) and fields_of(KEYS[1], id)
  local stream = fields and KEYS[PLACE[value_of(fields, 'priority')] or PLACE.normal]
  if not fields then
    redis.call('ZREM', KEYS[2], id)
  elseif redis.pcall('XADD', stream, '*', unpack(fields)).err then
    redis.call('ZADD', KEYS[2], now + ANOTHER_TRY, id)
  else
    redis.call('XDEL', KEYS[1], id)
    redis.call('ZREM', KEYS[2], id)
    moved = moved + 1
  end
end
local next = redis.call('ZRANGE', KEYS[2], 0, 0, 'WITHSCORES')
return { moved, next[2] and math.max(0, tonumber(next[2]) - now) or -1 }
