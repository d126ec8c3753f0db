-- Up to `count` jobs, taken from the streams in the order given: an urgent stream is emptied first.
-- (XREADGROUP over several streams would return `count` from each.)
-- KEYS streams in the order to try  ARGV 1 group  2 consumer  3 count
-- Returns {{place of the stream in KEYS from 0, id, fields}, …}
local wanted, taken = tonumber(ARGV[3]), {}
for place, stream in ipairs(KEYS) do
  if wanted <= 0 then break end
  local reply = redis.call('XREADGROUP', 'GROUP', ARGV[1], ARGV[2], 'COUNT', wanted, 'STREAMS', stream, '>')
  if reply then
    for _, entry in ipairs(reply[1][2]) do
      taken[#taken + 1] = { place - 1, entry[1], entry[2] }
      wanted = wanted - 1
    end
  end
end
return taken
