-- Dead letters whose time is up, oldest first, as they stand: nothing is moved.
-- KEYS 1 dead  ARGV 1 longest age in ms  2 most letters  3 how many at most  4 from where on ('-', or '(' and an id)
--      5 how many stand before that and stay
-- Returns {{id, fields}, …}
return outlived(KEYS[1], tonumber(ARGV[1]), tonumber(ARGV[2]) + tonumber(ARGV[5]), tonumber(ARGV[3]), ARGV[4])
