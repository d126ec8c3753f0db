-- A dead letter starts again from its first attempt: as the job it was, on the stream of its priority; or anew, as the
-- event that the job was made of, through the router. An event that never became a job (its entry could not be read) goes
-- back to the router either way, a copy for the archive to the archiver.
-- KEYS 1 dead  2–5 jobs by priority  6 events  7 archive  8 life
-- ARGV 1 dead letter's id  2 'route' or 'anew'  3 lines of life kept
-- Returns 'replayed', or 'missing' if it is not (or no longer) there: asking twice replays once.
local PLACE = { critical = 2, high = 3, normal = 4, low = 5 }
local LEFT_BEHIND = { reason = true, status = true, last_at = true, from = true, replays = true }
local OF_THE_JOB = {
  job = true, route = true, handler = true, priority = true, retry_count = true, timeout_ms = true, retry_on = true,
  attempts = true, first_at = true, error = true,
}
local fields = fields_of(KEYS[1], ARGV[1])
if not fields then return 'missing' end
local to, way = KEYS[PLACE[value_of(fields, 'priority')] or PLACE.normal], 'route'
if value_of(fields, 'from') == 'archive' then
  to, way = KEYS[7], 'archive'
elseif ARGV[2] == 'anew' or not value_of(fields, 'job') then
  to, way = KEYS[6], 'anew'
end

local fresh = { attempts = '0', first_at = '', error = '' }
local again = {}
for i = 1, #fields, 2 do
  local name, value = fields[i], fields[i + 1]
  if not LEFT_BEHIND[name] and (way == 'route' or not OF_THE_JOB[name]) then
    again[#again + 1], again[#again + 2] = name, fresh[name] or value
  end
end
local replays = tonumber(value_of(fields, 'replays') or 0) + 1
again[#again + 1], again[#again + 2] = 'replays', replays
redis.call('XADD', to, '*', unpack(again))
tell(KEYS[8], ARGV[3], 'step', 'replayed', 'event_id', value_of(fields, 'event_id') or '',
  'route', value_of(fields, 'route') or '', 'way', way, 'dead_letter', ARGV[1], 'replays', replays)
redis.call('XDEL', KEYS[1], ARGV[1])
return 'replayed'
