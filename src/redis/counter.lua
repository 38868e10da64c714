-- Increments or corrects one counter. The same as counter_rules.hpp does in memory.
--
-- KEYS: 1 the sorted set or hash, 2 the counter's companion (see redis_counters.hpp).
-- ARGV: 1 'zset' | 'hash', 2 the name, 3 'add' | 'set', 4 by how much, or the aggregate, 5 the
-- event's number, or as_of; empty: none, 6 the most events remembered.
-- Answers {'changed' | 'known' | 'exact' | 'approximate' | 'overtaken' | 'beyond', before, after}.
-- Everything is read and checked before the first write.
local MOST = 9007199254740992  -- 2^53

local function broken()
  return redis.error_reply('WRONGTYPE a count is no whole number up to 2^53')
end

-- Of what stands in the store; nil: it is no count.
local function whole(text)
  local number = tonumber(text)
  if number and number == math.floor(number) and math.abs(number) <= MOST then return number end
end

-- nil: beyond. MOST itself is the last number of which a sum cannot be told apart from the next.
local function sum(a, b)
  if b > 0 and a > MOST - b or b < 0 and a < -MOST - b then return nil end
  return a + b
end

local function text_of(number)
  return string.format('%.0f', number)
end

-- Of a field of a hash: as the server's own HINCRBY would read it.
local function whole_text(text)
  local number = whole(text)
  if number and text_of(number) == text then return number end
end

local is_hash = ARGV[1] == 'hash'
local before
if is_hash then
  before = whole_text(redis.call('HGET', KEYS[1], ARGV[2]) or '0')
else
  before = whole(redis.call('ZSCORE', KEYS[1], ARGV[2]) or '0')
end
if not before then return broken() end

local function write(count)
  if is_hash then
    redis.call('HSET', KEYS[1], ARGV[2], text_of(count))
  else
    redis.call('ZADD', KEYS[1], text_of(count), ARGV[2])
  end
end

local function answer(word, after)
  return {word, text_of(before), text_of(after)}
end

local given = tonumber(ARGV[4])
local number = tonumber(ARGV[5])
if not number then
  if ARGV[3] == 'set' then
    write(given)
    return answer('approximate', given)
  end
  local after = sum(before, given)
  if not after then return answer('beyond', before) end
  write(after)
  return answer('changed', after)
end

-- A field of the companion; nil: broken.
local function field(name)
  return whole_text(redis.call('HGET', KEYS[2], name) or '0')
end
local as_of, value = field('as_of'), field('value')
if not as_of or not value then return broken() end
local beside = value ~= before or redis.call('HEXISTS', KEYS[2], 'beside') == 1

-- The events remembered: order holds their numbers, upwards, events[number] by how much each
-- counted. False: broken.
local order, events = {}, {}
local function look_through()
  local log = redis.call('HGETALL', KEYS[2])
  for i = 1, #log, 2 do
    if not string.find(log[i], '^%a') then
      local event, by = whole_text(log[i]), whole_text(log[i + 1])
      if not event or not by then return false end
      events[event] = by
      order[#order + 1] = event
    end
  end
  table.sort(order)
  return true
end

local function forget(last)
  local fields = {}
  for _, event in ipairs(order) do
    if event <= last then fields[#fields + 1] = text_of(event) end
  end
  if #fields > 0 then redis.call('HDEL', KEYS[2], unpack(fields)) end
  redis.call('HSET', KEYS[2], 'as_of', text_of(last))
end

if ARGV[3] == 'add' then
  if number <= as_of or redis.call('HEXISTS', KEYS[2], ARGV[5]) == 1 then
    return answer('known', before)
  end
  local after = sum(before, given)
  if not after then return answer('beyond', before) end
  local most = tonumber(ARGV[6])
  if redis.call('HLEN', KEYS[2]) >= most and not look_through() then return broken() end
  redis.call('HSET', KEYS[2], ARGV[5], ARGV[4], 'value', text_of(after))
  if beside then redis.call('HSET', KEYS[2], 'beside', '1') end
  if #order >= most then
    order[#order + 1] = number
    table.sort(order)
    forget(order[math.floor(#order / 2)])
  end
  write(after)
  return answer('changed', after)
end

if number < as_of then return answer('overtaken', before) end
if not look_through() then return broken() end
local after = given
for _, event in ipairs(order) do
  if event > number then after = sum(after, events[event]) end
  if not after then return answer('beyond', before) end
end
forget(number)
redis.call('HSET', KEYS[2], 'value', text_of(after))
redis.call('HDEL', KEYS[2], 'beside')
write(after)
return answer(beside and 'approximate' or 'exact', after)
