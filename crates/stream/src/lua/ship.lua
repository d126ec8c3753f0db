-- What a process has counted, once: a shipment of which it did not hear comes again under the same number.
-- KEYS 1 increments  2 shipped (number of this process' last)  ARGV 1 number  2… series and by how much it grew, in pairs
-- Returns 'shipped', or 'known' if it had been before.
local last = tonumber(redis.call('GET', KEYS[2]) or '0')
if last >= tonumber(ARGV[1]) then return 'known' end
redis.call('XADD', KEYS[1], '*', unpack(ARGV, 2))
redis.call('SET', KEYS[2], ARGV[1], 'PX', 3600000)
return 'shipped'
