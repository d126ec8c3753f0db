-- New events, each unless its mark says that it was accepted within the window.
-- KEYS 1 events  2 archive  3 marks (prefix: `:generation:bucket` is added)
-- ARGV for each event: mark ('' for none), bucket, window in ms, copy to the archive (1 or 0), how many arguments its
--      fields are, the fields
-- Returns for each 'accepted' or 'duplicate'.
local now, answers = now_ms(), {}

-- Marks stand in buckets of small hashes (18 bytes an id instead of 113), which expire as a whole: a mark may outlive
-- its window, so each carries its time.
local function publish(mark, bucket, window, archive, first, last)
  local current
  if mark ~= '' then
    local generation = math.floor(now / window)
    current = KEYS[3] .. ':' .. generation .. ':' .. bucket
    local seen = redis.call('HGET', current, mark)
      or redis.call('HGET', KEYS[3] .. ':' .. (generation - 1) .. ':' .. bucket, mark)
    if seen and now - tonumber(seen) < window then return 'duplicate' end
  end
  redis.call('XADD', KEYS[1], '*', unpack(ARGV, first, last))
  if archive == '1' then redis.call('XADD', KEYS[2], '*', unpack(ARGV, first, last)) end
  if current then
    redis.call('HSET', current, mark, now)
    if redis.call('HLEN', current) == 1 then redis.call('PEXPIRE', current, window * 2) end
  end
  return 'accepted'
end

local at = 1
while at <= #ARGV do
  local first = at + 5
  local last = first + tonumber(ARGV[at + 4]) - 1
  answers[#answers + 1] = publish(ARGV[at], ARGV[at + 1], tonumber(ARGV[at + 2]), ARGV[at + 3], first, last)
  at = last + 1
end
return answers
