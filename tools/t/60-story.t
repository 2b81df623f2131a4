# `make run` without a terminal tells the whole story and ends; the same program tells it on Linux.
. "$(dirname "$0")/lib.sh"

make_run() { make -s run </dev/null >"$work/story" 2>"$work/err" && [ ! -s "$work/err" ]; }

bad_end_is_told() {
	! tools/boot -r build/passwd </dev/null >"$work/out" 2>"$work/err" && has "$work/err" 'did not switch itself off'
}

check 'make run tells the story and ends by itself' make_run
check 'a segment is created' has "$work/story" 'shmget'
check 'it is attached' has "$work/story" 'shmat'
check 'a first touch makes a frame' has "$work/story" 'frame'
check 'a write to a read-only attach is refused' has "$work/story" 'SIGSEGV'
check 'processes fork' has "$work/story" 'fork'
check 'the last detach frees' has "$work/story" 'last detach'
check 'no word of the kernel is mixed in' lacks "$work/story" 'panic|assert'
check 'a bad end is told, with the log, and fails' bad_end_is_told
if tools/judge -p >/dev/null 2>&1; then
	check 'the same program tells it on 32-bit Linux' tools/judge build/user/box story
else
	skip 'the same program tells it on 32-bit Linux' 'linux-image-686 cannot be had'
fi
finish
