-- One event becomes one job for each route that it matched; the event's entry goes in the same step.
-- KEYS 1 events  2–5 jobs by priority
-- ARGV 1 group  2 consumer  3 entry id  4 trace ('' leaves the event's)  then for each job: place of its stream (0–3), job, route, handler, priority,
--      retry_count, timeout_ms, retry_on
-- Returns 'routed', 'lost' (another consumer owns the entry), 'settled' (it was routed) or 'missing' (the entry is gone).
local JOB = 8
local fields, why = in_hand(KEYS[1], ARGV[1], ARGV[2], ARGV[3])
if not fields then return why end
if ARGV[4] ~= '' then
  for i = 1, #fields, 2 do
    if fields[i] == 'trace' then fields[i + 1] = ARGV[4] end
  end
end
for i = 5, #ARGV, JOB do
  redis.call('XADD', KEYS[2 + tonumber(ARGV[i])], '*',
    'job', ARGV[i + 1], 'route', ARGV[i + 2], 'handler', ARGV[i + 3], 'priority', ARGV[i + 4],
    'retry_count', ARGV[i + 5], 'timeout_ms', ARGV[i + 6], 'retry_on', ARGV[i + 7],
    'attempts', '0', 'first_at', '', 'error', '', unpack(fields))
end
settle(KEYS[1], ARGV[1], ARGV[3])
return 'routed'
