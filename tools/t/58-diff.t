# Random System V programs say the same on Commons and on 32-bit Linux, step by step.
. "$(dirname "$0")/lib.sh"

if ! reason=$(tools/judge -p 2>&1); then
	echo "1..0 # SKIP $(echo "$reason" | tail -n 1 | sed 's/.*SKIP: //')"
	exit 0
fi

# Two runs of one seed here are the same to the byte, whatever the clock of this machine does.
repeats_itself() {
	tools/run -m 512 -t 60 build/user/diff 7 1 300 </dev/null >"$work/one" &&
		tools/run -i -m 512 -t 60 build/user/diff 7 1 300 </dev/null >"$work/two" && cmp "$work/one" "$work/two"
}

check 'the same twice' repeats_itself
check '3000 steps are the same here and there' tools/diff -n 3000 -s 1
finish
