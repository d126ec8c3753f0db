-- Jobs whose time has come go back to the stream of their priority. Any worker may do it; none has to.
-- KEYS 1 retry  2 due  3–6 jobs by priority  ARGV 1 how many at most
-- Returns {how many, ms until the next is due (-1 if none waits)}
local PLACE = { critical = 3, high = 4, normal = 5, low = 6 }
local now = now_ms()
local due = redis.call('ZRANGEBYSCORE', KEYS[2], '-inf', now, 'LIMIT', 0, ARGV[1])
for _, id in ipairs(due) do
  local fields = fields_of(KEYS[1], id)
  if fields then
    redis.call('XADD', KEYS[PLACE[value_of(fields, 'priority')] or PLACE.normal], '*', unpack(fields))
    redis.call('XDEL', KEYS[1], id)
  end
  redis.call('ZREM', KEYS[2], id)
end
local next = redis.call('ZRANGE', KEYS[2], 0, 0, 'WITHSCORES')
return { #due, next[2] and math.max(0, tonumber(next[2]) - now) or -1 }
