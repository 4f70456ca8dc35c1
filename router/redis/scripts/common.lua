-- Put before every script. ARGV[1] is what all keys begin with (it carries the
-- hash tag: all keys live in one slot), ARGV[2] the session that calls.
-- Time is the server's: the nodes' clocks do not matter.
local P, me = ARGV[1], ARGV[2]
local call = redis.call

local function num(n) return string.format('%.0f', n) end

-- The server's time in microseconds and in milliseconds.
local function clock()
  local t = call('TIME')
  local us = tonumber(t[1]) * 1000000 + tonumber(t[2])
  return us, math.floor(us / 1000)
end

-- A signal is a courtesy: who misses one comes at its next tick. A user that
-- may not publish costs speed, never work.
local function signal(name) redis.pcall('PUBLISH', P .. 'wake', name) end

-- pulse notes that a call arrived, and finds out what happened to time. No call
-- for half a lease time: Redis was away, not the nodes. Then the registry is
-- quiet for a lease time: no session ends, nothing is given out, so that
-- everybody comes first. The clock was set back: every end moves along.
local function pulse(t, ttl)
  local m = call('HMGET', P .. 'meta', 'pulse', 'quiet')
  local last, quiet = tonumber(m[1] or t), tonumber(m[2] or 0)
  if t < last - 1000 then
    local all = call('ZRANGE', P .. 'sessions', 0, -1, 'WITHSCORES')
    for i = 1, #all, 2 do call('ZADD', P .. 'sessions', num(tonumber(all[i + 1]) + t - last), all[i]) end
    quiet = math.min(quiet, t + ttl)
  elseif t - last > ttl / 2 and call('EXISTS', P .. 'sessions') == 1 then
    quiet = t + ttl
  end
  call('HSET', P .. 'meta', 'pulse', num(t), 'quiet', num(quiet))
  return quiet
end

-- free puts names into the free set of every catalogue that knows them. One
-- that none knows is forgotten: nobody is configured for it any more.
local function free(names)
  local new = false
  for _, c in ipairs(call('HKEYS', P .. 'catalogues')) do
    local known, add = call('SMISMEMBER', P .. 'names:' .. c, unpack(names)), {}
    for i, yes in ipairs(known) do
      if yes == 1 then add[#add + 1] = names[i] end
    end
    if #add > 0 then
      new = new or call('EXISTS', P .. 'free:' .. c) == 0
      call('SADD', P .. 'free:' .. c, unpack(add))
    end
  end
  if new then signal('free') end -- where some lay free already, whoever lacks some knows
end

-- taken takes names out of every free set.
local function taken(names)
  for _, c in ipairs(call('HKEYS', P .. 'catalogues')) do
    call('SREM', P .. 'free:' .. c, unpack(names))
  end
end

-- retire takes a session out of the sharing: it holds what it holds, counts no
-- more, and its catalogue goes with the last session that uses it.
local function retire(s)
  call('ZREM', P .. 'quota', s)
  local c = call('HGET', P .. 'in', s)
  if not c then return end
  call('HDEL', P .. 'in', s)
  if call('HINCRBY', P .. 'catalogues', c, -1) <= 0 then
    call('HDEL', P .. 'catalogues', c)
    call('UNLINK', P .. 'names:' .. c, P .. 'free:' .. c, P .. 'registering:' .. c)
  end
end

-- finish ends a session in a time that does not depend on what it holds: its
-- names wait with the dead until someone frees them, some at a time.
local function finish(s, t)
  retire(s)
  call('ZREM', P .. 'sessions', s)
  for _, h in ipairs({'node', 'offset', 'turn'}) do call('HDEL', P .. h, s) end
  call('ZADD', P .. 'ended', num(t), s)
  if call('EXISTS', P .. 'held:' .. s) == 1 then call('SADD', P .. 'dead', s) end
end

-- anew begins the registry anew, where single keys are gone: nobody is known
-- any more, and all holders come and reclaim what they hold.
local function anew()
  for _, s in ipairs(call('HKEYS', P .. 'node')) do call('SADD', P .. 'dead', s) end
  for _, s in ipairs(call('ZRANGE', P .. 'sessions', 0, -1)) do call('SADD', P .. 'dead', s) end
  for _, c in ipairs(call('HKEYS', P .. 'catalogues')) do
    call('UNLINK', P .. 'names:' .. c, P .. 'free:' .. c, P .. 'registering:' .. c)
  end
  for _, k in ipairs({'sessions', 'quota', 'in', 'catalogues', 'node', 'offset', 'turn', 'owner'}) do call('UNLINK', P .. k) end
  call('HDEL', P .. 'meta', 'epoch')
end

-- revise counts the changes to what this session holds (its revision, key
-- `turn`). A node that sees it go on without itself has missed an answer.
local function revise()
  if not call('ZSCORE', P .. 'sessions', me) then return 0 end
  return call('HINCRBY', P .. 'turn', me, 1)
end

-- leases reads name, token, name, token … from ARGV.
local function leases(from)
  local names, tokens = {}, {}
  for i = from, #ARGV, 2 do
    names[#names + 1], tokens[#tokens + 1] = ARGV[i], ARGV[i + 1]
  end
  return names, tokens
end
