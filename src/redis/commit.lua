-- Writes what a decision came to, if everything it rested on is still so. All checks come before the
-- first write; the first write is one that the server may refuse without harm. See commit.hpp.
--
-- KEYS: 1 gate, 2 seq, 3 relied_on, 4 due, then those that steps name by their number.
-- ARGV: 1 now ('': TIME), 2 not_after, 3 boundary, 4 the gate, 5 the highest seq seen, 6 an instant
-- to rely on, 7 '1' when it gives back ('' where there is none), then the steps.
-- Answers {'done', seq} | {'conflict'} | {'failed', error}: the last two wrote nothing.
local at = 7
local function take()
  at = at + 1
  return ARGV[at]
end
local function take_key() return KEYS[tonumber(take())] end
local function take_number() return tonumber(take()) end
local function take_list(first)
  local count = take_number()
  local list = first or {}
  for _ = 1, count do list[#list + 1] = take() end
  return list
end

local now, relied_on = store_time(ARGV[1])
local writes = {}
local function write(command) writes[#writes + 1] = command end

-- As spelt() of facts.cpp.
local function spelt(reply)
  if not reply then return '-' end
  if type(reply) == 'string' then return '=' .. reply end
  if type(reply) == 'number' then return string.format(':%.0f', reply) end
  local text = '*'
  for i = 1, #reply do text = text .. reply[i] .. ' ' end
  return text
end

local function is_type(key, wanted)
  local kind = look('TYPE', key)
  kind = kind and kind.ok
  if kind ~= 'none' and kind ~= wanted then
    failed = failed or ('WRONGTYPE ' .. wanted .. ' expected, found a ' .. tostring(kind))
  end
end

local steps = {}

-- A read has the reply it had. expected, command, key, arguments
function steps.same()
  local expected = take()
  local command = take_list({take(), take_key()})
  return spelt(look(unpack(command))) == expected
end

-- A hash has these fields, in any order. key, fields and values by turns
function steps.hash()
  local flat = look('HGETALL', take_key())
  local expected = take_list()
  if not flat or #flat ~= #expected then return false end
  local have = {}
  for i = 1, #flat, 2 do have[flat[i]] = flat[i + 1] end
  for i = 1, #expected, 2 do
    if have[expected[i]] ~= expected[i + 1] then return false end
  end
  return true
end

-- A slot is as it was but for its counters, has room, and gets others. key, its definition as it was
-- and as it will be, sellable ('': any number may be in use), seats to have room for, lease ('0':
-- none), what to add to used and to held, a hold's deadline, the slot in `due`
function steps.room()
  local key, definition, next_definition = take_key(), take(), take()
  local sellable, peak = take_number(), take_number()
  local lease, used_more, held_more = take(), take_number(), take_number()
  local deadline, member = take(), take()
  local slot = look('GET', key)
  if not slot then return false end
  local defined, old_lease, version, used, held, first =
      string.match(slot, '^([^;]*);(%d+);(%d+);(%d+);(%d+);(%-?%d*)$')
  if defined ~= definition or #version > 15 then return false end
  if lease == '0' then lease = old_lease elseif less(lease, old_lease) then return false end
  used, held = tonumber(used), tonumber(held)
  if sellable and used + peak > sellable then return false end
  if used + used_more < 0 or held + held_more < 0 then return false end
  if first ~= '' and tonumber(first) <= now then return false end
  if deadline ~= '' and (first == '' or tonumber(deadline) < tonumber(first)) then
    first = deadline
    is_type(KEYS[4], 'zset')
    write({'ZADD', KEYS[4], deadline, member})
  end
  write({'SET', key, string.format('%s;%s;%.0f;%.0f;%.0f;%s', next_definition, lease,
                                   tonumber(version) + 1, used + used_more, held + held_more,
                                   first)})
  return true
end

-- A key has this type, or there is none. key, type
function steps.type()
  is_type(take_key(), take())
  return true
end

-- Takes ids out of a bucket. bucket, buckets, name of the bucket, ids
function steps.cut()
  local bucket, buckets, name = take_key(), take_key(), take()
  local gone = {}
  for _, id in ipairs(take_list()) do gone[id] = true end
  local ids = look('GET', bucket) or ''
  local left = {}
  for i = 1, #ids, 22 do
    local id = string.sub(ids, i, i + 21)
    if not gone[id] then left[#left + 1] = id end
  end
  if #left > 0 then
    write({'SET', bucket, table.concat(left)})
  else
    write({'DEL', bucket})
    write({'ZREM', buckets, name})
  end
  return true
end

-- A write. command, key, arguments
function steps.write()
  write(take_list({take(), take_key()}))
  return true
end

local holds = look('GET', KEYS[1]) == ARGV[4]
local seq = look('GET', KEYS[2]) or ''
if not string.find(seq, '^%d+$') or #seq > 15 then
  failed = failed or 'WRONGTYPE seq is missing or not a number'
elseif less(seq, ARGV[5]) then
  holds = false
end
if ARGV[2] ~= '' and now > tonumber(ARGV[2]) then holds = false end
if ARGV[3] ~= '' and now >= tonumber(ARGV[3]) then holds = false end
while holds and not failed and at < #ARGV do holds = steps[take()]() end
if failed then return {'failed', failed} end
if not holds then return {'conflict'} end

-- What gives seats back goes on when the server's memory is used up: it refuses only a script whose
-- first write may need more.
if ARGV[7] == '1' then look('ZREM', KEYS[4], '') end
local raised = not failed and look('INCR', KEYS[2])
if failed then return {'failed', failed} end
for i = 1, #writes do redis.call(unpack(writes[i])) end
if ARGV[6] ~= '' and relied_on < tonumber(ARGV[6]) then redis.call('SET', KEYS[3], ARGV[6]) end
return {'done', string.format('%.0f', raised)}
