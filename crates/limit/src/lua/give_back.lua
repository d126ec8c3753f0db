-- What was let in beforehand and did not come.
-- KEYS the logs that it stands in   ARGV 1 how many  2 the time at which they stand there
for _, log in ipairs(KEYS) do redis.call('LREM', log, -tonumber(ARGV[1]), ARGV[2]) end
return 'given back'
