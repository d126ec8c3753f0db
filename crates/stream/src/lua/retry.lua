-- A failed job waits for its next attempt in the retry stream; the due set says until when.
-- KEYS 1 stream  2 retry  3 due  ARGV 1 group  2 consumer  3 entry id  4 delay in ms  5… fields to change, in pairs
-- Returns 'moved', 'lost' (another consumer owns the entry), 'settled' (somebody had settled it) or 'missing' (the entry is gone).
local fields, why = in_hand(KEYS[1], ARGV[1], ARGV[2], ARGV[3])
if not fields then return why end
local waiting = redis.call('XADD', KEYS[2], '*', unpack(with_args(fields, ARGV, 5)))
redis.call('ZADD', KEYS[3], now_ms() + tonumber(ARGV[4]), waiting)
settle(KEYS[1], ARGV[1], ARGV[3])
return 'moved'
