-- KEYS: session. ARGV: active_at, expires_at, life, indexed until if the index has been told.
-- Answers 1, 0 if there is no live record, or the user whose index is to be told first.
local head = head_of(KEYS[1])
if not is_live(head) then
    return 0
end
local active, ends = head:sub(9, 16), head:sub(17, 24)
local is_later = number(ARGV[2]) > number(ends)
if number(ARGV[1]) - number(active) < 1000 and number(ARGV[2]) - number(ends) < 1000 then
    return 1
end
local user = user_of(head, 139)
if user and number(head:sub(49, 56)) < number(ARGV[2]) then
    if ARGV[4] == '' then
        local length = struct.unpack('<I4', head, 139)
        return redis.call('GETRANGE', KEYS[1], 142, 141 + length)
    end
    redis.call('SETRANGE', KEYS[1], 48, ARGV[4])
end
if number(ARGV[1]) > number(active) then
    active = ARGV[1]
end
if is_later then
    ends = ARGV[2]
    redis.call('PEXPIRE', KEYS[1], ARGV[3])
end
redis.call('SETRANGE', KEYS[1], 8, active .. ends)
return 1
