-- holder: which node holds a name.
-- ARGV: P name
-- Returns the node's JSON, or nothing.
local us, t = clock()
local o = call('HGET', P .. 'owner', ARGV[2])
if not o then return false end
local s = string.sub(o, string.find(o, '|', 1, true) + 1)
local ends, quiet = call('ZSCORE', P .. 'sessions', s), tonumber(call('HGET', P .. 'meta', 'quiet') or 0)
if not ends or tonumber(ends) <= t and t >= quiet then return false end
return call('HGET', P .. 'node', s)
