-- A person blocks a client.
-- KEYS 1 blocked  2 blocked: why   ARGV 1 client  2 ms  3 reason  4 by whom
-- Returns time, and end and why (JSON) of the block in force.
local now = now_ms()
local ends = block(KEYS[1], KEYS[2], ARGV[1], now, now + tonumber(ARGV[2]), ARGV[3], ARGV[4])
return { now, ends, redis.call('HGET', KEYS[2], ARGV[1]) or '{}' }
