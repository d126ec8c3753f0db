-- An entry that can't be delivered goes to the dead letters, with why and with all that it needs to be replayed.
-- KEYS 1 stream  2 dead  3 results  4 shared  5 how many jobs share each  6 life
-- ARGV 1 group  2 consumer  3 entry id  4 result for whoever waits ('' for nobody)  5 lines of life kept  6 when the last
--      attempt began ('' if none was made)  7… fields to change, in pairs
-- Returns 'moved', 'lost' (another consumer owns the entry), 'settled' (somebody had settled it) or 'missing' (the entry is gone).
local fields, why = in_hand(KEYS[1], ARGV[1], ARGV[2], ARGV[3])
if not fields then return why end
local shared = value_of(fields, 'shared')
local letter = with_args(unpacked(whole(fields, KEYS[4])), ARGV, 7)
local id = redis.call('XADD', KEYS[2], '*', unpack(letter))
if ARGV[4] ~= '' then
  redis.call('RPUSH', KEYS[3], ARGV[4])
  redis.call('EXPIRE', KEYS[3], 300)
end
tell(KEYS[6], ARGV[5], 'step', 'dead', 'event_id', value_of(letter, 'event_id') or '', 'route', value_of(letter, 'route') or '',
  'attempt', value_of(letter, 'attempts') or '', 'began', ARGV[6], 'status', value_of(letter, 'status') or '',
  'error', value_of(letter, 'error') or '', 'reason', value_of(letter, 'reason') or '',
  'dead_letter', id)
settle(KEYS[1], ARGV[1], ARGV[3])
if shared then let_go(KEYS[4], KEYS[5], shared) end
return 'moved'
