-- How many requests the logs of some clients hold of the last minute and hour, and how long each is blocked.
-- KEYS 1 blocked  2… logs   ARGV 1 ms of a minute  2 ms of an hour  3… the clients
-- Returns three numbers for each client.
local now, counts = now_ms(), {}
for i = 2, #KEYS do
  local length = redis.call('LLEN', KEYS[i])
  local ends = tonumber(redis.call('ZSCORE', KEYS[1], ARGV[i + 1]) or 0)
  counts[#counts + 1] = (younger(KEYS[i], length, now - tonumber(ARGV[1]), length))
  counts[#counts + 1] = (younger(KEYS[i], length, now - tonumber(ARGV[2]), length))
  counts[#counts + 1] = math.max(0, ends - now)
end
return counts
