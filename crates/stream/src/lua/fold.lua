-- Adds shipped increments to the totals, and settles each in the same step: each counts exactly once.
-- KEYS 1 increments  2 totals  ARGV 1 group  2 consumer  3… ids
local folded = 0
for i = 3, #ARGV do
  if owner(KEYS[1], ARGV[1], ARGV[i]) == ARGV[2] then
    local fields = fields_of(KEYS[1], ARGV[i])
    if fields then
      for j = 1, #fields, 2 do
        -- A value that is no number must not hold up the rest.
        redis.pcall('HINCRBYFLOAT', KEYS[2], fields[j], fields[j + 1])
      end
      folded = folded + 1
    end
    settle(KEYS[1], ARGV[1], ARGV[i])
  end
end
return folded
