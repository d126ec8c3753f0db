-- One of several processes leads, as long as it renews its lease.
-- KEYS 1 lease  ARGV 1 me  2 lease in ms
-- Returns 1 if we lead, else 0.
local holder = redis.call('GET', KEYS[1])
if holder and holder ~= ARGV[1] then return 0 end
redis.call('SET', KEYS[1], ARGV[1], 'PX', ARGV[2])
return 1
