-- Dead letters whose time is up leave: those named, which are archived; or the oldest, where the operator has said that they
-- may be thrown away. Whoever asks: none goes that is not due, or was replayed or discarded meanwhile; each is told of.
-- KEYS 1 dead  2 life
-- ARGV 1 'archived' or 'discarded'  2 longest age in ms  3 most letters  4 lines of life kept
--      5… the ids if they are archived, else how many at most
-- Returns id, event and route of each that left, one after the other.
local how, longest, most = ARGV[1], tonumber(ARGV[2]), tonumber(ARGV[3])
local ids = {}
if how == 'archived' then
  for i = 5, #ARGV do ids[#ids + 1] = ARGV[i] end
else
  for _, letter in ipairs(outlived(KEYS[1], longest, most, tonumber(ARGV[5]), '-')) do ids[#ids + 1] = letter[1] end
end

local oldest, too_many, gone = now_ms() - longest, redis.call('XLEN', KEYS[1]) - most, {}
for _, id in ipairs(ids) do
  local fields = (too_many > 0 or time_of(id) < oldest) and fields_of(KEYS[1], id)
  if fields then
    local event, route = value_of(fields, 'event_id') or '', value_of(fields, 'route') or ''
    tell(KEYS[2], ARGV[4], 'step', 'expired', 'event_id', event, 'route', route, 'dead_letter', id, 'how', how)
    redis.call('XDEL', KEYS[1], id)
    too_many = too_many - 1
    gone[#gone + 1], gone[#gone + 2], gone[#gone + 3] = id, event, route
  end
end
return gone
