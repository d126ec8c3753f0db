-- Requests of one client, as many as came together, against all limits of their endpoint at once.
-- KEYS 1 the log of the hour  2 the endpoint's clients  3 blocked  4 blocked: why  5… the log of each window
-- ARGV 1 who is counted  2 who is blocked  3 most entries of the hour  4 ms of the hour  5 most clients
--      6 ms to block for (0: never)  7 how many requests  8 how many more may be let in beforehand  9 for how many ms
--      10… for each window: ms, limit, reason of a block
-- Returns: number of the window that is over for the last of them (0: all are admitted), ms until it no longer is, time,
-- ms that the client is blocked for, 1 if they brought that about, how many are admitted, how many more are let in
-- beforehand, at which time those stand in the logs; and a list with, for each window: requests in it, ms until the oldest
-- of them leaves it.
local WINDOW = 10
-- Nothing is let in beforehand where less than so many times as much is left: near a limit each request is decided here.
local FAR, LEAST = 64, 16
local record, hour = KEYS[1], tonumber(ARGV[4])
local now = now_ms()
-- Time never runs backwards in a log: what is let in beforehand stands there at the end of its time.
local stamp = math.max(now, at(record, -1) or 0)
if stamp - now > 1000 then
  -- The clock was set back (another machine became the master): better to forget than to refuse until then.
  redis.call('DEL', record, unpack(KEYS, 5))
  stamp = now
end

-- Each window has a log of its own, so that its length is the count.
local recorded = prune(record, now - hour)
local asked, admitted = tonumber(ARGV[7]), tonumber(ARGV[7])
local windows = {}
for n = 1, #KEYS - 4 do
  local window = { log = KEYS[n + 4], ms = tonumber(ARGV[3 * n + WINDOW - 3]), limit = tonumber(ARGV[3 * n + WINDOW - 2]) }
  window.used = prune(window.log, now - window.ms)
  admitted = math.max(0, math.min(admitted, window.limit - window.used))
  windows[n] = window
end

local beforehand, ends = 0, now + tonumber(ARGV[9])
if admitted == asked then
  beforehand = tonumber(ARGV[8])
  for _, window in ipairs(windows) do
    local share = math.floor((window.limit - window.used - admitted) / FAR)
    beforehand = math.min(beforehand, share < LEAST and 0 or share)
  end
end

if admitted > 0 then
  -- As texts: a number is made one anew each time that it is handed to Redis.
  local times, stamp_text, ends_text = {}, string.format('%.0f', stamp), string.format('%.0f', ends)
  for n = 1, admitted do times[n] = stamp_text end
  for n = 1, beforehand do times[admitted + n] = ends_text end
  local most = tonumber(ARGV[3])
  redis.call('RPUSH', record, unpack(times))
  redis.call('PEXPIRE', record, hour)
  if recorded + #times > most then redis.call('LTRIM', record, -most, -1) end
  for _, window in ipairs(windows) do
    if window.log ~= record then
      redis.call('RPUSH', window.log, unpack(times))
      redis.call('PEXPIRE', window.log, window.ms + ends - now)
    end
    window.used = window.used + #times
  end
  redis.call('ZADD', KEYS[2], now, ARGV[1])
  redis.call('PEXPIRE', KEYS[2], hour)
  local too_many = redis.call('ZCARD', KEYS[2]) - tonumber(ARGV[5])
  if too_many > 0 then redis.call('ZREMRANGEBYRANK', KEYS[2], 0, too_many - 1) end
end

local over, wait, standing = 0, 0, {}
for n, window in ipairs(windows) do
  local leaves = window.ms
  -- More than the limit if that was lowered meanwhile: then some more have to leave.
  if window.used > 0 then leaves = at(window.log, math.max(0, window.used - window.limit)) + window.ms - now end
  if admitted < asked and window.used >= window.limit and leaves > wait then over, wait = n, leaves end
  standing[2 * n - 1], standing[2 * n] = window.used, leaves
end

local blocked_for, made = 0, 0
local duration = tonumber(ARGV[6])
if over > 0 and duration > 0 then
  local ends
  ends, made = block(KEYS[3], KEYS[4], ARGV[2], now, now + duration, ARGV[3 * over + WINDOW - 1], 'limit')
  blocked_for = ends - now
end
return { over, wait, now, blocked_for, made, admitted, beforehand, ends, standing }
