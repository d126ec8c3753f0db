-- Put before every step. Order inside a script: check, then add, then remove: scripts are atomic but are
-- not rolled back when one of their commands fails, and an event in two places beats an event in none.

local function now_ms()
  local time = redis.call('TIME')
  return time[1] * 1000 + math.floor(time[2] / 1000)
end

-- Who holds this entry? Nobody, if it was settled. A consumer whose lease ran out must not move what another owns.
local function owner(stream, group, id)
  local pending = redis.call('XPENDING', stream, group, id, id, 1)
  return pending[1] and pending[1][2]
end

-- The entry's fields as a flat list; nil if the entry is gone.
local function fields_of(stream, id)
  local found = redis.call('XRANGE', stream, id, id)
  return found[1] and found[1][2]
end

-- The fields of an entry that this consumer may move; or nil and why not: 'lost' (another consumer holds it), 'settled'
-- (nobody does any more) or 'missing' (somebody deleted it by hand, and it is forgotten now).
local function in_hand(stream, group, consumer, id)
  local holder = owner(stream, group, id)
  if holder ~= consumer then return nil, holder and 'lost' or 'settled' end
  local fields = fields_of(stream, id)
  if not fields then
    redis.call('XACK', stream, group, id)
    return nil, 'missing'
  end
  return fields
end

local function value_of(fields, name)
  for i = 1, #fields, 2 do
    if fields[i] == name then return fields[i + 1] end
  end
end

-- `fields`, changed in place: each pair of `args` from `first` on replaces the field of that name, or is added.
local function with_args(fields, args, first)
  for i = first, #args, 2 do
    local at = #fields + 1
    for j = 1, #fields, 2 do
      if fields[j] == args[i] then at = j end
    end
    fields[at], fields[at + 1] = args[i], args[i + 1]
  end
  return fields
end

-- An entry's fields stand in the retry stream until `delay` ms have passed. Returns when that is.
local function wait(retry, due, fields, delay)
  local time = now_ms() + delay
  redis.call('ZADD', due, time, (redis.call('XADD', retry, '*', unpack(fields))))
  return time
end

local function settle(stream, group, id)
  redis.call('XACK', stream, group, id)
  redis.call('XDEL', stream, id)
end

-- An event that became several jobs stands once, in `shared`, and each of its jobs names it there; `left` counts the
-- jobs that still do. One job fewer.
local function let_go(shared, left, id)
  if redis.call('HINCRBY', left, id, -1) <= 0 then
    redis.call('HDEL', left, id)
    redis.call('XDEL', shared, id)
  end
end

-- A job's fields with those of the event that it shares.
local function whole(fields, shared)
  local id = value_of(fields, 'shared')
  if not id then return fields end
  local all = {}
  local function add(some, but)
    for i = 1, #some, 2 do
      if some[i] ~= but then all[#all + 1], all[#all + 2] = some[i], some[i + 1] end
    end
  end
  add(fields, 'shared')
  add(fields_of(shared, id) or {}, 'event_id')
  return all
end

-- While an entry is on its way small fields stand together in one, whose name lists them, as a JSON array of texts. Here
-- each stands by itself; what is not packed so stays as it is.
local function unpacked(fields)
  local all = {}
  local function add(name, value) all[#all + 1], all[#all + 2] = name, value end
  for i = 1, #fields, 2 do
    local is_packed = string.find(fields[i], ',', 1, true)
    local fine, values = pcall(cjson.decode, is_packed and fields[i + 1] or '')
    if fine and type(values) == 'table' then
      local place = 0
      for name in string.gmatch(fields[i], '[^,]+') do
        place = place + 1
        add(name, tostring(values[place] or ''))
      end
    else
      add(fields[i], fields[i + 1])
    end
  end
  return all
end

-- One of several does not hold up the rest: what it returns, or `failed: ` and why not.
local function try(step, ...)
  local fine, answer = pcall(step, ...)
  if fine then return answer end
  return 'failed: ' .. (type(answer) == 'table' and answer.err or tostring(answer))
end

-- A line in the life of an event; the newest `most` lines of all events are kept. What happened has happened: it does
-- not fail because it can't be told.
local function tell(life, most, ...)
  if most ~= '0' then redis.pcall('XADD', life, 'MAXLEN', '~', most, '*', ...) end
end

-- What the quarantine holds of an address, and in all, becomes this much more (or less).
local function hold(sizes, address, entries, bytes)
  redis.call('HINCRBY', sizes, 'bytes', bytes)
  redis.call('HINCRBY', sizes, 'bytes:' .. address, bytes)
  if redis.call('HINCRBY', sizes, 'entries:' .. address, entries) <= 0 then
    redis.call('HDEL', sizes, 'entries:' .. address, 'bytes:' .. address)
  end
end

-- When an entry was added.
local function time_of(id)
  return tonumber(string.match(id, '^%d+'))
end

-- The dead letters from `from` on whose time is up, oldest first, at most `count`: those older than `longest`, and as many
-- as there are more than `most`. What is not due is not even read, but for the first.
local function outlived(dead, longest, most, count, from)
  local too_many = math.min(redis.call('XLEN', dead) - most, count)
  local end_of_time = string.format('(%.0f-0', math.max(0, now_ms() - longest))
  local old = redis.call('XRANGE', dead, from, end_of_time, 'COUNT', count)
  if #old >= too_many then return old end
  return redis.call('XRANGE', dead, from, '+', 'COUNT', too_many)
end
