-- Removes consumers that are long silent, and only those with nothing pending: DELCONSUMER drops what is pending.
-- KEYS 1 stream  ARGV 1 group  2 silent for this many ms
-- Returns how many were removed.
local removed = 0
for _, info in ipairs(redis.call('XINFO', 'CONSUMERS', KEYS[1], ARGV[1])) do
  if tonumber(value_of(info, 'pending')) == 0 and tonumber(value_of(info, 'idle')) > tonumber(ARGV[2]) then
    redis.call('XGROUP', 'DELCONSUMER', KEYS[1], ARGV[1], value_of(info, 'name'))
    removed = removed + 1
  end
end
return removed
