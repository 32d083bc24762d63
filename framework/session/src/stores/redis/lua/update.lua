-- KEYS: session, and the index of the record's user if it is on this server.
-- ARGV: expected version, head, envelope, life, end of the index entry, member, remaining, whether the index is updated.
-- Returns 1, 0 if there is nothing, 2 if the index must be updated first, or what is there.
local refused, head = refusal(KEYS[1], ARGV[1])
if refused then
    return refused
end
local indexed = NONE
local user = user_of(ARGV[3], 83)
if user then
    indexed = head:sub(49, 56)
    local ends = number(ARGV[2]:sub(17, 24))
    if user_of(head, 139) ~= user or number(indexed) < ends then
        indexed = ARGV[5]
        if KEYS[2] then
            index(KEYS[2], ARGV[6], ARGV[7])
        elseif ARGV[8] ~= '1' then
            return 2
        end
    end
end
redis.call('SET', KEYS[1], ARGV[2] .. indexed .. ARGV[3], 'PX', ARGV[4])
return 1
