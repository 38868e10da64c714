-- Slots of a service beside the sums over their bookings, each as it is at one moment.
-- KEYS: gate, seq, relied_on, 4 slots of the service, 5 the service.
-- ARGV: 1 now ('': TIME), 2 first label ('': from the first), 3 how many, 4 how many bookings to look
-- at before it stops, 5 the statuses that take seats, 6 that of a hold, then what the keys of a slot,
-- of its bookings and of a booking begin with.
-- Answers gate, seq, now, error; '1' when there may be more; approval; then label, slot, seats used and
-- seats held of each.
local now = store_time(ARGV[1])
local first = ARGV[2] == '' and '-' or '[' .. ARGV[2]
local most, budget, seat_statuses, held_status = tonumber(ARGV[3]), tonumber(ARGV[4]), ARGV[5], ARGV[6]
local slot_begin, bookings_begin, booking_begin = ARGV[7], ARGV[8], ARGV[9]

local labels = look('ZRANGEBYLEX', KEYS[4], first, '+', 'LIMIT', 0, most) or {}
local found, done = {}, 0
for _, label in ipairs(labels) do
  if budget <= 0 then break end
  local used, held = 0, 0
  for _, id in ipairs(look('ZRANGE', bookings_begin .. label, 0, -1) or {}) do
    local status, seats =
        string.match(look('GET', booking_begin .. id) or '', '^[^,]*,[^,]*,(%d+),(%d+),')
    if status and string.find(seat_statuses, status, 1, true) then used = used + seats end
    if status == held_status then held = held + seats end
    budget = budget - 1
  end
  found[#found + 1] = label
  found[#found + 1] = look('GET', slot_begin .. label) or ''
  found[#found + 1] = string.format('%.0f', used)
  found[#found + 1] = string.format('%.0f', held)
  done = done + 1
end
local answer = {look('GET', KEYS[1]) or '', look('GET', KEYS[2]) or '',
                string.format('%.0f', now), '', done < #labels and '1' or '',
                look('GETRANGE', KEYS[5], '0', '0') or ''}
for _, part in ipairs(found) do answer[#answer + 1] = part end
answer[4] = failed or ''
return answer
