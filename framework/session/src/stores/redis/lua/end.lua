-- KEYS: session. ARGV: user. Returns 1 if the session was the user's and has been ended, 2 if it is a forward, else 0.
local head = redis.call('GET', KEYS[1])
if not head then
    return 0
end
if is_moved(head) then
    return 2
end
if is_live(head) and user_of(head, 139) == ARGV[1] then
    redis.call('DEL', KEYS[1])
    return 1
end
return 0
