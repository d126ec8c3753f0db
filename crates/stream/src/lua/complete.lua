-- Delivered jobs are done. Their owner is not asked: whoever owns them now, the work was done.
-- KEYS 1–4 jobs by priority  5 shared  6 how many jobs share each  7 results (prefix: `:event` is added)  8 life
-- ARGV 1 group  2 lines of life kept  3 name of the field of a line  then for each job: place of its stream (0–3), entry
--      id, entry that it shares ('' for none), that field, result for whoever waits ('' for nobody), event
-- Returns for each 'done', 'settled' if somebody had settled it before, or what Redis said against it.
local FIRST, JOB = 4, 6
local ids, answers = { {}, {}, {}, {} }, {}
for at = FIRST, #ARGV, JOB do
  local of_stream = ids[tonumber(ARGV[at]) + 1]
  of_stream[#of_stream + 1] = ARGV[at + 1]
end

-- Almost always every one of a stream is still pending. Where some are not, each is asked for by itself.
local all = {}
for place, of_stream in ipairs(ids) do
  if #of_stream > 0 then
    all[place] = redis.call('XACK', KEYS[place], ARGV[1], unpack(of_stream)) == #of_stream
    if all[place] then redis.call('XDEL', KEYS[place], unpack(of_stream)) end
  end
end

local function complete(at)
  local place = tonumber(ARGV[at]) + 1
  if not all[place] and redis.call('XDEL', KEYS[place], ARGV[at + 1]) == 0 then return 'settled' end
  if ARGV[at + 2] ~= '' then let_go(KEYS[5], KEYS[6], ARGV[at + 2]) end
  if ARGV[at + 4] ~= '' then
    local results = KEYS[7] .. ':' .. ARGV[at + 5]
    redis.call('RPUSH', results, ARGV[at + 4])
    redis.call('EXPIRE', results, 300)
  end
  tell(KEYS[8], ARGV[2], ARGV[3], ARGV[at + 3])
  return 'done'
end

for at = FIRST, #ARGV, JOB do answers[#answers + 1] = try(complete, at) end
return answers
