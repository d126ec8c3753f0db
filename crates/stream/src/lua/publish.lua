-- New events, each unless its mark says that it was accepted within the window.
-- KEYS 1 events  2 archive  3 marks (prefix: `:generation:bucket` is added)
-- ARGV 1 is this the second try of a call that may have been executed (1 or 0)?  then for each event: mark ('' for
--      none), bucket, the offer's number (five digits), window in ms, copy to the archive (1 or 0), how many arguments
--      its fields are, the fields
-- Returns for each 'accepted' or 'duplicate'.
local now, answers, again = now_ms(), {}, ARGV[1] == '1'

-- Marks stand in buckets of small hashes (18 bytes an id instead of 113), which expire as a whole: a mark may outlive
-- its window, so each carries its time (13 digits), and the number of the offer that made it. Both are one integer of
-- 64 bits to Redis, as the time alone would be; Lua's numbers hold 53.
local function publish(mark, bucket, number, window, archive, first, last)
  local current
  if mark ~= '' then
    local generation = math.floor(now / window)
    current = KEYS[3] .. ':' .. generation .. ':' .. bucket
    local seen = redis.call('HGET', current, mark)
      or redis.call('HGET', KEYS[3] .. ':' .. (generation - 1) .. ':' .. bucket, mark)
    if seen and now - tonumber(string.sub(seen, 1, 13)) < window then
      if again and string.sub(seen, 14) == number then return 'accepted' end
      return 'duplicate'
    end
  end
  redis.call('XADD', KEYS[1], '*', unpack(ARGV, first, last))
  if archive == '1' then redis.call('XADD', KEYS[2], '*', unpack(ARGV, first, last)) end
  if current then
    redis.call('HSET', current, mark, string.format('%.0f', now) .. number)
    if redis.call('HLEN', current) == 1 then redis.call('PEXPIRE', current, window * 2) end
  end
  return 'accepted'
end

local at = 2
while at <= #ARGV do
  local first = at + 6
  local last = first + tonumber(ARGV[at + 5]) - 1
  answers[#answers + 1] =
    publish(ARGV[at], ARGV[at + 1], ARGV[at + 2], tonumber(ARGV[at + 3]), ARGV[at + 4], first, last)
  at = last + 1
end
return answers
