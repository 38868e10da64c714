-- What is asked most often, decided and carried out on the server, many commands in one run: book,
-- hold, confirm, cancel. A command is carried out only where nothing about it is special; any other
-- changes nothing and is answered with what was seen, for the rules to decide on (see twin.hpp).
-- All checks come before the first write; the first write is one that may fail without harm.
--
-- KEYS: 1 gate, 2 seq, 3 relied_on, 4 due, 5 policy, 6 buckets, then the booking of each command. The
-- rest are named here: only a booking tells its slot and user.
-- ARGV: 1 now ('': TIME), 2 the identity, 3 the highest seq seen, 4 what all keys begin with, then 14
-- fields of each command ('' where there is none): verb, id, not_after, epoch, lease, user, seats; of
-- book and hold: slot, '1' when a second one in the slot is welcome, '1' when it asks again, bucket,
-- when the id was made ('': it has no age), ttl; of confirm and cancel: op.
-- Answers gate, seq, now, error, policy; then for each command: the booking, when it was carried
-- out | {booking, slot, approval, claims}, as far as they were looked at | 0: nothing is known.
-- With an error nothing was written.
local begin = ARGV[4]
local now = store_time(ARGV[1])
local now_text = string.format('%.0f', now)

local gate, seq = look('GET', KEYS[1]) or '', look('GET', KEYS[2]) or ''
local policy = look('GET', KEYS[5])
local answer = {gate, seq, now_text, '', policy}
local identity, epoch, phase, named = string.match(gate, '^1 (%S+) (%d+) (%d) %d+(.*)$')
local most, counting, horizon = string.match(policy or '', '^(%d+),(%d+),(%d+)$')
local known = identity == ARGV[2] and most and string.find(seq, '^%d+$') and #seq <= 15 and
                  not less(seq, ARGV[3]) and (named == '' or named == ' changes')
if failed or not known then
  answer[4] = failed or ''
  return answer
end
most, counting = tonumber(most), tonumber(counting)
local bookings = look('MGET', unpack(KEYS, 7))

local function counts(status) return math.floor(counting / 2 ^ status) % 2 == 1 end
local function passed(instant) return instant ~= '' and tonumber(instant) <= now end

-- A key has this type, or there is none.
local function is_type(key, wanted)
  local kind = look('TYPE', key)
  kind = kind and kind.ok
  return kind == 'none' or kind == wanted
end

-- ---- slots, each read once; what earlier commands of this run made of it is what later ones see ----

local slots, approvals = {}, {}

local function slot_of(name)
  local slot = slots[name]
  if slot then return slot end
  local service = string.match(name, '^[^:]*')
  if approvals[service] == nil then
    approvals[service] = look('GETRANGE', begin .. 'v:' .. service, 0, 0)
  end
  slot = {name = name, text = look('GET', begin .. 's:' .. name), approval = approvals[service]}
  slots[name] = slot
  local capacity, overbook
  slot.definition, capacity, overbook, slot.status, slot.begins, slot.ends, slot.lease,
      slot.version, slot.used, slot.held, slot.first = string.match(slot.text or '',
      '^((%d+),(%d+),(%d),(%-?%d*),(%-?%d*));(%d+);(%d+);(%d+);(%d+);(%-?%d*)$')
  slot.plain = capacity and #slot.version <= 15 and not passed(slot.first) and
                   (slot.approval == '0' or slot.approval == '1')
  if slot.plain then
    slot.sellable = capacity + overbook
    slot.version, slot.used, slot.held = tonumber(slot.version), tonumber(slot.used),
                                         tonumber(slot.held)
  end
  return slot
end

local function slot_text(slot)
  if not slot.changed then return slot.text end
  return string.format('%s;%s;%.0f;%.0f;%.0f;%s', slot.definition, slot.lease, slot.version,
                       slot.used, slot.held, slot.first)
end

local function change_slot(slot, used, held, lease)
  slot.changed = true
  slot.used, slot.held, slot.version = slot.used + used, slot.held + held, slot.version + 1
  if lease ~= '0' then slot.lease = lease end
end

-- ---- commands -----------------------------------------------------------------------------------

local busy = {}  -- users and ids that have had their command in this run
local stopped    -- from here on all wait for another run, so that each comes in its turn

-- What is written at the end.
local made, kept, listed, appended, writes = {}, {}, {}, {}, {}
local function write(...) writes[#writes + 1] = {...} end

local function admitted(c)
  return phase == '0' and (c.epoch == '0' or c.epoch == epoch) and
             (c.not_after == '' or now <= tonumber(c.not_after))
end

-- Leaves a command to the rules. `special`: perhaps it is no refusal.
local function leave(c, special, booking, slot, claims)
  stopped = stopped or special or c.again == '1'  -- then its id is voided
  if not slot or claims == nil then return {booking} end
  return {booking, slot_text(slot), slot.approval, claims}
end

-- Whether a user may have one more booking of a status; second: whether that is for the rules to say.
local function within_limit(flat, status)
  if not counts(status) then return true, false end
  local count = 0
  for i = 2, #flat, 2 do
    for claim in string.gmatch(flat[i], '[^;]+') do
      local its_status, till = string.match(claim, '^(%d)(%-?%d*)$', 23)
      if not its_status then return false, true end
      if counts(its_status) then
        if passed(till) then return false, true end
        count = count + 1
      end
    end
  end
  return count < most, false
end

-- Whether one of a user's claims in a slot is no expired hold.
local function is_live(claims)
  for claim in string.gmatch(claims, '[^;]+') do
    if string.sub(claim, 23, 23) ~= '7' or not passed(string.sub(claim, 24)) then return true end
  end
  return false
end

local function new_booking(c, booking)
  local slot = slot_of(c.slot)
  local user = begin .. 'u:' .. c.user
  local claims, here
  if counting > 0 then
    claims = look('HGETALL', user)
    if not claims then return leave(c, true, booking) end
    for i = 1, #claims, 2 do
      if claims[i] == c.slot then here = claims[i + 1] end
    end
  else
    claims = look('HGET', user, c.slot)
    here = claims or nil
  end
  if failed then return leave(c, true, booking) end
  if not slot.plain then return leave(c, slot.text, booking, slot, claims) end
  if booking or not admitted(c) or (c.lease ~= '0' and less(c.lease, slot.lease)) or
      slot.status ~= '0' or passed(slot.begins) or
      (c.made ~= '' and tonumber(c.made) < now - 1000 * horizon) then
    return leave(c, false, booking, slot, claims)
  end
  local status = c.verb == 'hold' and '7' or (slot.approval == '1' and '0' or '1')
  if here then return leave(c, c.second ~= '' or not is_live(here), booking, slot, claims) end
  if status ~= '7' and passed(slot.ends) then return leave(c, true, booking, slot, claims) end
  local within, special = within_limit(claims, status)
  if not within then return leave(c, special, booking, slot, claims) end
  if slot.used + c.seats > slot.sellable then return leave(c, false, booking, slot, claims) end

  local list, bucket = begin .. 'sb:' .. c.slot, begin .. 't:' .. c.bucket
  local holds = begin .. 'h:' .. c.slot
  local good = (listed[list] or is_type(list, 'zset')) and
                   (status ~= '7' or (is_type(holds, 'zset') and is_type(KEYS[4], 'zset')))
  if good and not appended[bucket] then
    local length = look('STRLEN', bucket)
    good = length and (length > 0 or is_type(KEYS[6], 'zset'))
    if good then
      appended[bucket] = {}
      if length == 0 then write('ZADD', KEYS[6], 0, c.bucket) end
    end
  end
  if not good then return leave(c, true, booking) end

  local till = slot.ends
  if status == '7' then
    till = string.format('%.0f', now + c.ttl)
    write('ZADD', holds, till, c.id .. c.user)
    if ARGV[1] == '' then
      write('SET', begin .. 'c:' .. c.id, '', 'PXAT', string.format('%.0f', till - 1))
    else
      write('SET', begin .. 'c:' .. c.id, '', 'PX', math.max(c.ttl - 1, 1))
    end
    if slot.first == '' or tonumber(till) < tonumber(slot.first) then
      slot.first = till
      write('ZADD', KEYS[4], till, c.slot)
    end
  end
  change_slot(slot, c.seats, status == '7' and c.seats or 0, c.lease)
  local text = c.user .. ',' .. c.slot .. ',' .. status .. ',' .. c.seats .. ',,' ..
                   (c.verb == 'hold' and '1' or '0') .. ',1,' .. now_text .. ',,' .. c.ttl .. ',,'
  made[#made + 1] = c.key
  made[#made + 1] = text
  listed[list] = listed[list] or {}
  table.insert(listed[list], 0)
  table.insert(listed[list], c.id)
  table.insert(appended[bucket], c.id)
  write('HSET', user, c.slot, c.id .. status .. till)
  busy['u' .. c.user] = true
  return text
end

local function move(c, booking)
  if not booking and not is_type(c.key, 'string') then
    stopped = true
    return 0
  end
  local user, name, status, seats, asked, origin, version, created, hold, op = string.match(
      booking or '',
      '^([^,]+),([^,]+),(%d),(%d+),(%d*),(%d),(%d+),(%-?%d+),%-?%d*,(%-?%d*),([^,]*),')
  if not user then return leave(c, false, booking) end
  if busy['u' .. user] then
    stopped = true
    return 0
  end
  local wanted_user = c.user
  c.user, c.slot = user, name
  local slot = slot_of(name)
  local place = begin .. 'u:' .. user
  local claims = look('HGET', place, name)
  if failed then return leave(c, true, booking) end
  if not slot.plain then return leave(c, true, booking, slot, claims) end
  local held = status == '7'
  local until_when = held and hold ~= '' and created + hold
  local live = status == '0' or status == '1' or (until_when and until_when > now)
  local wanted = c.seats == '' and tonumber(seats) or tonumber(c.seats)
  local plain = admitted(c) and not (c.lease ~= '0' and less(c.lease, slot.lease)) and
                    (wanted_user == '' or wanted_user == user) and live and
                    (c.op == '' or c.op ~= op) and
                    (c.verb == 'cancel' or (held and wanted <= tonumber(seats)))
  if not plain then return leave(c, false, booking, slot, claims) end
  local given_back = c.verb == 'cancel' and tonumber(seats) or seats - wanted
  local claim = c.id .. status .. (held and string.format('%.0f', until_when) or slot.ends)
  local history, holds = begin .. 'f:' .. user, begin .. 'h:' .. name
  if claims ~= claim or slot.used < given_back or (held and slot.held < tonumber(seats)) or
      not (held == false or is_type(holds, 'zset')) or
      not (c.verb ~= 'cancel' or is_type(history, 'zset')) then
    return leave(c, true, booking, slot, claims)
  end

  change_slot(slot, -given_back, held and -seats or 0, c.lease)
  if held then
    write('ZREM', holds, c.id .. user)
    write('DEL', begin .. 'c:' .. c.id)
  end
  local to = '3'
  if c.verb == 'cancel' then
    write('HDEL', place, name)
    write('ZADD', history, 0, c.id)
    wanted = tonumber(seats)
  else
    to = slot.approval == '1' and '0' or '1'
    write('HSET', place, name, c.id .. to .. slot.ends)
  end
  if asked == '' and wanted ~= tonumber(seats) then asked = seats end
  if asked ~= '' and tonumber(asked) == wanted then asked = '' end
  local since = now - created
  local text = string.format('%s,%s,%s,%.0f,%s,%s,%.0f,%s,%s,%s,%s,', user, name, to, wanted, asked,
                             origin, version + 1, created,
                             since == 0 and '' or string.format('%.0f', since), hold, c.op)
  kept[#kept + 1] = c.key
  kept[#kept + 1] = text
  busy['u' .. user] = true
  return text
end

local at = 4
for i = 7, #KEYS do
  local c = {key = KEYS[i], verb = ARGV[at + 1], id = ARGV[at + 2], not_after = ARGV[at + 3],
             epoch = ARGV[at + 4], lease = ARGV[at + 5], user = ARGV[at + 6], seats = ARGV[at + 7],
             slot = ARGV[at + 8], second = ARGV[at + 9], again = ARGV[at + 10],
             bucket = ARGV[at + 11], made = ARGV[at + 12], ttl = ARGV[at + 13], op = ARGV[at + 14]}
  at = at + 14
  local one = 0
  stopped = stopped or busy[c.id] or busy['u' .. c.user]
  if not stopped then
    local moves = c.verb == 'confirm' or c.verb == 'cancel'
    one = (moves and move or new_booking)(c, bookings[i - 6])
    failed = nil
    busy[c.id] = true
  end
  answer[#answer + 1] = one
end

-- ---- writing ------------------------------------------------------------------------------------

if #made + #kept == 0 then return answer end
local changes = named ~= '' and begin .. 'changes'
if changes and not is_type(changes, 'list') then
  failed = 'WRONGTYPE the change set is no list'
elseif #made > 0 then
  -- Fails as a whole where one of them is there, whatever it is.
  if look('MSETNX', unpack(made)) == 0 then failed = 'WRONGTYPE a booking is no string' end
end
local raised = not failed and look('INCR', KEYS[2])
if failed then return {gate, seq, answer[3], failed} end
for _, slot in pairs(slots) do
  if slot.changed then
    kept[#kept + 1] = begin .. 's:' .. slot.name
    kept[#kept + 1] = slot_text(slot)
  end
end
redis.call('MSET', unpack(kept))
if changes then
  local names = {}
  for _, written in ipairs({made, kept}) do
    for i = 1, #written, 2 do names[#names + 1] = string.sub(written[i], #begin + 1) end
  end
  redis.call('RPUSH', changes, table.concat(names, ' '))
end
for list, members in pairs(listed) do redis.call('ZADD', list, unpack(members)) end
for bucket, ids in pairs(appended) do redis.call('APPEND', bucket, table.concat(ids)) end
for i = 1, #writes do redis.call(unpack(writes[i])) end
answer[2] = string.format('%.0f', raised)
return answer
