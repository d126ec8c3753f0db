-- Who was admitted at an endpoint within `keep` ms, the latest first.
-- KEYS 1 the endpoint's clients   ARGV 1 ms
return redis.call('ZREVRANGEBYSCORE', KEYS[1], '+inf', '(' .. (now_ms() - tonumber(ARGV[1])))
