# The user tests, in the kernel.
exec tools/run -m 256 -t 600 build/user/tests --timeout=200 </dev/null
