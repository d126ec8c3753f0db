-- A request against all limits of its endpoint and client at once.
-- KEYS 1 the log  2 the endpoint's clients  3 blocked  4 blocked: why
-- ARGV 1 who is counted  2 who is blocked  3 most entries  4 ms to keep them  5 most clients
--      6 ms to block for (0: never)  7… for each window: ms, limit, reason of a block
-- Returns: number of the window that is over (0: admitted), ms until it no longer is, time, ms that the client is
-- blocked for, 1 if this request brought that about; then for each window: requests in it, ms until the oldest of
-- them leaves it.
local log = KEYS[1]
local now = now_ms()
local last = at(log, -1)
if last and last > now then
  if last - now > 1000 then
    -- The clock was set back (another machine became the master): better to forget than to refuse until then.
    redis.call('DEL', log)
  else
    now = last
  end
end

local length = redis.call('LLEN', log)
local over, wait, windows = 0, 0, {}
for i = 7, #ARGV, 3 do
  local window, limit = tonumber(ARGV[i]), tonumber(ARGV[i + 1])
  local used, first = younger(log, length, now - window, limit)
  local leaves = window
  if used > 0 then leaves = at(log, first) + window - now end
  if used >= limit and leaves > wait then over, wait = i, leaves end
  windows[#windows + 1] = used
  windows[#windows + 1] = leaves
end

if over > 0 then
  local blocked_for, made = 0, 0
  local duration = tonumber(ARGV[6])
  if duration > 0 then
    local ends
    ends, made = block(KEYS[3], KEYS[4], ARGV[2], now, now + duration, ARGV[over + 2], 'limit')
    blocked_for = ends - now
  end
  return { (over - 4) / 3, wait, now, blocked_for, made, unpack(windows) }
end

local most, keep = tonumber(ARGV[3]), tonumber(ARGV[4])
redis.call('RPUSH', log, now)
if length + 1 > most then redis.call('LTRIM', log, -most, -1) end
for _ = 1, 4 do
  if at(log, 0) <= now - keep then redis.call('LPOP', log) end
end
redis.call('PEXPIRE', log, keep)
redis.call('ZADD', KEYS[2], now, ARGV[1])
local too_many = redis.call('ZCARD', KEYS[2]) - tonumber(ARGV[5])
if too_many > 0 then redis.call('ZREMRANGEBYRANK', KEYS[2], 0, too_many - 1) end
redis.call('PEXPIRE', KEYS[2], keep)
for i = 1, #windows, 2 do windows[i] = windows[i] + 1 end
return { 0, 0, now, 0, 0, unpack(windows) }
