# perl-base, System V memory and semaphores: one-liners, and a script. Printed the same by Linux.
section() { echo "## $*"; }
exec 2>&1
section shmget
perl -e '$id = shmget(0x77, 100, 01600); print defined $id ? "made\n" : "$!\n"'
perl -e 'print defined shmget(0x77, 100, 03600) ? "made\n" : "$!\n"'
perl -e 'print defined shmget(0x77, 4097, 0) ? "found\n" : "$!\n"'
perl -e 'print defined shmget(0x78, 1, 0) ? "found\n" : "$!\n"'
perl -e 'print defined shmget(0x78, 0, 01600) ? "made\n" : "$!\n"'
section shmwrite and shmread
perl -e '$id = shmget(0x77, 0, 0); print shmwrite($id, "hello", 10, 8) ? "written\n" : "$!\n"'
perl -e '$id = shmget(0x77, 0, 0); print shmread($id, $b, 8, 12) ? unpack("H*", $b) . "\n" : "$!\n"'
perl -e '$id = shmget(0x77, 0, 0); print shmread($id, $b, 90, 11) ? "read\n" : "$!\n"'
perl -e '$id = shmget(0x77, 0, 0); print shmwrite($id, "x" x 200, 0, 100) ? "written\n" : "$!\n"; shmread($id, $b, 0, 100); print $b eq "x" x 100 ? "same\n" : "other\n"'
section shmctl
perl -e '$id = shmget(0x77, 0, 0); shmctl($id, 2, $ds) or die $!; @f = unpack("l L4 S S S S L2 L*", $ds); printf "%x %o %d %d\n", $f[0], $f[5], length $ds, $f[11]'
perl -e '$id = shmget(0x77, 0, 0); $> = 65534; print shmread($id, $b, 0, 1) ? "read\n" : "$!\n"; print shmctl($id, 0, 0) ? "removed\n" : "$!\n"'
perl -e '$id = shmget(0x77, 0, 0); print shmctl($id, 0, 0), "\n"; print shmctl($id, 0, 0) ? "again\n" : "$!\n"'
section script
perl /share.pl
section semget, semop and semctl
perl -e '$id = semget(0x55, 3, 01600) // die $!; print semctl($id, 1, 16, 7) ? "set\n" : "$!\n"; print semctl($id, 1, 12, 0) + 0, "\n"'
perl -e '$id = semget(0x55, 0, 0); print semop($id, pack "s6", 1, -3, 0, 2, 5, 0) ? "done\n" : "$!\n"; semctl($id, 0, 13, $v = ""); print join(" ", unpack "S*", $v), "\n"'
perl -e '$id = semget(0x55, 0, 0); print semop($id, pack "s3", 0, -1, 04000) ? "done\n" : "$!\n"; print semctl($id, 3, 12, 0) ? "got\n" : "$!\n"; print semctl($id, 0, 16, 40000) ? "set\n" : "$!\n"'
perl -e '$id = semget(0x55, 0, 0); semop($id, pack "s3", 1, -1, 010000); print semctl($id, 1, 12, 0) + 0, "\n"'
perl -e '$id = semget(0x55, 0, 0); print semctl($id, 1, 12, 0) + 0, "\n"; if (!fork) { semop($id, pack "s3", 0, -1, 0); print "let go\n"; exit } select undef, undef, undef, 0.1; print semctl($id, 0, 14, 0) + 0, "\n"; semop($id, pack "s3", 0, 1, 0); wait; print semctl($id, 0, 0, 0) ? "removed\n" : "$!\n"; print semop($id, pack "s3", 0, 1, 0) ? "done\n" : "$!\n"'
