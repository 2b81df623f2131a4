# `make debug`: stopped at the kernel's entry, with symbols of kernel and programs, and commands that know the structures.
. "$(dirname "$0")/lib.sh"

port=$((20000 + $$ % 20000))

debug() { # GDB-COMMAND...: what gdb says goes to $work/gdb
	printf '%s\n' "$@" kill >"$work/script"
	timeout -k 5 60 tools/debug -d 8 -p $port -x "$work/script" </dev/null >"$work/gdb" 2>&1
	port=$((port + 1))
}

stops_at_entry() {
	debug 'info registers eip' 'info symbol $eip' && has "$work/gdb" '^eip +0x10[0-9a-f]+' 'boot_entry'
}

knows_the_kernel() {
	debug 'break kernel_main' 'continue' && has "$work/gdb" 'kernel_main \(magic='
}

knows_programs() {
	debug 'break box_init' 'continue' swap && has "$work/gdb" 'box_init \(argc=1' '^hda: 2047 slots, 0 used'
}

# A segment of two pages, the first touched, attached twice and already removed, which then goes to the swap disk, and one of 4 MiB that is
# shown by table, as `probe share` has them.
asks_about_a_segment() {
	i686-linux-gnu-gcc -O2 -static tools/t/probe.c -o "$work/probe" || return 1
	tools/run -g $port -d 8 -t 90 "$work/probe" share </dev/null >"$work/out" 2>&1 &
	timeout -k 5 60 gdb -q -batch -iex 'set tcp connect-timeout 10' -iex 'set pagination off' build/commons.elf \
		-ex "target remote 127.0.0.1:$port" -x tools/gdb/commons.py -x tools/t/gdb.py \
		</dev/null >"$work/segment" 2>"$work/complaints"
	kill $! 2>/dev/null
	wait
	cat "$work/segment" "$work/complaints"
	has "$work/segment" 'Breakpoint 1, shm_detach'
}

says() { has "$work/segment" "$@"; }

check 'gdb is stopped at the entry' stops_at_entry
check 'gdb knows the kernel by name' knows_the_kernel
check 'gdb knows the programs by name' knows_programs
check 'gdb stops in a system call' asks_about_a_segment
check 'tasks: the running one is marked' says '^\* +2 .*probe|^\* +[0-9]+ .*prog'
check 'areas: its stack and its attaches, and how they are shown' says '^[0-9a-f]{8}-[0-9a-f]{8} .*object 0x.*, by entry$' \
	'^[0-9a-f]{8}-[0-9a-f]{8} rw-s page 0 object 0x.*, by table in 1 of 1 directory entries$'
check 'shm: which attach is by table, and which is not' says '^  .* of .*, by entry$' '^  .* of .*, by table in 1 of 1 directory entries$'
check 'shm: the segment, and where it is attached' says '^id 0 key 0x0 mode 1600 size 5000 attached 2 ' '^  [0-9a-f]{8}-[0-9a-f]{8}'
check 'pages: one of two has a frame' says '^2 pages from 0, 1 resident' 'page 0 +frame'
check 'walk: through both tables' says '^directory\[[0-9]+\] = ' '^table\[[0-9]+\] = ' '^physical 0x'
check 'frame_info: who names it and who shows it' says 'FRAME_PAGE, count' 'named by object' 'mapped at [0-9a-f]{8}'
check 'account: sums and limits' says '^committed [0-9]+ = granted [0-9]+ \+ kernel [0-9]+, of limit [0-9]+ = RAM [0-9]+ - reserve [0-9]+ \+ slots 2047 - 16$'
check 'pages, frame_info: a page in transit' says '^  page 0 +in transit, frame [0-9]+, slot 1$' '^frame [0-9]+, slot 1: FRAME_PAGE, count 1, pins 1, in transit$'
check 'pages, swap: a page in a slot' says '^2 pages from 0, 0 resident, 1 swapped' '^  page 0 +slot 1$' '^hda: 2047 slots, 1 used, 2046 free, 0 kept' '^1 pages out, 0 in, by 1 requests; 0 in transit$'
finish
