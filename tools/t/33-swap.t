# The user tests that need a swap disk, on a machine with a quarter of the memory that they use.
exec tools/run -m 16 -d 96 -t 300 build/user/tests --timeout=100 'swap*' </dev/null
