-- KEYS: session. Answers what was there; the way to a successor stays.
local there = redis.call('GET', KEYS[1])
if there and not is_moved(there) then
    redis.call('DEL', KEYS[1])
end
return there
