# tools/run: every exit status, every option, and streams that arrive byte for byte.
. "$(dirname "$0")/lib.sh"

probe=$work/probe
i686-linux-gnu-gcc -O2 -static tools/t/probe.c -o "$probe" || exit 1
run() { tools/run -t 100 "$@"; }

status_is() { # EXPECTED COMMAND...
	local expected=$1 actual
	shift
	"$@"
	actual=$?
	same "$expected" $actual
}

input_arrives() { # FILE cat|cat-err
	run "$probe" "$2" <"$1" >"$work/out" 2>"$work/err" || return 1
	if [ "$2" = cat ]; then
		cmp "$1" "$work/out" && [ ! -s "$work/err" ]
	else
		cmp "$1" "$work/err" && [ ! -s "$work/out" ]
	fi
}

strings_arrive() {
	local strings=(args '' ' ' 'two words' "it's \"quoted\"" '$HOME \ * ?' $'new\nline' $'\xff\x01\x80' -x -- last)
	printf '%s\0' "$probe" "${strings[@]}" >"$work/expected"
	run "$probe" "${strings[@]}" </dev/null >"$work/out" && cmp "$work/expected" "$work/out"
}

environment_arrives() {
	printf '%s\0' 'A=1' 'B=two words' $'C=\xfe"\n=' 'D=' >"$work/expected"
	run -e A=1 -e 'B=two words' -e $'C=\xfe"\n=' -e D= "$probe" env </dev/null >"$work/out" &&
		cmp "$work/expected" "$work/out"
}

facts_are() { # PATTERN RUN-OPTION...
	local pattern=$1
	shift
	run "$@" "$probe" facts </dev/null >"$work/out" && has "$work/out" "$pattern"
}

file_arrives() {
	head -c 100000 /dev/urandom >"$work/a file"
	run -f "$work/a file" "$probe" file '/a file' </dev/null | cmp "$work/a file" &&
		run -f "$work/a file=/tmp/deep/er" -f "$probe" "$probe" file /tmp/deep/er </dev/null | cmp "$work/a file"
}

megabytes_arrive() {
	run "$probe" blocks 64 </dev/null >"$work/out" || return 1
	perl -e 'for my $i (0..63) { print pack "C*", map { ($i + $_ + ($_ >> 8)) & 255 } 0..65535 }' | cmp - "$work/out"
}

clock_is_deterministic() {
	run -i "$probe" facts </dev/null >"$work/one" && run -i "$probe" facts </dev/null >"$work/two" &&
		cmp "$work/one" "$work/two" && has "$work/one" ' time 1767225[67]'
}

runs_do_not_disturb_each_other() {
	local n pids=()
	for n in 1 2 3 4; do
		(echo "$n" | run "$probe" cat >"$work/out$n"; exit $((n + $?))) &
		pids[n]=$!
	done
	for n in 1 2 3 4; do
		wait "${pids[n]}"
		same $n $? && same "$n" "$(cat "$work/out$n")" || return 1
	done
}

ends_with_its_program() { # with a stdin that never ends and is not read
	mkfifo "$work/fifo"
	exec 8<>"$work/fifo"
	echo unread >&8
	status_is 3 tools/run -t 30 "$probe" exit 3 <&8
}

ends_by() { # SIGNAL: everything with it; what a SIGKILL leaves is files
	mkdir -p "$work/tmp"
	TMPDIR=$work/tmp timeout -s "$1" 3 tools/run "$probe" forever </dev/null
	sleep 0.2
	! ls -l /proc/[0-9]*/cwd 2>/dev/null | grep -F "$work/tmp" && { [ "$1" = KILL ] || same '' "$(ls "$work/tmp")"; }
}

log_goes_to_file() {
	run -l "$work/kernel log" "$probe" exit 0 </dev/null 2>"$work/err" && [ -s "$work/kernel log" ] && [ ! -s "$work/err" ]
}

panic_is_told() {
	status_is 125 run -a init=/bin/nothing "$probe" exit 0 </dev/null 2>"$work/err" && has "$work/err" 'cannot run /bin/nothing'
}

gdb_is_waited_for() {
	local port=$((20000 + $$ % 20000)) pid
	run -g $port "$probe" exit 9 </dev/null &
	pid=$!
	timeout -k 2 30 gdb -q -batch -iex 'set tcp connect-timeout 10' -ex "target remote 127.0.0.1:$port" \
		-ex 'detach' </dev/null
	wait $pid
	same 9 $?
}

for n in 0 1 77 124 125 255; do
	check "exit status $n is the program's" status_is $n run "$probe" exit $n </dev/null
done
check 'killed by SIGTERM is 143' status_is 143 run "$probe" signal 15 </dev/null
check 'killed by SIGKILL is 137' status_is 137 run "$probe" signal 9 </dev/null
check 'killed by SIGSEGV is 139' status_is 139 run "$probe" crash </dev/null
check 'timeout of a busy program is 124' status_is 124 tools/run -t 4 "$probe" forever </dev/null
check 'timeout of a sleeping program is 124' status_is 124 tools/run -t 4 "$probe" sleep </dev/null
check 'a boot failure is 125, with the kernel'"'"'s words' panic_is_told
for option in -Z '-m 0' '-m 1' '-m x' '-t 0' '-g 65536' '-u 1:' '-e X' '-f /none'; do
	check "wrong usage is 125: $option" status_is 125 run $option "$probe" exit 0 </dev/null
done
check 'a file that is not executable is 126' status_is 126 run README.md </dev/null
check 'a 64-bit program is 126' status_is 126 run /bin/true </dev/null
head -c 1000 "$probe" >"$work/cut" && chmod +x "$work/cut"
check 'a truncated program is 126' status_is 126 run "$work/cut" </dev/null
check 'a program that is not there is 127' status_is 127 run "$work/none" </dev/null

perl -e 'print map { chr } 0..255, reverse 0..255' >"$work/all"
perl -e 'print "\xff" x 3000, "\xff\0" x 3000, "\0\xff\xff\0"' >"$work/escapes"
head -c 200000 /dev/urandom >"$work/random"
check 'all byte values pass from stdin to stdout' input_arrives "$work/all" cat
check 'all byte values pass from stdin to stderr' input_arrives "$work/all" cat-err
check 'bytes that look like escapes pass' input_arrives "$work/escapes" cat
check '200 kB of noise pass' input_arrives "$work/random" cat
check 'an empty stdin is an end of file' input_arrives /dev/null cat
check '4 MiB of output arrive whole' megabytes_arrive
check 'a stdout that takes nothing does not end the program' status_is 0 eval 'echo text | run "$probe" cat >/dev/full'
check 'nor one that is closed' status_is 0 eval 'echo text | run "$probe" cat >&-'
check 'arguments arrive byte for byte' strings_arrive
check 'the environment arrives byte for byte' environment_arrives
check 'files arrive' file_arrives
check 'no stream is a terminal here' facts_are '^tty 000 uid 0 0 gid 0 0 '
check '-u UID:GID' facts_are 'uid 12 12 gid 34 34 ' -u 12:34
check '-u UID' facts_are 'uid 12 12 gid 12 12 ' -u 12
check '-i repeats itself to the instruction' clock_is_deterministic
check '-m 8' status_is 5 run -m 8 "$probe" exit 5 </dev/null
check '-l' log_goes_to_file
check '-g' gdb_is_waited_for
check 'four at once' runs_do_not_disturb_each_other
check 'an unread stdin does not hold it' ends_with_its_program
for signal in INT QUIT TERM KILL; do
	check "SIG$signal leaves nothing behind" ends_by $signal
done
check 'shared memory in a fresh program' status_is 0 run "$probe" share </dev/null
finish
