-- KEYS: session. ARGV: active_at, expires_at, life, end of the index entry if the index has been updated.
-- Returns 1, 0 if there is no live record, or the user whose index must be updated first.
local head = head_of(KEYS[1])
if not is_live(head) then
    return 0
end
local active, ends = head:sub(9, 16), head:sub(17, 24)
if number(ARGV[1]) - number(active) < 1000 and number(ARGV[2]) - number(ends) < 1000 then
    return 1
end
local user = user_of(head, 139)
local is_to_be_indexed = user and number(head:sub(49, 56)) < number(ARGV[2])
if is_to_be_indexed and ARGV[4] == '' then
    local length = struct.unpack('<I4', head, 139)
    return redis.call('GETRANGE', KEYS[1], 142, 141 + length)
end
-- First the call that needs no memory: Redis checks for memory only before the first write of a script.
redis.call('PEXPIRE', KEYS[1], math.max(ARGV[3], redis.call('PTTL', KEYS[1])))
if is_to_be_indexed then
    redis.call('SETRANGE', KEYS[1], 48, ARGV[4])
end
if number(ARGV[1]) > number(active) then
    active = ARGV[1]
end
if number(ARGV[2]) > number(ends) then
    ends = ARGV[2]
end
redis.call('SETRANGE', KEYS[1], 8, active .. ends)
return 1
