-- Bookings in the order of their ids, as they are at one moment: of a user, of a slot, or all.
-- KEYS: gate, seq, relied_on, then of a user: 4 the live ones (hash), 5 the others (zset); of a slot:
-- 4 its bookings (zset); of all: 4 the buckets (zset).
-- ARGV: 1 now ('': TIME), 2 whose ('user', 'slot', 'all'), 3 only behind this id ('': from the end),
-- 4 how many, 5 'up' or 'down', 6 what a booking's key begins with ('': ids alone are wanted), then
-- of a user: 7 '1' for live ones alone; of all: 7 the bucket to begin with, 8 what a bucket's key
-- begins with.
-- Answers gate, seq, now, error; then id and booking of each.
local now = store_time(ARGV[1])
local whose, after, most, up = ARGV[2], ARGV[3], tonumber(ARGV[4]), ARGV[5] == 'up'

local function behind(id)
  if after == '' then return true end
  if up then return id > after end
  return id < after
end
local function before(a, b)
  if up then return a < b end
  return a > b
end
-- Members of a zset in order, from `from` on, itself included when `inclusive`.
local function range(key, from, inclusive, offset, count)
  local bracket = inclusive and '[' or '('
  local first = from == '' and (up and '-' or '+') or bracket .. from
  if up then return look('ZRANGEBYLEX', key, first, '+', 'LIMIT', offset, count) or {} end
  return look('ZREVRANGEBYLEX', key, first, '-', 'LIMIT', offset, count) or {}
end

local ids = {}
if whose == 'slot' then
  ids = range(KEYS[4], after, false, 0, most)
elseif whose == 'user' then
  for _, claims in ipairs(look('HVALS', KEYS[4]) or {}) do
    for claim in string.gmatch(claims, '[^;]+') do
      local id = string.sub(claim, 1, 22)
      if behind(id) then ids[#ids + 1] = id end
    end
  end
  if ARGV[7] ~= '1' then
    for _, id in ipairs(range(KEYS[5], after, false, 0, most)) do ids[#ids + 1] = id end
  end
  table.sort(ids, before)
else
  local offset, some = 0, 64
  repeat
    local buckets = range(KEYS[4], ARGV[7], true, offset, some)
    for _, bucket in ipairs(buckets) do
      local text = look('GET', ARGV[8] .. bucket) or ''
      local sorted = {}
      for i = 1, #text, 22 do
        local id = string.sub(text, i, i + 21)
        if behind(id) then sorted[#sorted + 1] = id end
      end
      table.sort(sorted, before)
      for _, id in ipairs(sorted) do ids[#ids + 1] = id end
      if #ids >= most then break end
    end
    offset = offset + some
  until #ids >= most or #buckets < some
end

local answer = {look('GET', KEYS[1]) or '', look('GET', KEYS[2]) or '',
                string.format('%.0f', now), ''}
for i = 1, math.min(#ids, most) do
  answer[#answer + 1] = ids[i]
  if ARGV[6] ~= '' then answer[#answer + 1] = look('GET', ARGV[6] .. ids[i]) or '' end
end
answer[4] = failed or ''
return answer
