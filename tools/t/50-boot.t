# Boot: by QEMU and by GRUB, with much and little memory, and what is said when it cannot be.
. "$(dirname "$0")/lib.sh"

readonly STORY='^The end. Everything was as it should be.'	# the story's last words

# boot MIB [QEMU-ARG...]: the ordinary kernel, batch.
boot() {
	local memory=$1
	shift
	machine 100 -m "$memory" -kernel build/commons.elf -initrd build/initrd.cpio -append 'log=com2 batch' "$@"
}

tells_the_story() {
	same $OFF "$status" && has "$work/text" "$STORY"
}

story_with() { # MIB
	boot "$1" && tells_the_story
}

# refused PATTERN QEMU-ARG...: the machine says so in one line and stops, without a panic.
refused() {
	local pattern=$1
	shift
	machine 30 "$@"
	cat "$work/text" "$work/log" >"$work/all"
	has "$work/all" "$pattern" && lacks "$work/all" '^panic|backtrace' && [ "$status" != 124 ]
}

kernel_alone=(-m 64 -kernel build/commons.elf -append log=com2)

iso_boots() {
	tools/mkiso "$work/story.iso" build/commons.elf build/initrd.cpio log=com2 batch &&
		machine 100 -m 64 -cdrom "$work/story.iso" -boot d && tells_the_story
}

iso_is_reproducible() {
	tools/mkiso "$work/one.iso" build/commons.elf build/initrd.cpio && sleep 1.1 &&
		tools/mkiso "$work/two.iso" build/commons.elf build/initrd.cpio && cmp "$work/one.iso" "$work/two.iso"
}

crash() { # HOW PATTERN...
	local how=$1
	shift
	machine 30 -m 64 -kernel build/ktest/commons.elf -initrd build/initrd.cpio -append "ktest log=com2 crash=$how"
	same $PANIC "$status" && has "$work/log" "$@"
}

read_screen() { # PATTERN: VGA text memory, read through QEMU's monitor, until it is there
	: >"$work/vga"
	for ((i = 0; i < 100; i++)); do
		printf 'pmemsave 0xb8000 4000 "%s"\n' "$work/vga"
		sleep 0.2
		perl -0777 -ne 's/(.)./$1/sg; print join "\n", unpack "(A80)*", $_' "$work/vga" >"$work/screen"
		has "$work/screen" "$1" >/dev/null && break
	done
	echo quit
}

screen_shows() { # PATTERN KERNEL QEMU-ARG...
	local pattern=$1
	shift
	read_screen "$pattern" |
		timeout -k 5 60 qemu-system-i386 -accel tcg -display none -nic none -monitor stdio -no-shutdown -m 64 "$@" >/dev/null
	has "$work/screen" "$pattern"
}

check 'QEMU loads the kernel and it tells the story' story_with 64
check 'so does GRUB, from an ISO' iso_boots
check 'the ISO is made of the same bytes each time' iso_is_reproducible
for mib in 8 16 1024; do
	check "the story with $mib MiB" story_with $mib
done
check 'too little memory is refused' refused 'memory' -m 4 -kernel build/commons.elf -append log=com2
check 'a processor without PSE is refused' refused 'processor' "${kernel_alone[@]}" -cpu 486
check 'a processor without FXSR is refused' refused 'processor' "${kernel_alone[@]}" -cpu pentium
check 'a missing module is told' refused 'module|initrd' "${kernel_alone[@]}"
head -c 50000 /dev/urandom >"$work/noise"
check 'an initrd of noise is told' refused 'cpio' "${kernel_alone[@]}" -initrd "$work/noise"
head -c 300001 build/initrd.cpio >"$work/cut"
check 'an initrd that is cut off is told' refused 'cpio' "${kernel_alone[@]}" -initrd "$work/cut"
names='^  [0-9a-f]{8} [a-z_0-9]+\+0x[0-9a-f]+$'
check 'a panic shows what failed, registers and names' crash panic '^panic: asked' 'eip' "$names" 'ktest_panic'
check 'a write to kernel text is caught' crash text '^panic: page fault' 'eip' 'ktest_text'
check 'a null pointer of the kernel is caught' crash null '^panic: page fault at 00000000' 'eip' 'ktest_null'
check 'a kernel stack overflow is reported' crash stack '^panic: kernel stack overflow' 'eip' 'descend'
check 'also of the stack of boot' crash boot_stack '^panic: kernel stack overflow' 'eip' 'descend'
check 'the screen shows the boot' screen_shows '^Commons: 64 MiB' -kernel build/commons.elf
check 'the screen shows a panic' screen_shows panic -kernel build/ktest/commons.elf -initrd build/initrd.cpio -append "ktest crash=panic"
finish
