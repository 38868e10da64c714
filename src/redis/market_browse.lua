-- Offers by price, those of one price by their bytes.
--
-- KEYS: market:. ARGV: 1 the price to begin at, 2 how many, 3 the offer of that price to begin
-- behind ('': at the first). Answers offers and their prices by turns.

-- By bytes, whatever the server's locale.
local function is_behind(a, b)
  for i = 1, math.min(#a, #b) do
    local x, y = string.byte(a, i), string.byte(b, i)
    if x ~= y then return x > y end
  end
  return #a > #b
end

local first = redis.call('ZCOUNT', KEYS[1], '-inf', '(' .. ARGV[1])
if ARGV[3] ~= '' then
  local last = first + redis.call('ZCOUNT', KEYS[1], ARGV[1], ARGV[1])
  while first < last do
    local middle = math.floor((first + last) / 2)
    if is_behind(redis.call('ZRANGE', KEYS[1], middle, middle)[1], ARGV[3]) then
      last = middle
    else
      first = middle + 1
    end
  end
end
return redis.call('ZRANGE', KEYS[1], first, first + ARGV[2] - 1, 'WITHSCORES')
