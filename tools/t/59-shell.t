# At the prompt: what is typed on COM1 is edited, echoed, and signals what runs. First in our own small shell, then in busybox's, which
# has jobs. What programs see of the terminal is asked by user/tests/tty.c, on Linux too.
. "$(dirname "$0")/lib.sh"

# start INITRD: boots, without a terminal on our side; what is typed goes to $to, what is shown comes from $from.
start() {
	coproc machine { timeout -k 5 200 qemu-system-i386 -accel tcg -m 64 -display none -monitor none -nic none -no-reboot -serial stdio \
		-device isa-debug-exit,iobase=0xf4,iosize=4 -kernel build/commons.elf -initrd "$1" -append log=com2 2>"$work/qemu"; }
	pid=$machine_PID seen=
	exec {from}<&"${machine[0]}" {to}>&"${machine[1]}"	# bash drops its own when the machine ends
}

# expect PATTERN: read on until what has been shown since the last time matches.
expect() {
	local byte
	until [[ $seen =~ $1 ]]; do
		IFS= read -r -d '' -n 1 -t 30 -u "$from" byte || { printf 'no %s in %q\n' "$1" "$seen"; return 1; }
		seen+=$byte
	done
	seen=
}

# says TYPED PATTERN [TYPED PATTERN]...: each is typed (as printf has it), and then that is shown. Before the next there is a moment for
# what was started to get going.
says() {
	while :; do
		printf "$1" >&"$to"
		expect "$2" || return 1
		shift 2
		[ $# != 0 ] || return 0
		sleep 0.3
	done
}
readonly go=$'\ngo\r\n'

ends() { # TYPED
	printf "$1" >&"$to"
	timeout 30 cat <&"$from" >"$work/rest"
	wait "$pid"
	same $OFF $?
}

start build/initrd.cpio
check 'the story is followed by a prompt' expect $'\n# '
check 'typed characters are echoed, and erased' says 'echo ab\177cX\bd\r' $'echo ab\b \bcX\b \bd\r\nacd\r\n# '
check 'so are words and lines' says 'xx yy\025echo one two\027three\r' $'(\b \b){5}echo one two(\b \b){3}three\r\none three\r\n# '
check 'control characters are echoed as such' says 'echo \001\t\177\177\r' $'echo \\^A\t\b \b\b \b\b \b\r\n\r\n# '
check '^C ends what sleeps, and only that' says 'sleep 100\r' $'\n' '\003' $'\\^C.*signal 2.*# '
check '^D ends a program that reads' says 'cat\rabc\r\004' $'abc\r\n(cat\r\n)?abc\r\n# '
check 'many lines can be typed ahead' says "$(for i in {1..60}; do printf 'echo %s-%s\\r' $i $((i * i)); done)" $'# 60-3600\r\n# '
check 'exit ends the machine' ends 'exit\r'

if root=$(tools/debian 2>"$work/reason"); then
	tools/mkcpio -r "$root" >"$work/root.cpio"
	start "build/initrd.cpio,$work/root.cpio"
	check "busybox's shell has its prompt" expect '~ # '
	check '... and job control' says 'echo $-\r' $'\n[a-z]*m[a-z]*\r\n~ # '
	check 'lines are edited' says 'echo abx\177c \033[D\033[Dd\001\005\r' $'\nabdc\r\n~ # '
	check '^C ends a sleep' says 'echo go; sleep 100\r' "$go" '\003' '\^C.*~ # '
	check '... by SIGINT' says 'echo =$?\r' '=130.*~ # '
	check '^C ends a loop of the shell' says 'echo go; while :; do :; done\r' "$go" '\003' '\^C.*~ # '
	check '^C ends a program in a loop' says 'sh -c "echo go; while :; do :; done"\r' "$go" '\003' '\^C.*~ # '
	check '^C ends a pipeline' says 'yes | (echo go; cat >/dev/null)\r' "$go" '\003' '\^C.*~ # '
	check '^\ ends a program' says 'echo go; sleep 100\r' "$go" '\034' 'Quit.*~ # '
	check '^Z stops a job' says 'sh -c "echo go; sleep 100"\r' "$go" '\032' '\^Z.*Stopped +sh -c.*~ # '
	check 'jobs tells of it' says 'jobs\r' 'jobs.*Stopped +sh -c.*~ # '
	check 'bg continues it' says 'bg\r' 'sh -c.*~ # ' 'jobs\r' 'Running +sh -c.*~ # '
	check 'fg brings it back, for ^C' says 'fg\r' $'\nsh -c[^\n]*\n' '\003' '~ # '
	check 'then there are no jobs' says 'jobs; echo none\r' $'none\r\nnone\r\n~ # '
	check 'a job that reads in the background stops' says 'cat &\r' '~ # ' '\r' 'Stopped \(tty input\) +cat.*~ # '
	check '... and reads in the foreground' says 'fg\r' $'\ncat\r\n' 'hello\r\004' $'hello\r\nhello\r\n~ # '
	check 'a terminal that forbids it stops one that writes' says 'stty tostop; echo x &\r' '~ # ' '\r' 'Stopped \(tty output\).*~ # '
	check '... and not in the foreground' says 'stty -tostop; fg\r' $'\nx\r\n~ # '
	check 'a program that wants characters gets them' says 'stty -icanon -echo; echo go; head -c 3; stty icanon echo\r' "$go" \
		'a\177\004' $'^a\177\004~ # '
	check 'pipelines, globs and scripts' says 'for i in 1 2 3; do echo $i >/tmp/f$i; done; cat /tmp/f? | sort -r | tr "\\n" .\r' '3\.2\.1\..*~ # '
	check 'tty and stty know the terminal' says 'tty; stty size\r' $'/dev/ttyS0\r\n25 80.*~ # '
	check 'poweroff ends the machine' ends 'poweroff\r'
else
	skip "busybox's shell" "$(tail -n 1 "$work/reason" | sed 's/.*SKIP: //')"
fi
finish
