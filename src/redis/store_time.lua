-- Stands before every script that needs store time. KEYS: 1 gate, 2 seq, 3 relied_on.
local failed

-- A read. What goes wrong in it is kept in `failed`; it then answers false.
local function look(...)
  local reply = redis.pcall(...)
  if type(reply) == 'table' and reply.err then
    failed = failed or reply.err
    return false
  end
  return reply
end

-- In milliseconds: `given`, or the server's clock; never before what a commit relied on, which comes
-- second.
local function store_time(given)
  local now = tonumber(given)
  if not now then
    local time = look('TIME')
    now = time[1] * 1000 + math.floor(time[2] / 1000)
  end
  local relied_on = look('GET', KEYS[3])
  if relied_on and not string.find(relied_on, '^%-?%d+$') then
    failed = failed or 'WRONGTYPE relied_on is not a number'
    relied_on = false
  end
  relied_on = tonumber(relied_on or 0)
  return math.max(now, relied_on), relied_on
end

-- Whether one whole number is less than another, both as text: they may be too long for Lua.
local function less(a, b)
  if #a ~= #b then return #a < #b end
  return a < b
end

