-- KEYS: session. ARGV: owner. Returns 1, or what is there if it is a forward.
local head = head_of(KEYS[1])
if is_moved(head) then
    return redis.call('GET', KEYS[1])
end
if is_live(head) and head:sub(25, 32) == ARGV[1] then
    redis.call('SETRANGE', KEYS[1], 24, NONE .. NONE)
    redis.call('SETRANGE', KEYS[1], 0, next_version(head, ARGV[1]))
end
return 1
