-- nodes: who is there. ARGV: P
-- Returns session, JSON, clock offset in ms, names held, ms until it runs out (negative: since) of each.
local us, t = clock()
local reply = {}
local all = call('ZRANGE', P .. 'sessions', 0, -1, 'WITHSCORES')
for i = 1, #all, 2 do
  local s = all[i]
  reply[#reply + 1] = {s, call('HGET', P .. 'node', s) or '', tonumber(call('HGET', P .. 'offset', s) or 0),
    call('SCARD', P .. 'held:' .. s), tonumber(all[i + 1]) - t}
end
return reply
