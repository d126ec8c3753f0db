-- Points against a client; at the threshold it is blocked, each time within a day for twice as long.
-- KEYS 1 suspicion  2 blocked  3 blocked: why
-- ARGV 1 client  2 points  3 threshold  4 window in ms  5 ms to block for  6 longest block in ms  7 ms after which
--      a block is forgotten  8 reason
-- Returns time, and the end of the block (0: not blocked by this).
local SLOTS = 20
local now = now_ms()
-- Requests that were under way when the block came must not double it.
if tonumber(redis.call('ZSCORE', KEYS[2], ARGV[1]) or 0) > now then return { now, 0 } end

local window, forget = tonumber(ARGV[4]), tonumber(ARGV[7])
local slot = math.floor(now / math.max(1, math.floor(window / SLOTS)))
local points, times, ended = tonumber(ARGV[2]), 0, 0
local fields = redis.call('HGETALL', KEYS[1])
for i = 1, #fields, 2 do
  local name, value = fields[i], tonumber(fields[i + 1])
  if name == 'times' then times = value
  elseif name == 'ended' then ended = value
  -- The slots together span no more than the window.
  elseif tonumber(name) > slot - SLOTS and tonumber(name) <= slot then points = points + value
  else redis.call('HDEL', KEYS[1], name) end
end
if now - ended >= forget then times = 0 end

if points < tonumber(ARGV[3]) then
  redis.call('HINCRBY', KEYS[1], string.format('%.0f', slot), ARGV[2])
  redis.call('PEXPIRE', KEYS[1], math.max(window, times > 0 and ended + forget - now or 0))
  return { now, 0 }
end
local duration = math.min(tonumber(ARGV[5]) * 2 ^ math.min(times, 40), tonumber(ARGV[6]))
redis.call('DEL', KEYS[1])
redis.call('HSET', KEYS[1], 'times', times + 1, 'ended', now + duration)
redis.call('PEXPIRE', KEYS[1], duration + forget)
block(KEYS[2], KEYS[3], ARGV[1], now, now + duration, ARGV[8], 'suspicion')
return { now, now + duration }
