-- A dead letter starts again from its first attempt, on the stream of its priority. An event that never became
-- a job (its entry could not be read) goes back to the router, a copy for the archive to the archiver.
-- KEYS 1 dead  2–5 jobs by priority  6 events  7 archive  ARGV 1 dead letter's id
-- Returns 'replayed', or 'missing' if it is not (or no longer) there: asking twice replays once.
local PLACE = { critical = 2, high = 3, normal = 4, low = 5 }
local LEFT_BEHIND = { reason = true, status = true, last_at = true, from = true }
local fields = fields_of(KEYS[1], ARGV[1])
if not fields then return 'missing' end
local again = {}
for i = 1, #fields, 2 do
  if not LEFT_BEHIND[fields[i]] then
    again[#again + 1], again[#again + 2] = fields[i], fields[i + 1]
  end
end
local fresh = { attempts = '0', first_at = '', error = '' }
for i = 1, #again, 2 do
  again[i + 1] = fresh[again[i]] or again[i + 1]
end
local to = KEYS[6]
if value_of(fields, 'from') == 'archive' then to = KEYS[7] end
if value_of(fields, 'job') then to = KEYS[PLACE[value_of(fields, 'priority')] or PLACE.normal] end
redis.call('XADD', to, '*', unpack(again))
redis.call('XDEL', KEYS[1], ARGV[1])
return 'replayed'
