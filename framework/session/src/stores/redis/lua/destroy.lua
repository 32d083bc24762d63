-- KEYS: session. Returns what was there. A forward to a successor is kept.
local there = redis.call('GET', KEYS[1])
if there and not is_moved(there) then
    redis.call('DEL', KEYS[1])
end
return there
