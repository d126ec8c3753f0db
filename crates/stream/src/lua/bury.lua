-- An entry that can't be delivered goes to the dead letters, with why.
-- KEYS 1 stream  2 dead  3 results  ARGV 1 group  2 consumer  3 entry id  4 result for whoever waits ('' for nobody)
--      5… fields to change, in pairs
-- Returns 'moved', 'lost' (another consumer owns the entry), 'settled' (somebody had settled it) or 'missing' (the entry is gone).
local fields, why = in_hand(KEYS[1], ARGV[1], ARGV[2], ARGV[3])
if not fields then return why end
redis.call('XADD', KEYS[2], '*', unpack(with_args(fields, ARGV, 5)))
if ARGV[4] ~= '' then
  redis.call('RPUSH', KEYS[3], ARGV[4])
  redis.call('EXPIRE', KEYS[3], 300)
end
settle(KEYS[1], ARGV[1], ARGV[3])
return 'moved'
