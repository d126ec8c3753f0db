-- A dead letter is thrown away. That it was there is told, if anything is.
-- KEYS 1 dead  2 life  ARGV 1 dead letter's id  2 lines of life kept
-- Returns 1, or 0 if it is not (or no longer) there.
local fields = fields_of(KEYS[1], ARGV[1])
if not fields then return 0 end
tell(KEYS[2], ARGV[2], 'step', 'discarded', 'event_id', value_of(fields, 'event_id') or '',
  'route', value_of(fields, 'route') or '', 'dead_letter', ARGV[1])
return redis.call('XDEL', KEYS[1], ARGV[1])
