# The same with -fsanitize=undefined, which traps where C is undefined.
VARIANT=ubsan
. tools/t/20-ktest.t
