# The user tests on this machine's own Linux, in a System V IPC namespace of their own so that nothing is left behind.
if ! reason=$(unshare -i true 2>&1); then
	echo "1..0 # SKIP no IPC namespace of its own: ${reason:-needs root}"
elif ! build/user/tests --list >/dev/null 2>&1; then
	echo "1..0 # SKIP this machine does not run 32-bit x86 programs"
else
	exec timeout 600 unshare -i build/user/tests --host64 --timeout=200 </dev/null
fi
