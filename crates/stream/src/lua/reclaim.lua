-- Entries whose consumer has not renewed its lease come to us. The cursor must be kept between calls: a scan
-- that always starts anew never passes a page of fresh entries.
-- KEYS 1 stream  ARGV 1 group  2 consumer  3 idle ms  4 cursor  5 how many at most
-- Returns {next cursor, {{id, times delivered, fields}, …}, how many were found deleted}
local reply = redis.call('XAUTOCLAIM', KEYS[1], ARGV[1], ARGV[2], ARGV[3], ARGV[4], 'COUNT', ARGV[5])
local taken = {}
for _, entry in ipairs(reply[2]) do
  local pending = redis.call('XPENDING', KEYS[1], ARGV[1], entry[1], entry[1], 1)
  taken[#taken + 1] = { entry[1], pending[1] and pending[1][4] or 1, entry[2] }
end
return { reply[1], taken, #(reply[3] or {}) }
