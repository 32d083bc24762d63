-- The second half of a renewal where the successor lies on another server. KEYS: old session.
-- ARGV: expected version, way to the successor, life of that. Answers 1, 0 if there is nothing, or what is there.
local head = head_of(KEYS[1])
if head == '' then
    return 0
end
if head:sub(1, 8) ~= ARGV[1] or not is_live(head) then
    return redis.call('GET', KEYS[1])
end
redis.call('SET', KEYS[1], ARGV[2], 'PX', ARGV[3])
return 1
