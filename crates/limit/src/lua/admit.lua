-- Requests of one client, as many as came together, against all limits of their endpoint at once.
-- KEYS 1 the log of the hour  2 the endpoint's clients  3 blocked  4 blocked: why  5… the log of each window
-- ARGV 1 who is counted  2 who is blocked  3 most entries of the hour  4 ms of the hour  5 most clients
--      6 ms to block for (0: never)  7 how many requests  8… for each window: ms, limit, reason of a block
-- Returns: number of the window that is over for the last of them (0: all are admitted), ms until it no longer is, time,
-- ms that the client is blocked for, 1 if they brought that about, how many are admitted; then for each window: requests
-- in it, ms until the oldest of them leaves it.
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
local asked, admitted = tonumber(ARGV[7]), tonumber(ARGV[7])
local windows = {}
for n = 1, #KEYS - 4 do
  local window = { log = KEYS[n + 4], ms = tonumber(ARGV[3 * n + 5]), limit = tonumber(ARGV[3 * n + 6]) }
  window.used = prune(window.log, now - window.ms)
  admitted = math.max(0, math.min(admitted, window.limit - window.used))
  windows[n] = window
end

if admitted > 0 then
  local times = {}
  for n = 1, admitted do times[n] = now end
  local most = tonumber(ARGV[3])
  redis.call('RPUSH', record, unpack(times))
  redis.call('PEXPIRE', record, hour)
  if recorded + admitted > most then redis.call('LTRIM', record, -most, -1) end
  for _, window in ipairs(windows) do
    if window.log ~= record then
      redis.call('RPUSH', window.log, unpack(times))
      redis.call('PEXPIRE', window.log, window.ms)
    end
    window.used = window.used + admitted
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
  ends, made = block(KEYS[3], KEYS[4], ARGV[2], now, now + duration, ARGV[3 * over + 7], 'limit')
  blocked_for = ends - now
end
return { over, wait, now, blocked_for, made, admitted, unpack(standing) }
