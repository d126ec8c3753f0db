-- The totals and what is not yet added to them, at one moment. No transaction: once Redis is out of memory it
-- refuses those, even to read, and a full Redis is when an operator looks.
-- KEYS 1 increments  2 totals
-- Returns {totals, entries of increments}
return { redis.call('HGETALL', KEYS[2]), redis.call('XRANGE', KEYS[1], '-', '+') }
