-- A request against all limits of its endpoint and client at once.
-- KEYS 1 the log of the hour  2 the endpoint's clients  3 blocked  4 blocked: why  5… the log of each window
-- ARGV 1 who is counted  2 who is blocked  3 most entries of the hour  4 ms of the hour  5 most clients
--      6 ms to block for (0: never)  7… for each window: ms, limit, reason of a block
-- Returns: number of the window that is over (0: admitted), ms until it no longer is, time, ms that the client is
-- blocked for, 1 if this request brought that about; then for each window: requests in it, ms until the oldest of
-- them leaves it.
local record, hour = KEYS[1], tonumber(ARGV[4])
local now = now_ms()
local last = at(record, -1)
if last and last > now then
  if last - now > 1000 then
    -- The clock was set back (another machine became the master): better to forget than to refuse until then.
    redis.call('DEL', record, unpack(KEYS, 5))
  else
    now = last
  end
end

-- Each window has a log of its own, so that its length is the count.
local recorded = prune(record, now - hour)
local over, wait, windows = 0, 0, {}
for n = 1, #KEYS - 4 do
  local log, window, limit = KEYS[n + 4], tonumber(ARGV[3 * n + 4]), tonumber(ARGV[3 * n + 5])
  local used, leaves = prune(log, now - window), window
  -- More than the limit if that was lowered meanwhile: then some more have to leave.
  if used > 0 then leaves = at(log, math.max(0, used - limit)) + window - now end
  if used >= limit and leaves > wait then over, wait = n, leaves end
  windows[#windows + 1] = used
  windows[#windows + 1] = leaves
end

if over > 0 then
  local blocked_for, made = 0, 0
  local duration = tonumber(ARGV[6])
  if duration > 0 then
    local ends
    ends, made = block(KEYS[3], KEYS[4], ARGV[2], now, now + duration, ARGV[3 * over + 6], 'limit')
    blocked_for = ends - now
  end
  return { over, wait, now, blocked_for, made, unpack(windows) }
end

local most = tonumber(ARGV[3])
redis.call('RPUSH', record, now)
redis.call('PEXPIRE', record, hour)
if recorded + 1 > most then redis.call('LTRIM', record, -most, -1) end
for n = 1, #KEYS - 4 do
  if KEYS[n + 4] ~= record then
    redis.call('RPUSH', KEYS[n + 4], now)
    redis.call('PEXPIRE', KEYS[n + 4], ARGV[3 * n + 4])
  end
  windows[2 * n - 1] = windows[2 * n - 1] + 1
end
redis.call('ZADD', KEYS[2], now, ARGV[1])
redis.call('PEXPIRE', KEYS[2], hour)
local too_many = redis.call('ZCARD', KEYS[2]) - tonumber(ARGV[5])
if too_many > 0 then redis.call('ZREMRANGEBYRANK', KEYS[2], 0, too_many - 1) end
return { 0, 0, now, 0, 0, unpack(windows) }
