-- Entries whose consumer has not renewed its lease come to us. The cursor must be kept between calls: a scan
-- that always starts anew never passes a page of fresh entries.
-- KEYS 1 stream  ARGV 1 group  2 consumer  3 idle ms  4 cursor  5 how many at most
-- Returns {next cursor, {{id, times delivered, fields}, …}, how many were found deleted, how many were in nobody's hands}
local OLDEST = 10
local reply = redis.call('XAUTOCLAIM', KEYS[1], ARGV[1], ARGV[2], ARGV[3], ARGV[4], 'COUNT', ARGV[5])
local taken = {}
for _, entry in ipairs(reply[2]) do
  local pending = redis.call('XPENDING', KEYS[1], ARGV[1], entry[1], entry[1], 1)
  taken[#taken + 1] = { entry[1], pending[1] and pending[1][4] or 1, entry[2] }
end

-- An entry that was handed out and is in nobody's hands, yet stands here, would never be seen again. No step of ours leaves
-- one behind; a Redis that was killed in the midst of one has. What else was handed out is settled in the end, so that such
-- an entry is among the oldest.
local found = 0
if ARGV[4] == '0-0' then
  for _, group in ipairs(redis.call('XINFO', 'GROUPS', KEYS[1])) do
    local last = value_of(group, 'name') == ARGV[1] and value_of(group, 'last-delivered-id')
    for _, entry in ipairs(last and redis.call('XRANGE', KEYS[1], '-', last, 'COUNT', OLDEST) or {}) do
      if #taken < tonumber(ARGV[5]) and not owner(KEYS[1], ARGV[1], entry[1]) then
        redis.call('XCLAIM', KEYS[1], ARGV[1], ARGV[2], 0, entry[1], 'FORCE', 'JUSTID')
        taken[#taken + 1] = { entry[1], 2, entry[2] }
        found = found + 1
      end
    end
  end
end
return { reply[1], taken, #(reply[3] or {}), found }
