-- A value: version, active_at, expires_at, lock owner, lock until, write id, indexed until (8 bytes each, little-endian), envelope.
local NONE = '\0\0\0\0\0\0\0\0'

local function number(bytes)
    return (struct.unpack('<I8', bytes))
end

-- The version after the one at the beginning of a value, made by the owner of a lock: one change more, and the owner's last
-- 20 bits. See contract/version.rs.
local function next_version(head, owner)
    local changes = math.floor(number(head:sub(1, 8)) / 1048576) + 1
    return struct.pack('<I8', changes * 1048576 + struct.unpack('<I3', owner) % 1048576)
end

-- Enough of a value for every decision. Of a name of 256 bytes or more, this is only the beginning.
local function head_of(key)
    return redis.call('GETRANGE', key, 0, 397)
end

local function is_live(head)
    return #head >= 142 and head:sub(57, 62) == 'SALN\2\1'
end

local function is_moved(head)
    return head:sub(57, 62) == 'SALN\2\2'
end

-- What keeps a record from being replaced: 0 if there is none, or the value if it has another version or is not a live
-- record. Otherwise false, and the beginning of the value.
local function refusal(key, expected)
    local head = head_of(key)
    if head == '' then
        return 0
    end
    if head:sub(1, 8) ~= expected or not is_live(head) then
        return redis.call('GET', key)
    end
    return false, head
end

-- The user in an envelope, whose length is at this position of the text; false if nobody is logged in.
local function user_of(text, at)
    local length = struct.unpack('<I4', text, at)
    if length == 4294967295 then
        return false
    end
    return text:sub(at + 4, at + 3 + length)
end

-- Adds a session to its user's index, with the time until which the entry is kept, by this server's clock.
local function index(key, member, remaining)
    local day = 86400000
    local time = redis.call('TIME')
    local now = time[1] * 1000 + math.floor(time[2] / 1000)
    -- First the write that needs memory: a server without any refuses it, and with it the whole script.
    redis.call('ZADD', key, string.format('%.0f', now + remaining), member)
    redis.call('ZREMRANGEBYSCORE', key, '-inf', now - day)
    if redis.call('PTTL', key) < remaining + day then
        redis.call('PEXPIRE', key, string.format('%.0f', remaining + day))
    end
end
