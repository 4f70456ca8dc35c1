-- register: names of a catalogue, some at a time.
-- ARGV: P me ttl catalogue name…
local id, names = ARGV[4], {}
for i = 5, #ARGV do names[#names + 1] = ARGV[i] end
if call('HEXISTS', P .. 'catalogues', id) == 0 then return 0 end
call('SET', P .. 'registering:' .. id, me, 'PX', num(tonumber(ARGV[3]) / 4))
call('SADD', P .. 'names:' .. id, unpack(names))
local owners, idle = call('HMGET', P .. 'owner', unpack(names)), {}
for i, o in ipairs(owners) do
  if not o then idle[#idle + 1] = names[i] end
end
if #idle > 0 then free(idle) end
return 1
