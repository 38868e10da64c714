-- The limit (b) of redis_bench: a record for a new user and a seat less, nothing else of a
-- contract. KEYS: 1 the records. ARGV: 1 twelve random digits, 2 the record, 3 how many slots.
if redis.call('HSETNX', KEYS[1], ARGV[1], ARGV[2]) == 0 then return 0 end
local slot = '{bare}:' .. tonumber(ARGV[1]) % tonumber(ARGV[3])
if redis.call('DECR', slot) >= 0 then return 1 end
redis.call('INCR', slot)
redis.call('HDEL', KEYS[1], ARGV[1])
return 0
