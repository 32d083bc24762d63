-- KEYS: user's index. Returns the sessions in it.
local time = redis.call('TIME')
redis.call('ZREMRANGEBYSCORE', KEYS[1], '-inf', (time[1] - 86400) * 1000)
return redis.call('ZRANGE', KEYS[1], 0, -1)
