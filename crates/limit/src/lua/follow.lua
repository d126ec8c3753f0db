-- What a replica needs to know of the blocked addresses.
-- KEYS 1 blocked  2 blocked: why   ARGV 1 the state that it knows
-- Returns time, state, and the clients with the ends of their blocks, if the state is another.
local now = now_ms()
sweep(KEYS[1], KEYS[2], now)
local state = redis.call('HGET', KEYS[2], '*') or ''
if state == ARGV[1] then return { now, state, {} } end
return { now, state, redis.call('ZRANGEBYSCORE', KEYS[1], '(' .. now, '+inf', 'WITHSCORES') }
