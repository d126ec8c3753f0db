-- A failed job waits for its next attempt in the retry stream; the due set says until when.
-- KEYS 1 stream  2 retry  3 due  4 life
-- ARGV 1 group  2 consumer  3 entry id  4 delay in ms  5 lines of life kept  6 when the attempt began  7 its status
--      8… fields to change, in pairs
-- Returns 'moved', 'lost' (another consumer owns the entry), 'settled' (somebody had settled it) or 'missing' (the entry is gone).
local fields, why = in_hand(KEYS[1], ARGV[1], ARGV[2], ARGV[3])
if not fields then return why end
with_args(fields, ARGV, 8)
local due = wait(KEYS[2], KEYS[3], fields, tonumber(ARGV[4]))
tell(KEYS[4], ARGV[5], 'step', 'failed', 'event_id', value_of(fields, 'event_id') or '', 'route', value_of(fields, 'route') or '',
  'attempt', value_of(fields, 'attempts') or '', 'began', ARGV[6], 'status', ARGV[7],
  'error', value_of(fields, 'error') or '', 'due', due)
settle(KEYS[1], ARGV[1], ARGV[3])
return 'moved'
