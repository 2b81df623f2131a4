# Shared by tools/t/*.t, which prove runs with bash: TAP output, a temporary directory, and machines to boot.
set -u
export LC_ALL=C
cd "$(dirname "${BASH_SOURCE[0]}")/../.." || exit 1
work=$(mktemp -d "${TMPDIR:-/tmp}/commons-t.XXXXXX") || exit 1
trap 'rm -rf "$work"' EXIT
trap 'exit 130' INT TERM HUP
tests=0 failures=0

# check NAME COMMAND [ARG...]: one test, passed when the command succeeds; what it prints explains a failure.
check() {
	local name=$1
	shift
	tests=$((tests + 1))
	if "$@" >"$work/why" 2>&1; then
		echo "ok $tests - $name"
	else
		failures=$((failures + 1))
		echo "not ok $tests - $name"
		sed 's/^/#   /' "$work/why" | tail -n 40
	fi
}

skip() { # NAME REASON
	tests=$((tests + 1))
	echo "ok $tests - $1 # SKIP $2"
}

finish() {
	echo "1..$tests"
	exit $((failures > 0))
}

same() { # EXPECTED ACTUAL
	[ "$1" = "$2" ] || { printf 'expected: %s\nactual:   %s\n' "$1" "$2"; return 1; }
}

has() { # FILE PATTERN...: each extended regular expression matches some line
	local file=$1 pattern
	shift
	for pattern; do
		grep -aEq -- "$pattern" "$file" || { echo "no line like: $pattern"; echo "in:"; tail -n 30 "$file"; return 1; }
	done
}

lacks() { # FILE PATTERN
	! grep -aE -- "$2" "$1"
}

# machine SECONDS QEMU-ARG...: COM1 to $work/console, COM2 to $work/log, QEMU's exit status to $status.
machine() {
	local seconds=$1
	shift
	: >"$work/console" && : >"$work/log"
	timeout -k 5 "$seconds" qemu-system-i386 -accel tcg -display none -monitor none -nic none -no-reboot \
		-serial "file:$work/console" -serial "file:$work/log" \
		-device isa-debug-exit,iobase=0xf4,iosize=4 "$@" </dev/null >"$work/qemu" 2>&1
	status=$?
	cat "$work/qemu" >>"$work/log"
	tr -d '\r' <"$work/console" >"$work/text"
}

readonly OFF=33 PANIC=255	# QEMU's exit status
