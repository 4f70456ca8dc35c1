-- reserve: one request of a source's budget. GCRA: `tat` is when the budget
-- would be whole again; a request is due `burst - 1` intervals before it, and
-- whoever comes earlier has the place and waits for it.
-- ARGV: P source interval(us) burst most(us to wait, -1 any) cold(0|1: begin with nothing saved)
-- Returns us to wait, the working nodes, and the ticket; no ticket, no place.
local interval, burst, most = tonumber(ARGV[3]), tonumber(ARGV[4]), tonumber(ARGV[5])
local key = P .. 'rate:' .. me
local us = clock()
local workers = call('ZCARD', P .. 'quota')
local tat, last = us, us
local kept = call('GET', key)
if kept then
  local bar = string.find(kept, '|', 1, true)
  tat, last = tonumber(string.sub(kept, 1, bar - 1)), tonumber(string.sub(kept, bar + 1))
  if us < last - 1000000 then tat = tat + us - last end -- the server's clock was set back
end
if ARGV[6] == '1' then tat = math.max(tat, us + burst * interval) end
local wait = math.max(0, tat - (burst - 1) * interval - us)
if most >= 0 and wait > most then return {wait, workers, ''} end
tat = math.max(tat, us) + interval
local ticket = num(tat) .. '|' .. num(us)
call('SET', key, ticket, 'PX', num(math.ceil((tat - us) / 1000) + 1000))
return {wait, workers, ticket}
