# util-linux on System V memory and semaphores: section after section, printed the same by Linux. Ids are chosen by shm_next_id.
section() { echo "## $*"; }
show() { "$@" 2>&1; echo "status $?"; }
make_segments() {
	echo 100001 >/proc/sys/kernel/shm_next_id
	show ipcmk -M 64K -p 640
	echo 200002 >/proc/sys/kernel/shm_next_id
	show ipcmk -M 1M
	perl -e 'shmget(0xabc, 5000, 01666) // die; shmctl(300000, 0, 0)'
}
umask 022
exec 2>&1
section ipcmk
make_segments
show ipcmk -M 0
show ipcmk -M nonsense
show ipcmk
section ipcs -m
show ipcs -m
for option in -t -c -l -u --human --bytes; do
	section ipcs -m $option
	show ipcs -m $option
done
section ipcs -m -p
show ipcs -m -p
section ipcs -m -i
show ipcs -m -i 100001
show ipcs -m -i 5
section lsipc -m
show lsipc -m
for option in -b -c -t -P --json --export -r --raw -l --notruncate; do
	section lsipc -m $option
	show lsipc -m $option
done
section lsipc -m -i
show lsipc -m -i 200002
show lsipc -m -i 7
section lsipc -m -g
show lsipc -m -g
section lsipc -m -o
show lsipc -m -o ID,SIZE,NATTCH,STATUS,OWNER,PERMS
section ipcrm
show ipcrm -m 100001
show ipcrm -m 100001
show ipcrm -M 0xabc
show ipcrm -M 0xabd
show ipcrm -m x
show ipcrm --shmem-id 200002
show ipcs -m
section ipcrm --all
make_segments
show ipcrm -v --all=shm
show ipcs -m
show ipcrm
make_sets() {
	echo 100001 >/proc/sys/kernel/sem_next_id
	show ipcmk -S 3 -p 640
	perl -e '$id = semget(0xabc, 2, 01666) // die; semop($id, pack "s3", 1, 4, 0) or die; print "$id\n"'
}
section semaphores
make_sets
show ipcmk -S 0
for option in '' -t -c -l -u; do
	section ipcs -s $option
	show ipcs -s $option
done
section ipcs -s -i
show ipcs -s -i 100001
show ipcs -s -i 0
show ipcs -s -i 5
for option in '' -c -t --json -g; do
	section lsipc -s $option
	show lsipc -s $option
done
section lsipc -s -i
show lsipc -s -i 100001
section ipcrm -s
show ipcrm -s 100001
show ipcrm -s 100001
show ipcrm -S 0xabc
show ipcrm -S 0xabd
make_sets
show ipcrm --all=sem
show ipcs -s
