-- A refused request into the quarantine: a bounded log, the one stream that is trimmed. What is kept there was never
-- accepted, so nothing is lost that anybody was promised.
-- KEYS 1 refused  2 sizes: entries and bytes held by each address, bytes of all  3 the address' counter of this minute
-- ARGV 1 address  2 most entries  3 most bytes  4 longest age in ms  5 most entries a minute of one address
--      6… the entry's fields
-- Returns 'kept', or 'bounded' where the address has had its share or the entry is too large.
local address, most_entries, most_bytes = ARGV[1], tonumber(ARGV[2]), tonumber(ARGV[3])
local longest, a_minute = tonumber(ARGV[4]), tonumber(ARGV[5])

local function size_of(fields, first)
  local size = 0
  for i = first, #fields do size = size + #fields[i] end
  return size
end

-- Whatever was deleted by hand, an empty log holds nothing.
if redis.call('XLEN', KEYS[1]) == 0 then redis.call('DEL', KEYS[2]) end
local size = size_of(ARGV, 6)

-- One address holds at most a quarter, of entries and of bytes: its flood pushes out nobody else's.
local held = redis.call('HMGET', KEYS[2], 'entries:' .. address, 'bytes:' .. address)
local entries, bytes = tonumber(held[1] or 0), tonumber(held[2] or 0)
if (entries + 1) * 4 > most_entries or (bytes + size) * 4 > most_bytes then return 'bounded' end
local taken = redis.call('INCR', KEYS[3])
if taken == 1 then redis.call('PEXPIRE', KEYS[3], 60000) end
if taken > a_minute then return 'bounded' end

redis.call('XADD', KEYS[1], '*', unpack(ARGV, 6))
hold(KEYS[2], address, 1, size)

-- The oldest go: those that are too old, and as many as are too much.
local oldest = now_ms() - longest
while true do
  local first = redis.call('XRANGE', KEYS[1], '-', '+', 'COUNT', 1)[1]
  local too_old = tonumber(string.match(first[1], '^%d+')) < oldest
  local too_much = redis.call('XLEN', KEYS[1]) > most_entries
    or tonumber(redis.call('HGET', KEYS[2], 'bytes')) > most_bytes
  if not too_old and not too_much then break end
  redis.call('XDEL', KEYS[1], first[1])
  hold(KEYS[2], value_of(first[2], 'client') or '', -1, -size_of(first[2], 1))
  if redis.call('XLEN', KEYS[1]) == 0 then break end
end

-- When nothing is refused any more, nothing trims: then all of it goes at once.
if redis.call('EXISTS', KEYS[1]) == 1 then
  redis.call('PEXPIRE', KEYS[1], longest)
  redis.call('PEXPIRE', KEYS[2], longest)
end
return 'kept'
