-- Makes an inventory, unless something of one is there.
-- KEYS: 1 gate, 2 seq, 3 policy, 4 trimmed, then others that an inventory may have. ARGV: gate,
-- policy, '1' where there is to be a change set.
-- Answers 'made', 'there' (a gate is) or 'remains' (other keys are, but no gate).
if redis.call('EXISTS', KEYS[1]) == 1 then return 'there' end
for i = 2, #KEYS do
  if redis.call('EXISTS', KEYS[i]) == 1 then return 'remains' end
end
redis.call('SET', KEYS[2], '0')
redis.call('SET', KEYS[3], ARGV[2])
if ARGV[3] == '1' then redis.call('SET', KEYS[4], '0') end
redis.call('SET', KEYS[1], ARGV[1])
return 'made'
