-- KEYS: session. ARGV: owner, until, now, the latest end that another owner's lock may have.
-- Returns {1, record with the lock}, {2, end of another owner's lock}, or {0, what is there}.
local head = head_of(KEYS[1])
if head == '' then
    return { 0 }
end
if not is_live(head) then
    return { 0, redis.call('GET', KEYS[1]) }
end
local owner, ends = head:sub(25, 32), number(head:sub(33, 40))
if owner ~= NONE and owner ~= ARGV[1] and tonumber(ARGV[3]) < ends and ends <= tonumber(ARGV[4]) then
    return { 2, head:sub(33, 40) }
end
redis.call('SETRANGE', KEYS[1], 24, ARGV[1] .. ARGV[2])
redis.call('SETRANGE', KEYS[1], 0, next_version(head, ARGV[1]))
return { 1, redis.call('GET', KEYS[1]) }
