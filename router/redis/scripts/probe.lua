-- probe: may this user do what the scripts do? Tried on keys of its own, which
-- are gone afterwards. ARGV: P session
-- Returns the server's time in ms, 1 where it may publish, and the first refusal.
local us, t = clock()
local k = P .. 'probe:' .. me
local tries = {
  {'SET', k, 'x', 'PX', '1000'}, {'GET', k}, {'EXISTS', k}, {'UNLINK', k},
  {'HSET', k, 'f', '1'}, {'HGET', k, 'f'}, {'HMGET', k, 'f'}, {'HKEYS', k}, {'HLEN', k}, {'HEXISTS', k, 'f'},
  {'HSCAN', k, '0'}, {'HINCRBY', k, 'f', '1'}, {'HDEL', k, 'f'},
  {'SADD', k, 'a'}, {'SCARD', k}, {'SMEMBERS', k}, {'SMISMEMBER', k, 'a'}, {'SRANDMEMBER', k}, {'SREM', k, 'b'}, {'SPOP', k, '1'},
  {'ZADD', k, '1', 'a'}, {'ZSCORE', k, 'a'}, {'ZCARD', k}, {'ZCOUNT', k, '0', '1'}, {'ZRANGE', k, '0', '1'},
  {'ZRANGEBYSCORE', k, '0', '1'}, {'ZREMRANGEBYSCORE', k, '2', '3'}, {'ZREM', k, 'a'},
}
local refused = ''
for _, c in ipairs(tries) do
  local r = redis.pcall(unpack(c))
  if refused == '' and type(r) == 'table' and r.err then refused = c[1] .. ': ' .. r.err end
end
local p = redis.pcall('PUBLISH', P .. 'wake', 'probe')
return {t, (type(p) == 'table' and p.err) and 0 or 1, refused}
