-- A delivered job is done. The owner is not asked: whoever owns it now, the work was done.
-- KEYS 1 stream  2 results  ARGV 1 group  2 entry id  3 result for whoever waits ('' for nobody)
-- Returns 'done', or 'settled' if somebody had settled it before.
if redis.call('XACK', KEYS[1], ARGV[1], ARGV[2]) == 0 then return 'settled' end
redis.call('XDEL', KEYS[1], ARGV[2])
if ARGV[3] ~= '' then
  redis.call('RPUSH', KEYS[2], ARGV[3])
  redis.call('EXPIRE', KEYS[2], 300)
end
return 'done'
