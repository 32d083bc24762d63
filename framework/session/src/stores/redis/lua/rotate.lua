-- KEYS: old session, and if they are on this server: new session, and the index of the record's user if there is one.
-- ARGV: expected version, forward, life of the forward, new value, life, member, remaining, old member.
-- Returns 1, 0 if there is nothing, or what is there.
local refused = refusal(KEYS[1], ARGV[1])
if refused then
    return refused
end
if KEYS[3] then
    index(KEYS[3], ARGV[6], ARGV[7])
end
if KEYS[2] then
    redis.call('SET', KEYS[2], ARGV[4], 'PX', ARGV[5])
end
redis.call('SET', KEYS[1], ARGV[2], 'PX', ARGV[3])
if KEYS[3] then
    redis.call('ZREM', KEYS[3], ARGV[8])
end
return 1
