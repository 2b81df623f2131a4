# Disks: by DMA and by programmed I/O, on machines of several kinds, with errors that QEMU injects, and none at all.
. "$(dirname "$0")/lib.sh"

for n in 0 1 2 3; do
	truncate -s 16M "$work/disk$n"
done
disk() { # N: the QEMU option for disk N
	echo "-drive file=$work/disk$1,format=raw,cache=unsafe,if=ide,index=$1"
}

# kernel_tests ARGUMENT PATTERN QEMU-ARG...: the tests inside the kernel pass, and the log has the pattern.
kernel_tests() {
	local argument=$1 pattern=$2
	shift 2
	machine 60 -m 64 -kernel build/ktest/commons.elf -initrd build/initrd.cpio -append "ktest=block log=com2 scratch $argument" "$@"
	lacks "$work/text" '^not ok' && same $OFF "$status" && has "$work/log" "$pattern"
}

# on_q35 DEVICE...: the disk on the second channel of an IDE controller, the last of the devices.
on_q35() {
	local device options=(-M q35)
	for device; do
		options+=(-device "$device")
	done
	kernel_tests '' '^hdc: 16 MiB, DMA, ' "${options[@]}" -drive "file=$work/disk0,format=raw,cache=unsafe,if=none,id=d" \
		-device ide-hd,bus=i.1,drive=d
}

user_tests() { # RUN-OPTION...
	tools/run -t 100 "$@" -D "$work/disk0" -e DISK=/dev/hda build/user/tests 'disk_*' </dev/null >"$work/out" 2>&1
	same 0 $? && lacks "$work/out" SKIP
}

# What one does with a disk that has errors: moves pages one by one, and tells how each went.
cat >"$work/pages.c" <<'END'
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

int main(int argc, char **argv)
{
	static char page[4096];
	int fd = open("/dev/hda", O_RDWR);

	for (int i = 2; i < argc; i++) {
		off_t at = atol(argv[i]) * 4096;
		ssize_t n = argv[1][0] == 'r' ? pread(fd, page, 4096, at) : pwrite(fd, page, 4096, at);
		printf("%s ", n == 4096 ? "good" : n < 0 && errno == EIO ? "EIO" : "bad");
	}
	return 0;
}
END
i686-linux-gnu-gcc -O2 -static "$work/pages.c" -o "$work/pages" || exit 1

# with_errors read|write ONCE WANT LOG-PATTERN ARGUMENT: pages 4 to 6 are moved, of which 5 has an error.
with_errors() {
	local way=$1 once=$2 want=$3 pattern=$4
	printf '[inject-error]\nevent = "none"\niotype = "%s"\nerrno = "5"\nsector = "43"\nonce = "%s"\n' $way $once >"$work/errors"
	same "$want" "$(tools/run -t 60 -l "$work/log" -a "$5" -D "blkdebug:$work/errors:$work/disk0" "$work/pages" $way 4 5 6 4 </dev/null)" &&
		if [ -n "$pattern" ]; then has "$work/log" "$pattern"; else lacks "$work/log" cannot; fi
}

# A disk that gives 512 bytes a second. Under the instruction clock time jumps while the machine waits, so this takes seconds.
too_slow() {
	printf '#!/bin/sh\n/bin/cat /dev/hda\n/bin/cat /dev/hdb\n/bin/poweroff\n' >"$work/script"
	tools/mkcpio -x run/script "$work/script" >"$work/script.cpio"
	echo 'the other one' | dd conv=sync bs=4096 of="$work/small" 2>/dev/null
	machine 60 -m 64 -kernel build/commons.elf -initrd "build/initrd.cpio,$work/script.cpio" -append 'log=com2 init=/run/script' \
		-icount shift=0,sleep=off -drive "file=$work/disk0,format=raw,if=ide,index=0,throttling.bps-total=512" \
		-drive "file=$work/small,format=raw,if=ide,index=1"
	same $OFF "$status" && has "$work/text" '/dev/hda: Input/output error' 'the other one' && has "$work/log" '^hda: cannot read'
}

check 'the tests inside the kernel, by DMA' kernel_tests '' '^hda: 16 MiB, DMA, QEMU HARDDISK' $(disk 0)
check 'by programmed I/O' kernel_tests ide=pio '^hda: 16 MiB, programmed I/O, ' $(disk 0)
check 'with four disks at once' kernel_tests '' '^hdd: 16 MiB, DMA, ' $(disk 0) $(disk 1) $(disk 2) $(disk 3)
check 'with four by programmed I/O' kernel_tests ide=pio '^hdd: 16 MiB, programmed I/O, ' $(disk 0) $(disk 1) $(disk 2) $(disk 3)
check 'with a slave that has no master' kernel_tests '' '^hdd: ' $(disk 3)
check 'on another chip set' on_q35 piix4-ide,id=i
check 'behind a bridge' on_q35 pci-bridge,id=b,chassis_nr=1 piix4-ide,id=i,bus=b,addr=1
check 'without a controller' kernel_tests '' '^Commons: ' -M q35
check 'without PCI' kernel_tests '' '^Commons: ' -M isapc -cpu qemu32
check 'user tests of the disk as a file' user_tests
check 'by programmed I/O' user_tests -a ide=pio
check 'switching tasks at every sleep point' user_tests -a switch=always
failed='hda: cannot %s 8 sectors from 40 on'
for argument in ide=dma ide=pio; do
	for way in read write; do
		check "$argument: a $way error is EIO, and the disk goes on" \
			with_errors $way off 'good EIO good good ' "$(printf "$failed" $way)" $argument
		check "$argument: a $way error that does not come again is not told" with_errors $way on 'good good good good ' '' $argument
	done
done
check 'a disk that does not answer in time is EIO, and another on its channel works' too_slow
finish
