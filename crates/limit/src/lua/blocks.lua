-- Blocks in force, those that last longest first, with why.
-- KEYS 1 blocked  2 blocked: why   ARGV 1 how many at most
-- Returns time, number of all, then client, end, why (JSON) of each.
local now = now_ms()
sweep(KEYS[1], KEYS[2], now)
local answer = { now, redis.call('ZCOUNT', KEYS[1], '(' .. now, '+inf'), {} }
local found = redis.call('ZREVRANGEBYSCORE', KEYS[1], '+inf', '(' .. now, 'WITHSCORES', 'LIMIT', 0, ARGV[1])
for i = 1, #found, 2 do
  local each = answer[3]
  each[#each + 1] = found[i]
  each[#each + 1] = found[i + 1]
  each[#each + 1] = redis.call('HGET', KEYS[2], found[i]) or '{}'
end
return answer
