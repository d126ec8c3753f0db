-- New events, each unless its mark says that it was accepted within the window.
-- KEYS 1 events  2 archive  3 marks (prefix: `:generation:bucket` is added)
-- ARGV 1 is this the second try of a call that may have been executed (1 or 0)?  2 name of the field that holds most of
--      an event  then for each event: mark ('' for none), bucket, the offer's number (five digits), window in ms, copy to
--      the archive (1 or 0), id, that field, body
-- Returns for each 'accepted' or 'duplicate'.
local EVENT = 8
local again, now, answers = ARGV[1] == '1', now_ms(), {}
local time = string.format('%.0f', now)

-- The places of this generation's buckets and of the one's before, without their numbers. All events of a call have the
-- same window but for those that meet a change of the configuration.
local places_of, current, before
local function find_places(window)
  if window == places_of then return end
  local generation = math.floor(now / window)
  places_of = window
  current, before = KEYS[3] .. ':' .. generation .. ':', KEYS[3] .. ':' .. (generation - 1) .. ':'
end

-- Marks stand in buckets of small hashes (18 bytes an id instead of 113), which expire as a whole: a mark may outlive
-- its window, so each carries its time (13 digits), and the number of the offer that made it. Both are one integer of
-- 64 bits to Redis, as the time alone would be; Lua's numbers hold 53.
local function publish(mark, bucket, number, window, archive, id, meta, body)
  if mark ~= '' then
    find_places(window)
    local seen = redis.call('HGET', current .. bucket, mark) or redis.call('HGET', before .. bucket, mark)
    if seen and now - tonumber(string.sub(seen, 1, 13)) < tonumber(window) then
      if again and string.sub(seen, 14) == number then return 'accepted' end
      return 'duplicate'
    end
  end
  redis.call('XADD', KEYS[1], '*', 'event_id', id, ARGV[2], meta, 'body', body)
  if archive == '1' then redis.call('XADD', KEYS[2], '*', 'event_id', id, ARGV[2], meta, 'body', body) end
  if mark ~= '' then
    redis.call('HSET', current .. bucket, mark, time .. number)
    if redis.call('HLEN', current .. bucket) == 1 then redis.call('PEXPIRE', current .. bucket, window * 2) end
  end
  return 'accepted'
end

for at = 3, #ARGV, EVENT do
  answers[#answers + 1] = publish(unpack(ARGV, at, at + EVENT - 1))
end
return answers
