-- Revokes a family. KEYS: the family. ARGV: until when that is remembered.
revoke(KEYS[1], tonumber(ARGV[1]))
return 1
