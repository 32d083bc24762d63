-- The second half of a renewal whose successor is on another server. KEYS: old session.
-- ARGV: expected version, forward, life of the forward. Returns 1, 0 if there is nothing, or what is there.
local refused = refusal(KEYS[1], ARGV[1])
if refused then
    return refused
end
redis.call('SET', KEYS[1], ARGV[2], 'PX', ARGV[3])
return 1
