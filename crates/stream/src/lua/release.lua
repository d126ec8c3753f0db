-- A refused request leaves the quarantine: it became an event.
-- KEYS 1 refused  2 sizes  ARGV 1 its id
-- Returns 1, or 0 if it is not (or no longer) there.
local fields = fields_of(KEYS[1], ARGV[1])
if not fields then return 0 end
local size = 0
for i = 1, #fields do size = size + #fields[i] end
redis.call('XDEL', KEYS[1], ARGV[1])
hold(KEYS[2], value_of(fields, 'client') or '', -1, -size)
return 1
