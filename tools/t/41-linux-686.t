# The user tests on 32-bit Linux, which is the judge of behaviour: every one has to pass.
if ! reason=$(tools/judge -p 2>&1); then
	echo "1..0 # SKIP $(echo "$reason" | tail -n 1 | sed 's/.*SKIP: //')"
	exit 0
fi
echo "# ${reason%.deb}"
exec tools/judge -m 512 -t 600 build/user/tests --linux --timeout=200
