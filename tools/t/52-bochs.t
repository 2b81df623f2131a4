# In Bochs, from an ISO: a second machine, whose TLB keeps what nobody flushes. What is judged is the TAP that COM1 gives.
. "$(dirname "$0")/lib.sh"

# in_bochs MODULES KERNEL ARGUMENT...: boots, with $disk and $memory MiB; COM1 to $work/text, COM2 to $work/log. Fails when the machine does not switch itself off.
in_bochs() {
	local modules=$1 kernel=$2
	shift 2
	tools/mkiso "$work/test.iso" "$kernel" "$modules" log=com2 "$@" &&
		tools/bochs -t 200 -m "$memory" -d "$disk" -l "$work/log" "$work/test.iso" >"$work/text"
}

disk=$work/disk memory=64
truncate -s 16M "$disk"

all_are_ok() { # every test that the machine's TAP announces
	local plan
	plan=$(sed -n 's/^1\.\.//p' "$work/text")
	[ "${plan:-0}" -gt 0 ] && [ "$plan" = "$(grep -c '^ok ' "$work/text")" ] && return
	grep -v '^ok ' "$work/text"
	tail -n 20 "$work/log"
	return 1
}

kernel_tests() { # PREFIX LOG-PATTERN ARGUMENT...
	local prefix=$1 pattern=$2
	shift 2
	in_bochs build/initrd.cpio build/ktest/commons.elf ktest="$prefix" "$@" && all_are_ok && has "$work/log" "$pattern"
}

user_tests() { # KERNEL-ARGUMENT PATTERN...
	local argument=$1
	shift
	printf '#!/bin/sh\n/bin/tests --timeout=100 %s\n/bin/poweroff\n' "$*" >"$work/script"
	tools/mkcpio -x run/script "$work/script" >"$work/script.cpio"
	in_bochs "build/initrd.cpio,$work/script.cpio" build/commons.elf init=/run/script "$argument" && all_are_ok
}

swapping() { # PATTERN...: on a machine with a quarter of the memory that they use
	local disk=$work/swap memory=16
	tools/mkdisk "$disk" 80 && user_tests swap=hda "$@"
}

story() {
	in_bochs build/initrd.cpio build/commons.elf batch && has "$work/text" '^The end. Everything was as it should be.'
}

check 'Bochs boots the ISO, and the story ends well' story
check 'the tests of the TLB inside the kernel' kernel_tests tlb '^Commons'
check 'those of disks, by DMA' kernel_tests block '^hda: 16 MiB, DMA, ' scratch
check 'and by programmed I/O' kernel_tests block '^hda: 16 MiB, programmed I/O, ' scratch ide=pio
check 'the user tests of the TLB and of memory' user_tests '' 'tlb*' 'table*' 'paging*' 'mem*'
check 'those of the TLB with every page shown by entry' user_tests tables=off 'tlb*' 'table*'
check 'pages that go to the disk and come back' swapping 'swap_page*' 'swap_fam*' 'swap_split*' 'swap_lock*' 'swap_text*' 'swap_segment*'
finish
