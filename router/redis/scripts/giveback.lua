-- giveback: a request that will not be made. Its place is free again only
-- where it was the last given: one that others stand behind passes unused, as
-- two of them would else come at once.
-- ARGV: P source ticket interval(us)
local key = P .. 'rate:' .. me
if call('GET', key) ~= ARGV[3] then return 0 end
local bar = string.find(ARGV[3], '|', 1, true)
local tat = tonumber(string.sub(ARGV[3], 1, bar - 1)) - tonumber(ARGV[4])
call('SET', key, num(tat) .. string.sub(ARGV[3], bar), 'KEEPTTL')
return 1
