-- Reads as of one moment. A transaction would do, but a server whose memory is used up queues none.
-- KEYS: gate, seq, relied_on, then one for each read. ARGV: 1 now ('': TIME), then of each read: the
-- command, how many arguments behind the key, and these.
-- Answers gate, seq, now, error; then the reply to each.
local now = store_time(ARGV[1])
local answer = {look('GET', KEYS[1]) or '', look('GET', KEYS[2]) or '',
                string.format('%.0f', now), ''}
local at = 2
for i = 4, #KEYS do
  local command, count = ARGV[at], tonumber(ARGV[at + 1])
  answer[#answer + 1] = look(command, KEYS[i], unpack(ARGV, at + 2, at + 1 + count))
  at = at + 2 + count
end
answer[4] = failed or ''
return answer
