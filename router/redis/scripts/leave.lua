-- leave: a node stops. First it only retires: the others take over as it
-- releases. At last its session ends, and what it did not release is freed.
-- ARGV: P me last(0|1)
local us, t = clock()
if ARGV[3] == '1' then finish(me, t) else retire(me) end
signal('leave')
return 1
