-- Keeps the lease on entries still being worked on: their idle time starts anew, without counting a delivery.
-- KEYS 1 stream  ARGV 1 group  2 consumer  3… ids
-- Returns the ids that are no longer ours.
local lost = {}
for i = 3, #ARGV do
  if owner(KEYS[1], ARGV[1], ARGV[i]) == ARGV[2] then
    redis.call('XCLAIM', KEYS[1], ARGV[1], ARGV[2], 0, ARGV[i], 'JUSTID')
  else
    lost[#lost + 1] = ARGV[i]
  end
end
return lost
