-- A person lifts a block; earlier offences are forgotten.
-- KEYS 1 blocked  2 blocked: why  3 suspicion   ARGV 1 client
-- Returns 1 if the client was blocked.
local stands = tonumber(redis.call('ZSCORE', KEYS[1], ARGV[1]) or 0)
redis.call('DEL', KEYS[3])
lift(KEYS[1], KEYS[2], { ARGV[1] })
changed(KEYS[2])
return stands > now_ms() and 1 or 0
