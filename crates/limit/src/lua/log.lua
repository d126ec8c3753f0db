-- A log is a list of the times (ms) at which requests were admitted, oldest first. A list takes about 11 bytes
-- an entry where a sorted set takes 100, and is in order by itself: time never runs backwards in it.

local function at(log, index)
  return tonumber(redis.call('LINDEX', log, index))
end

-- Of the newest `most` entries, how many are younger than `since`? And the index of the oldest of those.
local function younger(log, length, since, most)
  local low, high = math.max(0, length - most), length
  while low < high do
    local middle = math.floor((low + high) / 2)
    if at(log, middle) > since then high = middle else low = middle + 1 end
  end
  return length - low, low
end
