-- held: what the registry has for this session; asked only where an answer was missed.
-- ARGV: P me
-- Returns the revision, then name, token, name, token …
local reply = {tonumber(call('HGET', P .. 'turn', me) or 0)}
local names = call('SMEMBERS', P .. 'held:' .. me)
for from = 1, #names, 500 do
  local some = {}
  for i = from, math.min(from + 499, #names) do some[#some + 1] = names[i] end
  for i, o in ipairs(call('HMGET', P .. 'owner', unpack(some))) do
    local bar = o and string.find(o, '|', 1, true)
    if o and string.sub(o, bar + 1) == me then
      reply[#reply + 1], reply[#reply + 2] = some[i], string.sub(o, 1, bar - 1)
    else
      call('SREM', P .. 'held:' .. me, some[i]) -- another's by now
    end
  end
end
return reply
