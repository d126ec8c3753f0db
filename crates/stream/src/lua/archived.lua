-- Events that are stored leave the archive's stream. Their owner is not asked: whoever owns them now, they are stored.
-- KEYS 1 archive  ARGV 1 group  2… entry ids
redis.call('XACK', KEYS[1], ARGV[1], unpack(ARGV, 2))
redis.call('XDEL', KEYS[1], unpack(ARGV, 2))
return 'done'
