-- join: a node begins a session.
-- ARGV: P me ttl node(JSON) holds(how many it works on already) work(0|1) catalogue
-- Returns 1, or 0 where this session has been before and ended.
-- A second call after an answer that was lost changes nothing.
local ttl, holds, work, id = tonumber(ARGV[3]), tonumber(ARGV[5]), ARGV[6] == '1', ARGV[7]
local us, t = clock()
if call('ZSCORE', P .. 'ended', me) then return 0 end
if call('EXISTS', P .. 'sessions') == 0 and call('EXISTS', P .. 'node') == 1 then anew() end
local epoch = call('HGET', P .. 'meta', 'epoch')
if not epoch then
  epoch = num(t)
  call('HSET', P .. 'meta', 'epoch', epoch)
end
local quiet = pulse(t, ttl)
-- Somebody holds leases that this young registry knows nothing of: it was
-- emptied. For one lease time from its beginning nothing is given out, so that
-- all holders come and reclaim what they hold.
local ripe = tonumber(epoch) + ttl
if holds > 0 and t < ripe and quiet < ripe then call('HSET', P .. 'meta', 'quiet', num(ripe)) end
local new = not call('ZSCORE', P .. 'sessions', me)
call('ZADD', P .. 'sessions', num(t + ttl), me)
if new then
  call('HSET', P .. 'node', me, ARGV[4])
  call('HSET', P .. 'turn', me, 0)
  if work then
    call('HSET', P .. 'in', me, id)
    call('HINCRBY', P .. 'catalogues', id, 1)
    call('ZADD', P .. 'quota', 0, me)
    signal('join')
  end
end
return 1
