-- A new event, unless its mark says that it was accepted within the window.
-- KEYS 1 events  2 archive  3 marks (prefix: `:generation:bucket` is added)
-- ARGV 1 mark ('' for none)  2 bucket  3 window in ms  4 copy to the archive (1 or 0)  5… the entry's fields
-- Returns 'accepted', or 'duplicate'.
local mark, window = ARGV[1], tonumber(ARGV[3])
local now = now_ms()
local current
if mark ~= '' then
  -- Marks stand in buckets of small hashes (18 bytes an id instead of 113), which expire as a whole: a mark
  -- may outlive its window, so each carries its time.
  local generation = math.floor(now / window)
  current = KEYS[3] .. ':' .. generation .. ':' .. ARGV[2]
  local previous = KEYS[3] .. ':' .. (generation - 1) .. ':' .. ARGV[2]
  local seen = redis.call('HGET', current, mark) or redis.call('HGET', previous, mark)
  if seen and now - tonumber(seen) < window then return 'duplicate' end
end
redis.call('XADD', KEYS[1], '*', unpack(ARGV, 5))
if ARGV[4] == '1' then redis.call('XADD', KEYS[2], '*', unpack(ARGV, 5)) end
if current then
  redis.call('HSET', current, mark, now)
  if redis.call('HLEN', current) == 1 then redis.call('PEXPIRE', current, window * 2) end
end
return 'accepted'
