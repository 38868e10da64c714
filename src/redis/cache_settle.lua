-- Gives one lease of a cache back, and keeps what was loaded under it. See cache_store.hpp.
--
-- KEYS: 1 lease, 2 entry if there is something to keep. ARGV: 1 token of the lease, 2 value, 3 its
-- ttl in ms. Answers 1: done; 0: the lease is gone, so that nothing was kept.
local held = redis.call('TYPE', KEYS[1]).ok == 'string' and redis.call('GET', KEYS[1])
if held ~= ARGV[1] then return 0 end
if KEYS[2] then redis.call('SET', KEYS[2], ARGV[2], 'PX', ARGV[3]) end
redis.call('DEL', KEYS[1])
return 1
