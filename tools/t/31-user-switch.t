# The user tests with a switch of tasks at every sleep point.
exec tools/run -m 256 -t 600 -a switch=always build/user/tests --timeout=200 </dev/null
