-- KEYS: user's index. ARGV: member, remaining.
index(KEYS[1], ARGV[1], ARGV[2])
return 1
