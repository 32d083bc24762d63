-- KEYS: session, user's index. ARGV: value, life, member, remaining. Returns 1, or the existing value.
local there = redis.call('GET', KEYS[1])
if there then
    return there
end
index(KEYS[2], ARGV[3], ARGV[4])
redis.call('SET', KEYS[1], ARGV[1], 'PX', ARGV[2])
return 1
