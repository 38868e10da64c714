-- Takes the locks of some slots, all or none, for one lease. See keys.hpp.
--
-- KEYS: 1 lease, then the locks. ARGV: 1 the holder's token, 2 ttl in ms, 3 the highest number of a
-- lease that the caller knows of.
-- Answers {'held', number of the lease} | {'busy', ms until others' locks end}: that wrote nothing.
local busy = false
for i = 2, #KEYS do
  local left = redis.call('PTTL', KEYS[i])
  if left == -1 then left = tonumber(ARGV[2]) end  -- not of our making
  if left ~= -2 then busy = math.max(busy or 0, left) end
end
if busy then return {'busy', string.format('%.0f', busy)} end

-- Microseconds and not a count: so it goes on growing when the server has lost the last one. Lua
-- counts up to 2^53 - 1, which is the year 2255.
local last = redis.call('GET', KEYS[1]) or '0'
if not string.find(last, '^%d+$') or #last > 16 or tonumber(last) > 9007199254740990 then
  return redis.error_reply('WRONGTYPE the number of the latest lease is none')
end
local time = redis.call('TIME')
local number = math.max(time[1] * 1000000 + time[2], last + 1, ARGV[3] + 1)
number = string.format('%.0f', number)
redis.call('SET', KEYS[1], number)
for i = 2, #KEYS do redis.call('SET', KEYS[i], ARGV[1], 'NX', 'PX', ARGV[2]) end
return {'held', number}
