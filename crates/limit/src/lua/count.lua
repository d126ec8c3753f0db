-- How many requests the hour's logs of some clients hold of the last minute and hour, and how long each is blocked.
-- KEYS 1 blocked  2… logs   ARGV 1 ms of a minute  2 ms of an hour  3… the clients
-- Returns three numbers for each client.
local now, counts = now_ms(), {}
for i = 2, #KEYS do
  local ends = tonumber(redis.call('ZSCORE', KEYS[1], ARGV[i + 1]) or 0)
  counts[#counts + 1] = (younger(KEYS[i], now - tonumber(ARGV[1])))
  counts[#counts + 1] = (younger(KEYS[i], now - tonumber(ARGV[2])))
  counts[#counts + 1] = math.max(0, ends - now)
end
return counts
