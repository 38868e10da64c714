-- A page of a sorted set: highest score first, of equal scores the greater member first. Reads only.
--
-- KEYS: 1 the set. ARGV: 1 how many, then, unless it is the first page, 2 the score and 3 the member
-- that the page before ended with, whether it is still there or not.
-- Answers {member, score, member, score, ...}.

-- Lua's own < depends on the server's locale.
local function less(a, b)
  for i = 1, math.min(#a, #b) do
    local x, y = string.byte(a, i), string.byte(b, i)
    if x ~= y then return x < y end
  end
  return #a < #b
end

-- The page begins among those of the same score, or right behind them.
local first = 0
if ARGV[2] then
  first = redis.call('ZCOUNT', KEYS[1], '(' .. ARGV[2], '+inf')
  local behind = first + redis.call('ZCOUNT', KEYS[1], ARGV[2], ARGV[2])
  while first < behind do
    local middle = math.floor((first + behind) / 2)
    local member = redis.call('ZREVRANGE', KEYS[1], middle, middle)[1]
    if less(member, ARGV[3]) then behind = middle else first = middle + 1 end
  end
end
return redis.call('ZREVRANGE', KEYS[1], first, first + ARGV[1] - 1, 'WITHSCORES')
