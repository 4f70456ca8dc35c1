-- putstatus: what this node knows of streams, with the time of the server.
-- ARGV: P node stream JSON stream JSON …
local us, t = clock()
local set, head = {}, num(t) .. ' ' .. me .. ' '
for i = 3, #ARGV, 2 do
  set[#set + 1], set[#set + 2] = ARGV[i], head .. ARGV[i + 1]
end
call('HSET', P .. 'reports', unpack(set))
return 1
