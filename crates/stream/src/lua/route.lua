-- Each event becomes one job for each route that it matched; its entry goes in the same step.
-- KEYS 1 events  2–5 jobs by priority  6 shared  7 how many jobs share each  8 life
-- ARGV 1 group  2 consumer  3 lines of life kept  4 name of the field that holds most of an event  5 of that of a plan
--      6 of that of a line of life  then for each event: entry id, the first of these ('' leaves what the entry has), the
--      third ('' tells nothing), how many jobs, and for each of these: place of its stream (0–3), job, route, the second
-- Returns for each event 'routed', 'lost' (another consumer owns the entry), 'settled' (it was routed), 'missing' (the
-- entry is gone), or what Redis said against it.
local EVENT, JOB = 4, 4
local PRIORITY = { [0] = 'critical', 'high', 'normal', 'low' }
local done = {}

-- What a router has read at once stands together, and is looked up together; whatever does not, one by one.
local function look_up(ids)
  local fields = {}
  local pending = redis.call('XPENDING', KEYS[1], ARGV[1], ids[1], ids[#ids], #ids)
  for _, entry in ipairs(pending) do
    if entry[2] ~= ARGV[2] then return fields end
  end
  if #pending < #ids then return fields end
  for _, entry in ipairs(redis.call('XRANGE', KEYS[1], ids[1], pending[#pending][1], 'COUNT', #ids)) do
    fields[entry[1]] = entry[2]
  end
  return fields
end

local function job(at, ...)
  local place = tonumber(ARGV[at])
  redis.call('XADD', KEYS[2 + place], '*',
    'job', ARGV[at + 1], 'route', ARGV[at + 2], 'priority', PRIORITY[place], ARGV[5], ARGV[at + 3],
    'attempts', '0', ...)
end

local function route(fields, at, jobs)
  local id, meta, first = ARGV[at], ARGV[at + 1], at + EVENT
  local why
  if not fields then fields, why = in_hand(KEYS[1], ARGV[1], ARGV[2], id) end
  if not fields then return why end
  if meta ~= '' then with_args(fields, { ARGV[4], meta }, 1) end
  if jobs == 1 then
    job(first, unpack(fields))
  elseif jobs > 1 then
    local shared = redis.call('XADD', KEYS[6], '*', unpack(fields))
    redis.call('HSET', KEYS[7], shared, jobs)
    local event = value_of(fields, 'event_id') or ''
    for n = 0, jobs - 1 do job(first + n * JOB, 'event_id', event, 'shared', shared) end
  end
  if ARGV[at + 2] ~= '' then tell(KEYS[8], ARGV[3], ARGV[6], ARGV[at + 2]) end
  done[#done + 1] = id
  return 'routed'
end

local events, ids, at = {}, {}, 7
while at <= #ARGV do
  local jobs = tonumber(ARGV[at + EVENT - 1])
  events[#events + 1], ids[#ids + 1] = { at = at, jobs = jobs }, ARGV[at]
  at = at + EVENT + jobs * JOB
end
local found, answers = look_up(ids), {}
for n, event in ipairs(events) do
  answers[n] = try(route, found[ids[n]], event.at, event.jobs)
end
if #done > 0 then
  redis.call('XACK', KEYS[1], ARGV[1], unpack(done))
  redis.call('XDEL', KEYS[1], unpack(done))
end
return answers
