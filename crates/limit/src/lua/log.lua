-- A log is a list of the times (ms) at which requests were admitted, oldest first. A list takes about 11 bytes
-- an entry where a sorted set takes 100, and is in order by itself: time never runs backwards in it.

local function at(log, index)
  return tonumber(redis.call('LINDEX', log, index))
end

-- How many entries are younger than `since`? And the index of the oldest of those.
local function younger(log, since)
  local length = redis.call('LLEN', log)
  local low, high = 0, length
  while low < high do
    local middle = math.floor((low + high) / 2)
    if at(log, middle) > since then high = middle else low = middle + 1 end
  end
  return length - low, low
end

-- Removes what is not younger than `since`. One or two entries as a rule, many after a pause. Returns how many are left.
local function prune(log, since)
  for _ = 1, 4 do
    local oldest = at(log, 0)
    if not oldest then return 0 end
    if oldest > since then return redis.call('LLEN', log) end
    redis.call('LPOP', log)
  end
  local left, first = younger(log, since)
  redis.call('LTRIM', log, first, -1)
  return left
end
