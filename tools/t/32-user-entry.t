# The user tests of shared memory with every page shown by entry, none by table.
exec tools/run -m 256 -t 600 -a tables=off build/user/tests --timeout=200 'shm*' 'paging*' 'table*' 'tlb*' 'race*' 'scale*' 'mem*' </dev/null
