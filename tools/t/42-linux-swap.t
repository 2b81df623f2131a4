# Those that need a swap disk, on 32-bit Linux with as little memory as it starts with.
if ! reason=$(tools/judge -p 2>&1); then
	echo "1..0 # SKIP $(echo "$reason" | tail -n 1 | sed 's/.*SKIP: //')"
	exit 0
fi
exec tools/judge -m 64 -d 128 -t 600 build/user/tests --linux --timeout=300 'swap*'
