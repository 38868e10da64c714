-- Slots of a service as they are at one moment, with the seats of overdue holds.
-- KEYS: gate, seq, relied_on, 4 slots of the service, 5 the service.
-- ARGV: 1 now ('': TIME), 2 first label, 3 last label, 4 how many, then what the keys of a slot, of its
-- holds and of a booking begin with.
-- Answers gate, seq, now, error; approval; then label, slot and overdue seats of each.
local now = store_time(ARGV[1])
local first, last, slot_begin, holds_begin, booking_begin = ARGV[2], ARGV[3], ARGV[5], ARGV[6], ARGV[7]

local function overdue_seats(label)
  local seats = 0
  local holds = look('ZRANGEBYSCORE', holds_begin .. label, '-inf', string.format('%.0f', now)) or {}
  for _, hold in ipairs(holds) do
    local booking = look('GET', booking_begin .. string.sub(hold, 1, 22)) or ''
    seats = seats + tonumber(string.match(booking, '^[^,]*,[^,]*,%d+,(%d+),') or 0)
  end
  return seats
end

local labels = {first}
if first ~= last then
  labels = look('ZRANGEBYLEX', KEYS[4], '[' .. first, '[' .. last, 'LIMIT', '0', ARGV[4]) or {}
end
local found = {}
for _, label in ipairs(labels) do
  local slot = look('GET', slot_begin .. label)
  if not slot and look('ZSCORE', KEYS[4], label) then slot = '' end
  if slot then
    local deadline = tonumber(string.match(slot, ';(%-?%d+)$'))
    local overdue = deadline and deadline <= now and overdue_seats(label) or 0
    found[#found + 1] = label
    found[#found + 1] = slot
    found[#found + 1] = string.format('%.0f', overdue)
  end
end
local answer = {look('GET', KEYS[1]) or '', look('GET', KEYS[2]) or '',
                string.format('%.0f', now), '', look('GETRANGE', KEYS[5], '0', '0') or ''}
for _, part in ipairs(found) do answer[#answer + 1] = part end
answer[4] = failed or ''
return answer
