# mm/ and ipc/ built for this machine, under ASan and UBSan, on a fake of all they need from outside; tools/lift tells.
exec make -s -C tools/lift
