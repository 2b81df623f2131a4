# The user tests with a switch of tasks at every sleep point, on a machine so small that pages go to the swap disk all the time.
exec tools/run -m 20 -d 300 -t 600 -a switch=always build/user/tests --timeout=200 </dev/null
