# `make run` without a terminal tells the whole story and ends; the same program tells it on Linux.
. "$(dirname "$0")/lib.sh"

make_run() { make -s run </dev/null >"$work/story" 2>"$work/err" && [ ! -s "$work/err" ]; }

tells_it_again() { # the second segment has another id, and other processes
	printf 'story\nstory\n' | tools/run -t 100 build/user/box sh >"$work/again" 2>&1 &&
		same 2 "$(grep -c '^The end. Everything was as it should be.' "$work/again")"
}

# By the instruction clock a second is long enough for what was started, however busy this machine is.
# shmmap_says KERNEL-ARGUMENT PATTERN...: of a segment of 8 MiB, two pages of it touched by one process and one read by another.
shmmap_says() {
	local argument=$1
	shift
	printf 'attach -c 2048 1 2000 &\nattach 0 -r 1 &\nsleep 1\nshmmap 0\n' |
		tools/run -i -t 100 -a "$argument" build/user/box sh >"$work/map" 2>&1 && has "$work/map" "$@"
}

# Of a locked segment, two neighbouring pages and a third on the swap disk.
shmmap_shows_slots() {
	printf 'attach -c 2048 1 5 6 2000 &\nsleep 1\npageout 0 5 6 2000\npageout 0 5 6 2000\nshmlock 0\nshmmap 0\n' |
		tools/run -i -d 8 -t 100 build/user/box sh >"$work/map" 2>&1 && has "$work/map" ', 4 swapped  attached 1 times  locked$' \
		'^  5 +slot [0-9]+$' '^  2000 +slot [0-9]+$'
}

tells_it_without_a_disk() {
	tools/run -t 60 build/user/box story </dev/null >"$work/dry" 2>&1 && has "$work/dry" '^7. There is no swap disk here' '^10. B detaches'
}

iso_swaps() { # by GRUB, on a disk that is attached to the machine as any other
	tools/mkdisk "$work/disk" 8 && tools/mkiso "$work/iso" build/commons.elf build/initrd.cpio log=com2 batch swap=hda &&
		machine 60 -m 64 -boot d -cdrom "$work/iso" -drive "file=$work/disk,format=raw,if=ide,index=0,cache=unsafe"
	same $OFF "$status" && has "$work/text" '2 = slot 1 ' '^The end. Everything was as it should be.'
}

bad_end_is_told() {
	! tools/boot -r build/passwd </dev/null >"$work/out" 2>"$work/err" && has "$work/err" 'did not switch itself off'
}

check 'make run tells the story and ends by itself' make_run
check 'a segment is created, without memory' has "$work/story" 'shmget\(0x[0-9a-f]+, .*\) = [0-9]+' 'pages in memory: 0'
check 'two processes attach it at different addresses' has "$work/story" 'shmat\([0-9]+, 0x50000000\).*shmat\([0-9]+, 0x63001000\)'
check 'a first touch makes a frame' has "$work/story" '0x50001000   frame +[0-9a-f]+ +--->    1 +-  0x63002000'
check 'the second process gets the same frame' has "$work/story" 'frame +([0-9a-f]+) +--->    1    <--- frame +\1  0x63002000'
check 'a semaphore tells the first when to look' has "$work/story" 'A sleeps on a semaphore.*reads 43, with 0 faults'
check 'a write to a read-only attach is refused' has "$work/story" 'SEGV at 0x58008000, SEGV_ACCERR'
check 'a child inherits the attach' has "$work/story" 'attached 3 times'
check 'a page goes to the swap disk, to a slot' has "$work/story" '0x50002000   - +2 = slot [0-9]+ +-  0x63003000' \
	'pages in memory: 1, on the swap disk: 1'
check 'it comes back with its contents' has "$work/story" 'reads 44: its fault \(0 minor, 1 major\)' '0x50002000   - +2    <--- frame +[0-9a-f]+  0x63003000' \
	'pages in memory: 2, on the swap disk: 0'
check 'one of a locked segment stays' has "$work/story" 'SHM_LOCK\), mode 2600 .*MADV_PAGEOUT\) = 0 .*in frame [0-9a-f]+ still'
check 'a removed segment waits for its last detach' has "$work/story" 'key 0x0, mode 600 dest,.* attached 1 times'
check 'then it is gone' has "$work/story" 'shmat\([0-9]+\): Invalid argument'
check 'the story ends well' has "$work/story" '^The end. Everything was as it should be.'
check 'no word of the kernel is mixed in' lacks "$work/story" 'panic|assert'
check 'it can be told again' tells_it_again
check 'without a swap disk it says so' tells_it_without_a_disk
check 'from an ISO it swaps too' iso_swaps
check 'shmmap draws a segment, and says what is shown by table' shmmap_says tables=on '2048 pages, 2 resident, 0 swapped  attached 2 times' \
	' rw-s from page 0, by table 2, by entry 0$' ' r--s from page 0, by table 1, by entry 0$' '^  1 +[0-9a-f]+ +2 +A B$'
check 'and what by entry' shmmap_says tables=off ' rw-s from page 0, by table 0, by entry 2$' ' r--s from page 0, by table 0, by entry 1$'
check 'shmmap shows what is on the swap disk, and a lock' shmmap_shows_slots
check 'a bad end is told, with the log, and fails' bad_end_is_told
if tools/judge -p >/dev/null 2>&1; then
	check 'the same program tells it on 32-bit Linux' tools/judge -d 32 build/user/box story
else
	skip 'the same program tells it on 32-bit Linux' 'linux-image-686 cannot be had'
fi
finish
