# mm/ and ipc/ built for this machine, under ASan and UBSan, on a fake of all they need from outside.
. "$(dirname "$0")/lib.sh"

check 'the host builds mm/ and ipc/ and their unit tests pass' make -s -C tools/lift
finish
