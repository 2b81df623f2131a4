# Programs of Debian's i386 packages, dynamically linked: each prints here what the same file prints on 32-bit Linux.
. "$(dirname "$0")/lib.sh"

reason=$( (tools/debian && tools/judge -p) 2>&1 >/dev/null) || {
	echo "1..0 # SKIP $(echo "$reason" | tail -n 1 | sed 's/.*SKIP: //')"
	exit 0
}
root=$(tools/debian)

# What differs from run to run: keys that ipcmk draws, process ids, times, and how much room columns of them take.
normal() {
	perl -pe 's/0x(?!00000abc)[0-9a-f]{8}\b/KEY/g; s/\w{3} \w{3} +\d+ \d\d:\d\d:\d\d \d{4}/TIME/g; s/\w{3} +\d+ \d\d:\d\d:\d\d/TIME/g;
		s/\b\d\d:\d\d\b/TIME/g; s/TIME +\d+ +\d+/TIME PID PID/; s/^(\d+ +root +)\d+ +\d+ *$/$1PID PID/; s/^((\d+ +){4})[1-9]\d* *$/$1PID/;
		s/([cl]pid"?[=:] ?"?|PID="|PID: +)\d+/$1PID/gi; s/ +/ /g; s/ $//'
}

# both SCRIPT: run it here and there; then each of its sections is a test.
both() {
	local script=$1 name=${1##*/} option where
	local options=(-t 100 -r "$root" -e PATH=/usr/bin:/bin -e HOME=/ -e LC_ALL=C -f "$script=/script" -f tools/t/debian/share.pl=/share.pl)
	for where in run judge; do
		tools/$where "${options[@]}" /bin/sh /script </dev/null >"$work/$where" 2>&1
		echo "exit status $?" >>"$work/$where"
		normal <"$work/$where" >"$work/$where.all"
		rm -rf "$work/$where.d" && mkdir "$work/$where.d"
		awk -v d="$work/$where.d" '/^## /{ close(f); f = d "/" sprintf("%02d", ++n) } f { print >f }' "$work/$where.all"
	done
	for section in "$work"/judge.d/*; do
		check "$name: $(sed -n '1s/## //p' "$section")" diff -u "$section" "$work/run.d/${section##*/}"
	done
	check "$name: all of it" cmp "$work/judge.all" "$work/run.all"
}

# On a terminal, the story is followed by busybox's shell, and its poweroff ends the machine.
shell_after_story() {
	: >"$work/console"
	(timeout 60 sh -c "until grep -q '~ # ' '$work/console'; do sleep 0.2; done"
	 printf 'seq 3 | sort -r | tr "\\n" .; echo\npoweroff\n') |
		timeout 90 script -qfec 'make -s run SWAP=0' "$work/console" >/dev/null
	has "$work/console" 'The end. Everything' '^3\.2\.1\.'
}

check "busybox's shell follows the story" shell_after_story
both tools/t/debian/shell.sh
both tools/t/debian/tools.sh
both tools/t/debian/perl.sh
finish
