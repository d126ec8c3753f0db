-- Each event becomes one job for each route that it matched; its entry goes in the same step.
-- KEYS 1 events  2–5 jobs by priority  6 shared  7 how many jobs share each  8 life
-- ARGV 1 group  2 consumer  3 lines of life kept  then for each event: entry id, trace ('' leaves the event's), how many
--      jobs, and for each of these: place of its stream (0–3), job, route, handler, priority, retry_count, timeout_ms,
--      retry_on
-- Returns for each event 'routed', 'lost' (another consumer owns the entry), 'settled' (it was routed), 'missing' (the
-- entry is gone), or what Redis said against it.
local JOB = 8

local function job(at, ...)
  redis.call('XADD', KEYS[2 + tonumber(ARGV[at])], '*',
    'job', ARGV[at + 1], 'route', ARGV[at + 2], 'handler', ARGV[at + 3], 'priority', ARGV[at + 4],
    'retry_count', ARGV[at + 5], 'timeout_ms', ARGV[at + 6], 'retry_on', ARGV[at + 7],
    'attempts', '0', 'first_at', '', 'error', '', ...)
end

local function route(id, trace, first, jobs)
  local fields, why = in_hand(KEYS[1], ARGV[1], ARGV[2], id)
  if not fields then return why end
  if trace ~= '' then
    for i = 1, #fields, 2 do
      if fields[i] == 'trace' then fields[i + 1] = trace end
    end
  end
  local event, routes = value_of(fields, 'event_id') or '', {}
  if jobs == 1 then
    job(first, unpack(fields))
  elseif jobs > 1 then
    local shared = redis.call('XADD', KEYS[6], '*', unpack(fields))
    redis.call('HSET', KEYS[7], shared, jobs)
    for n = 0, jobs - 1 do job(first + n * JOB, 'event_id', event, 'shared', shared) end
  end
  for n = 0, jobs - 1 do routes[n + 1] = ARGV[first + n * JOB + 2] end
  tell(KEYS[8], ARGV[3], 'step', 'routed', 'event_id', event, 'endpoint', value_of(fields, 'endpoint') or '',
    'source', value_of(fields, 'source') or '', 'event_type', value_of(fields, 'event_type') or '', 'received_at', value_of(fields, 'received_at') or '',
    'verified_by', value_of(fields, 'verified_by') or '', 'routes', jobs > 0 and cjson.encode(routes) or '[]')
  settle(KEYS[1], ARGV[1], id)
  return 'routed'
end

local at, answers = 4, {}
while at <= #ARGV do
  local jobs = tonumber(ARGV[at + 2])
  answers[#answers + 1] = try(route, ARGV[at], ARGV[at + 1], at + 3, jobs)
  at = at + 3 + jobs * JOB
end
return answers
