-- ARGV: kind, room. Returns the values of the members that are named, in the order they came.
return { step, named(ARGV[FIRST], ARGV[FIRST + 1]) }
