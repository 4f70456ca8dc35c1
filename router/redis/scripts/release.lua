-- release: names whose work has stopped. Only what this session holds under
-- this very token: a second call never gives away what came back meanwhile.
-- ARGV: P me name token name token …
local names, tokens = leases(3)
local gone = {}
for i, o in ipairs(call('HMGET', P .. 'owner', unpack(names))) do
  if o == tokens[i] .. '|' .. me then gone[#gone + 1] = names[i] end
end
if #gone > 0 then
  call('HDEL', P .. 'owner', unpack(gone))
  call('SREM', P .. 'held:' .. me, unpack(gone))
  free(gone)
end
local allowed, held = call('ZSCORE', P .. 'quota', me), call('SCARD', P .. 'held:' .. me)
if allowed and tonumber(allowed) > held then call('ZADD', P .. 'quota', held, me) end
return revise()
