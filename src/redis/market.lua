-- Decides and writes one change of a market: market_rules.hpp once more. All checks come before the
-- first write; the first write is one that the server may refuse without harm.
--
-- KEYS: 1 the op, 2 market:, 3 users:<user>, 4 inventory:<user>, 5 users:<seller>.
-- ARGV: 1 verb, 2 the request, 3 '1': it is asked again, 4 for how many ms an op is known, 5 item,
-- 6 item.seller, 7 price or funds, 8 name.
-- Answers {verdict, '1' if the op was known}. A refusal wrote nothing, but for the op of a request
-- that was asked again.
local verb, request, item, member, amount = ARGV[1], ARGV[2], ARGV[5], ARGV[6], tonumber(ARGV[7])
local most = 9007199254740992
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

-- Compared as text, for the number behind `most` is `most` to Lua.
local function whole(text, least)
  if not string.find(text, '^[1-9]%d*$') and text ~= '0' then return nil end
  if #text > 16 or (#text == 16 and text > '9007199254740992') then return nil end
  local number = tonumber(text)
  return number >= least and number or nil
end

local function account(key)
  local found = look('HMGET', key, 'name', 'funds')
  if not found or not (found[1] or found[2]) then return nil end
  local funds = found[1] and whole(found[2] or '', 0)
  if not funds then failed = failed or 'WRONGTYPE an account is not valid' end
  return {name = found[1], funds = funds}
end

local op = look('GET', KEYS[1])
local actor, seller, owned, price
if verb == 'put_account' or verb == 'grant_item' or verb == 'purchase_item' then
  actor = account(KEYS[3])
end
if verb == 'purchase_item' then seller = account(KEYS[5]) end
if verb ~= 'put_account' then
  owned = look('SISMEMBER', KEYS[4], item) == 1
  local score = look('ZSCORE', KEYS[2], member)
  price = score and whole(score, 1)
  if score and not price then failed = failed or 'WRONGTYPE a price is not valid' end
end
if failed then return redis.error_reply(failed) end

if op then
  local verdict, known = string.match(op, '^([^\t]*)\t(.*)$')
  if not verdict then return {'damaged', '0'} end
  if known ~= request then return {'other_request', '0'} end
  return {verdict, '1'}
end

local judge = {}

function judge.put_account()
  if not actor then return 'done' end
  return actor.name == ARGV[8] and actor.funds == amount and 'same' or 'already_exists'
end

function judge.grant_item()
  if not actor then return 'user_not_found' end
  return (owned or price) and 'same' or 'done'
end

function judge.list_item() return owned and 'done' or 'item_not_owned' end

function judge.purchase_item()
  if not price then return 'item_not_found' end
  if not actor or not seller then return 'user_not_found' end
  if price ~= amount then return 'price_changed' end
  if actor.funds < amount then return 'insufficient_funds' end
  if seller.funds > most - amount then return 'too_rich' end
  return 'done'
end

function judge.cancel_listing() return price and 'done' or 'item_not_found' end

if owned and price then return {'damaged', '0'} end
local verdict = judge[verb]()
local carried_out = verdict == 'done' or verdict == 'same'
if carried_out or ARGV[3] == '1' then
  redis.call('SET', KEYS[1], verdict .. '\t' .. request, 'PX', ARGV[4])
end
if verdict ~= 'done' then return {verdict, '0'} end

if verb == 'put_account' then
  redis.call('HSET', KEYS[3], 'name', ARGV[8], 'funds', ARGV[7])
elseif verb == 'list_item' then
  redis.call('ZADD', KEYS[2], ARGV[7], member)
  redis.call('SREM', KEYS[4], item)
else
  if verb == 'purchase_item' then
    redis.call('HINCRBY', KEYS[5], 'funds', ARGV[7])
    redis.call('HINCRBY', KEYS[3], 'funds', '-' .. ARGV[7])
  end
  redis.call('SADD', KEYS[4], item)
  redis.call('ZREM', KEYS[2], member)
end
return {'done', '0'}
