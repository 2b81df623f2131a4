# Swapping in other ways, and on disks that are not as they should be.
. "$(dirname "$0")/lib.sh"

swapping() { # TESTS OPTION...: those tests pass
	local tests=$1
	shift
	tools/run -m 16 -t 300 -l "$work/log" "$@" build/user/tests --timeout="${patience:-100}" "$tests" </dev/null >"$work/out" 2>&1
	local result=$?
	grep -v '^ok' "$work/out"
	return $result
}

disk() { # MIB: $work/disk, prepared
	rm -f "$work/disk"
	tools/mkdisk "$work/disk" "$1"
}

bad() { # read|write SECTOR...: rules for blkdebug that let these fail
	local kind=$1 sector
	shift
	for sector; do
		printf '[inject-error]\nevent = "none"\niotype = "%s"\nerrno = "5"\nsector = "%s"\n' "$kind" "$sector"
	done >"$work/rules"
}

refused() { # WORDS: swapon says EINVAL, and the log why
	tools/run -t 60 -l "$work/log" -D "$work/disk" build/user/box swapon /dev/hda </dev/null >"$work/out" 2>&1
	[ $? != 0 ] && has "$work/out" 'Invalid argument' && has "$work/log" "$1"
}

check 'swapping with a switch at every sleep point' swapping 'swap*' -d 96 -a switch=always
check 'swapping with every page shown by entry' swapping 'swap*' -d 96 -a tables=off
check 'swapon and swapoff with each allocation failing' swapping 'swap_fail*' -m 32 -d 96
check 'swapon and swapoff, also under load' swapping 'swap_o*' -m 32 -d 96
check 'the same with a switch at every sleep point' swapping 'swap_o*' -m 32 -d 96 -a switch=always
# under the instruction clock, waiting for the disk takes any time
patience=100000 check 'swapoff in one pass' swapping swap_off_in_one_pass -i -m 128 -d 96 -e INSTRUCTION_CLOCK=1
check 'swapping by programmed I/O' swapping 'swap_split*' -d 96 -a ide=pio

disk 96
bad read 8000 8008 16003 40000
check 'slots that cannot be read' swapping swap_read_errors -D "blkdebug:$work/rules:$work/disk" -a swap=hda -e SWAP_BAD_READS=4
bad write 8000 8008 16003 40000
check 'slots that cannot be written' swapping swap_write_errors -D "blkdebug:$work/rules:$work/disk" -a swap=hda -e SWAP_BAD_WRITES=4

disk 8
dd if=/dev/zero of="$work/disk" bs=4096 count=1 conv=notrunc status=none
check 'a disk without a swap area is refused' refused 'no swap area'
disk 8
truncate -s 4M "$work/disk"
check 'an area larger than the disk is refused' refused 'larger than the disk'
disk 8
printf '\2' | dd of="$work/disk" bs=1 seek=1024 conv=notrunc status=none
check 'an area of an unknown version is refused' refused 'unknown version'
disk 1
perl -e 'print pack("L", 255)' | dd of="$work/disk" bs=1 seek=1032 conv=notrunc status=none
perl -e 'print pack("L*", 1..255)' | dd of="$work/disk" bs=1 seek=1536 conv=notrunc status=none
check 'an area with no page that is good is refused' refused 'broken header'
uses_a_part() { # RAM-MIB DISK-MIB KIB: of that disk, so much, and the log says so
	tools/run -m "$1" -d "$2" -t 60 -l "$work/log" build/user/box cat /proc/swaps /proc/mm_check </dev/null >"$work/out" &&
		has "$work/out" "partition	$3	" '^ok$' && has "$work/log" 'slots can be used$'
}
check 'of a disk of more slots than an entry can name, the first 4 GiB are used' uses_a_part 128 5000 4194300
boots_without() { # a disk that is not there is no reason not to boot
	tools/run -t 60 -l "$work/log" -a swap=hdb build/user/box true </dev/null && has "$work/log" 'swap: hdb cannot be used'
}
check 'swap= names a disk that is not there' boots_without
finish
