# The user tests in the kernel that traps undefined behaviour.
exec tools/run -m 256 -t 600 -k build/ubsan/commons.elf build/user/tests --timeout=200 </dev/null
