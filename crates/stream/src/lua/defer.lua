-- Jobs whose handlers have no place for them wait a while, as they are: nothing was attempted.
-- KEYS 1–4 jobs by priority  5 retry  6 due
-- ARGV 1 group  2 consumer  then for each job: place of its stream (0–3), entry id, delay in ms
-- Returns for each 'moved', 'lost' (another consumer owns the entry), 'settled' (somebody had settled it), 'missing' (the
-- entry is gone), or what Redis said against it.
local JOB = 3

local function defer(at)
  local stream, id = KEYS[tonumber(ARGV[at]) + 1], ARGV[at + 1]
  local fields, why = in_hand(stream, ARGV[1], ARGV[2], id)
  if not fields then return why end
  wait(KEYS[5], KEYS[6], fields, tonumber(ARGV[at + 2]))
  settle(stream, ARGV[1], id)
  return 'moved'
end

local answers = {}
for at = 3, #ARGV, JOB do answers[#answers + 1] = try(defer, at) end
return answers
