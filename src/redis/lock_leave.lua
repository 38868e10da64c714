-- Gives back those locks that are still the holder's: one that ended may be somebody else's by now.
--
-- KEYS: the locks. ARGV: 1 the holder's token. Answers how many were given back.
local given = 0
for i = 1, #KEYS do
  if redis.pcall('GET', KEYS[i]) == ARGV[1] then given = given + redis.call('DEL', KEYS[i]) end
end
return given
