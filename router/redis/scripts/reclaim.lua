-- reclaim: names this node works on that the registry does not give it, after
-- data were lost. What nobody owns, or only a session that is no more or was of
-- this very process, is its own again, under the token it has.
-- ARGV: P me name token name token …
-- Returns the revision, and 1 or 0 for each name.
local names, tokens = leases(3)
local highest = tonumber(call('HGET', P .. 'meta', 'token') or 0)
local answers, mine = {}, {}
local function process(s) return string.match(s, '^(.*)/') end
for i, o in ipairs(call('HMGET', P .. 'owner', unpack(names))) do
  local of = o and string.sub(o, string.find(o, '|', 1, true) + 1)
  local yes = not of or process(of) == process(me) or not call('ZSCORE', P .. 'sessions', of)
  answers[i] = yes and 1 or 0
  if yes then
    if of and of ~= me then call('SREM', P .. 'held:' .. of, names[i]) end
    call('HSET', P .. 'owner', names[i], tokens[i] .. '|' .. me)
    mine[#mine + 1] = names[i]
    highest = math.max(highest, tonumber(tokens[i]))
  end
end
if #mine > 0 then
  call('SADD', P .. 'held:' .. me, unpack(mine))
  taken(mine)
  call('HSET', P .. 'meta', 'token', num(highest))
end
if call('ZSCORE', P .. 'quota', me) then call('ZADD', P .. 'quota', call('SCARD', P .. 'held:' .. me), me) end
return {revise(), answers}
