-- tick: everything a node does regularly, in one round trip: its session goes
-- on, sessions that ran out end, names of ended ones become free, and this
-- node learns its share and gets what it lacks.
-- ARGV: P me ttl offset(ms of its clock) limit(most to give now) spare(0|1: beyond its share) catalogue size
local ttl, limit, spare, id, size = tonumber(ARGV[3]), tonumber(ARGV[5]), ARGV[6] == '1', ARGV[7], tonumber(ARGV[8])
local chunk = 500 -- the most that one call frees: none holds the server long
local us, t = clock()
if not call('ZSCORE', P .. 'sessions', me) then
  return {0, call('ZSCORE', P .. 'ended', me) and 1 or 0}
end

-- Single keys are gone, evicted or deleted by hand: what is left contradicts itself.
local within = call('HGET', P .. 'in', me)
if not call('HGET', P .. 'meta', 'epoch') or call('HEXISTS', P .. 'node', me) == 0
  or (within and true or false) ~= (call('ZSCORE', P .. 'quota', me) and true or false)
  or within and call('HEXISTS', P .. 'catalogues', within) == 0
  or call('EXISTS', P .. 'held:' .. me) == 1 and call('EXISTS', P .. 'owner') == 0 then
  anew()
  return {0, 0}
end

local quiet = pulse(t, ttl)
call('ZADD', P .. 'sessions', num(t + ttl), me)
call('HSET', P .. 'offset', me, ARGV[4])

if t >= quiet then
  local gone = call('ZRANGEBYSCORE', P .. 'sessions', '-inf', num(t), 'LIMIT', 0, 100)
  for _, s in ipairs(gone) do finish(s, t) end
  if #gone > 0 then
    call('ZREMRANGEBYSCORE', P .. 'ended', '-inf', num(t - 86400000))
    signal('leave')
  end
end

-- Names of the dead become free.
local budget = chunk
local dead = call('SRANDMEMBER', P .. 'dead')
while dead and budget > 0 do
  local names, mine = call('SPOP', P .. 'held:' .. dead, budget), {}
  if #names > 0 then
    budget = budget - #names
    for i, o in ipairs(call('HMGET', P .. 'owner', unpack(names))) do
      if o and string.sub(o, string.find(o, '|', 1, true) + 1) == dead then mine[#mine + 1] = names[i] end
    end
    if #mine > 0 then
      call('HDEL', P .. 'owner', unpack(mine))
      free(mine)
    end
  end
  if call('EXISTS', P .. 'held:' .. dead) == 0 then
    call('SREM', P .. 'dead', dead)
    dead = call('SRANDMEMBER', P .. 'dead')
  end
end

-- How many names there are. Nodes may know different ones while a change of
-- configuration is rolled out; then the largest catalogue counts for all.
local catalogues, names = call('HKEYS', P .. 'catalogues'), 0
for _, c in ipairs(catalogues) do names = math.max(names, call('SCARD', P .. 'names:' .. c)) end
local mixed = #catalogues > 1
local workers, allowed = call('ZCARD', P .. 'quota'), tonumber(call('ZSCORE', P .. 'quota', me) or -1)

-- take gives up to k free names, each with a token greater than all before it.
-- The token is at least the server's time in microseconds, so that it goes on
-- growing after the data were lost (nobody claims a million times a second).
local function take(k)
  if k <= 0 then return {} end
  local popped, got = call('SPOP', P .. 'free:' .. id, k), {}
  if #popped == 0 then return {} end
  taken(popped)
  local token, set = math.max(tonumber(call('HGET', P .. 'meta', 'token') or 0), us), {}
  local idle = {}
  for i, o in ipairs(call('HMGET', P .. 'owner', unpack(popped))) do
    if not o then
      token = token + 1
      idle[#idle + 1] = popped[i]
      got[#got + 1], got[#got + 2] = popped[i], num(token)
      set[#set + 1], set[#set + 2] = popped[i], num(token) .. '|' .. me
    end
  end
  if #idle == 0 then return {} end
  call('HSET', P .. 'owner', unpack(set))
  call('SADD', P .. 'held:' .. me, unpack(idle))
  call('HSET', P .. 'meta', 'token', num(token))
  revise()
  return got
end

-- While names are missing in the registry the share is too small: nobody sheds.
local there = call('SCARD', P .. 'names:' .. id)
local whole = there >= size

-- The share. Everyone holds floor or floor + 1, and exactly `extra` nodes hold
-- the one more: whoever is above floor may stay there while there are no more
-- than that. Only what the rule demands moves. What a node is allowed counts,
-- not what it still holds: whoever is to shed has shed as far as the
-- others are concerned, and no two nodes shed for the same lack.
local aim, got = 0, {}
if allowed >= 0 then
  local floor = math.floor(names / workers)
  local others = call('ZCOUNT', P .. 'quota', floor + 1, '+inf')
  if allowed > floor then others = others - 1 end
  aim = floor
  if others < names - floor * workers then aim = floor + 1 end
  local want = aim - allowed
  -- While catalogues differ nobody sheds: what one sheds the others may not
  -- know. What lay free for a while goes beyond the share to whoever knows it.
  if mixed and spare and want <= 0 then
    want = math.ceil(call('SCARD', P .. 'free:' .. id) / tonumber(call('HGET', P .. 'catalogues', id)))
  end
  if t >= quiet and want > 0 then
    got = take(math.min(want, limit))
    allowed = allowed + #got / 2
  elseif t >= quiet and want < 0 and not mixed and whole then
    allowed = aim
  end
  call('ZADD', P .. 'quota', allowed, me)
end

-- Names are missing: none registered them yet, or data were lost. One node at
-- a time registers.
local idle, register = call('SCARD', P .. 'free:' .. id), 0
if allowed >= 0 then
  if not whole or not mixed and call('HLEN', P .. 'owner') + idle < there then
    local by = call('GET', P .. 'registering:' .. id)
    if not by or by == me then
      call('SET', P .. 'registering:' .. id, me, 'PX', num(ttl / 4))
      register = 1
    end
  end
end

local first = call('ZRANGE', P .. 'sessions', 0, 1, 'WITHSCORES')
local ends = -1 -- in how many ms the next session of another runs out
for i = 1, #first, 2 do
  if first[i] ~= me and ends < 0 then ends = math.max(0, math.max(tonumber(first[i + 1]), quiet) - t) end
end
local more = 0
if call('EXISTS', P .. 'dead') == 1 or #got > 0 and allowed < aim and idle > 0 then more = 1 end
return {1, 0, t, math.max(0, quiet - t), call('ZCARD', P .. 'sessions'), workers, names, idle,
  call('SCARD', P .. 'held:' .. me), allowed, aim, tonumber(call('HGET', P .. 'turn', me) or 0), ends,
  more, register, mixed and 1 or 0, got}
