-- The limit (a) of redis_bench: one booking with the whole contract, as short as we can write it,
-- for redis-benchmark. It works on the keys and records of a real inventory (see src/redis/keys.hpp
-- and records.hpp), so that an audit can say whether it did its work.
--
-- KEYS: 1 gate, 2 seq, 3 relied_on, 4 policy, 5 buckets. ARGV: 1 twelve random digits, 2 the gate,
-- 3 the highest seq seen, 4 not_after, 5 what all keys begin with, 6 how many slots, 7 what all ids
-- begin with (12 characters), 8 when these were made, 9 their bucket.
local random, begin = ARGV[1], ARGV[5]
local id = ARGV[7] .. string.sub(random, 3)
local number = tonumber(random) % tonumber(ARGV[6])
local service = number % 100
local slot = service .. ':' .. (2000 + (number - service) / 100) .. '-06-01T10:00'
local slot_key, booking_key = begin .. 's:' .. slot, begin .. 'b:' .. id
local user_key, bucket = begin .. 'u:' .. random, begin .. 't:' .. ARGV[9]

local read = redis.call('MGET', KEYS[1], KEYS[2], KEYS[3], KEYS[4], slot_key, booking_key,
                        begin .. 'v:' .. service)
local time = redis.call('TIME')
local now = math.max(time[1] * 1000 + math.floor(time[2] / 1000), tonumber(read[3] or 0))
if read[1] ~= ARGV[2] or tonumber(read[2]) < tonumber(ARGV[3]) then return 'gate' end
if now > tonumber(ARGV[4]) then return 'too late' end
if read[6] then return read[6] end
local max, counting, horizon = string.match(read[4], '^(%d+),(%d+),(%d+)$')
if now - tonumber(ARGV[8]) > horizon * 1000 then return 'id_expired' end
if not read[5] then return 'not_found' end

local defined, capacity, overbook, status, begins, ends, lease, version, used, held, deadline =
    string.match(read[5], '^((%d+),(%d+),(%d),(%d*),(%d*));(%d+);(%d+);(%d+);(%d+);(%d*)$')
if status ~= '0' then return 'slot_closed' end
if begins ~= '' and now >= tonumber(begins) then return 'slot_past' end
if deadline ~= '' and now >= tonumber(deadline) then return 'holds to be returned first' end

local claims, count = redis.call('HGETALL', user_key), 0
for i = 1, #claims, 2 do
  for code, till in string.gmatch(claims[i + 1], '......................(%d)(%d*)') do
    if till == '' or now < tonumber(till) then
      if claims[i] == slot then return 'already_booked' end
      if math.floor(counting / 2 ^ code) % 2 == 1 then count = count + 1 end
    end
  end
end
if counting ~= '0' and count >= tonumber(max) then return 'user_limit' end
if used + 1 > capacity + overbook then return 'sold_out' end

local code = string.sub(read[7], 1, 1) == '0' and '1' or '0'
local record = random .. ',' .. slot .. ',' .. code .. ',1,,0,1,' .. now .. ',,,,'
local first = redis.call('STRLEN', bucket) == 0
redis.call('ZADD', begin .. 'sb:' .. slot, '0', id)
redis.call('SET', slot_key, defined .. ';' .. lease .. ';' .. (version + 1) .. ';' .. (used + 1) ..
                                ';' .. held .. ';' .. deadline)
redis.call('SET', booking_key, record)
redis.call('HSET', user_key, slot, id .. code .. ends)
if first then redis.call('ZADD', KEYS[5], '0', ARGV[9]) end
redis.call('APPEND', bucket, id)
return {redis.call('INCR', KEYS[2]), record}
