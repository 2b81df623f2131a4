# The tests inside the kernel: the machine prints TAP itself.
. "$(dirname "$0")/lib.sh"

machine 120 -m 64 -kernel "build/${VARIANT:-ktest}/commons.elf" -initrd build/initrd.cpio -append 'ktest log=com2'
cat "$work/text"
[ $status = $OFF ] && exit 0
tail -n 30 "$work/log" | sed 's/^/# /'
exit 1
