# The benchmark: the same numbers every time, none of them higher than what was committed, and everyone gets a turn.
. "$(dirname "$0")/lib.sh"

bench() { # FILE
	tools/run -i -m 512 -t 200 build/user/bench </dev/null >"$1"
}

repeats_itself() {
	bench "$work/one" && bench "$work/two" && diff "$work/one" "$work/two"
}

frees_what_it_takes() {
	! awk -F '\t' '$1 == "row" && $8 != 0 || $2 ~ /frames lost/ && $3 != 0' "$work/one" | grep .
}

all_have_their_turns() {
	! awk -F '\t' '$2 ~ /turns of 20/ && $3 != 20' "$work/one" | grep .
}

check 'the same numbers twice' repeats_itself
check 'no number has risen by more than a tenth' tools/bench --check
check 'every row leaves as many frames free as there were' frees_what_it_takes
check 'a thousand runnable tasks have equal turns' all_have_their_turns
finish
