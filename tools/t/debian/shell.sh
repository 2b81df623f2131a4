# What people type: pipelines, globs, scripts, jobs. Section after section, printed the same by Linux.
section() { echo "## $*"; }
exec 2>&1
cd /tmp || exit 1
section pipelines
seq 1 2000 | grep 7 | sort -rn | head -n 5
printf '%s\n' pear apple fig | sort | tr a-z A-Z | nl
seq 1 30000 | wc
yes | head -n 3
echo one two three | awk '{ print $3, NR, NF }'
dd if=/dev/zero bs=4k count=100 2>/dev/null | md5sum
section globs
mkdir -p d/e && touch d/a.c d/b.c d/c.h d/e/f
echo d/*.c d/?.h d/[ab].* d/*/f none*
ls -R d
find d -name '*.c' | sort
section redirections
echo first >f; echo second >>f; cat <f
cat 2>&1 nowhere
cat <<END | sed 's/e/E/g'
here is $((6 * 7)) document
END
echo to stderr 2>/dev/null >&2
section substitution
echo "$(echo nested $(echo deep))" ${unset-default} ${#HOME} "$(wc -c <f)"
set -- a 'b c' d; echo $# "$2"; shift; echo "$*"
section scripts
cat >s.sh <<'END'
#!/bin/sh
fact() { [ $1 -le 1 ] && echo 1 || echo $(($1 * $(fact $(($1 - 1))))); }
for n in 1 5 10; do echo $n $(fact $n); done
case $1 in a*) echo starts with a;; *) echo other;; esac
i=0; while [ $i -lt 3 ]; do i=$((i + 1)); done; echo $i
exit 3
END
chmod 755 s.sh; ./s.sh abc; echo status $?
sh -c 'exit 5'; echo $?
section background
(sleep 0.1; echo later) & echo now; wait $!; echo waited $?
sleep 30 & kill $!; sleep 0.1; wait $!; echo killed $?
sh -c 'kill -SEGV $$'; echo $?
trap 'echo caught' USR1; kill -USR1 $$; trap - USR1
trap 'echo at the end' EXIT
section files
ln -s f link; ln f hard; readlink link; stat -c '%a %s %h %F' f link; stat -c '%a %h %F' d
chmod 600 f; mv f g; rm -r d; ls
tar cf t.tar g s.sh && tar tvf t.tar | awk '{ print $1, $NF }'; gzip -c g | gunzip
cp /bin/busybox b && cmp b /bin/busybox && echo same
umask; umask 077; touch p; stat -c %a p
id; id nobody; whoami
section processes
ps | grep -c '[p]s$'; test -d /proc/$$; echo $?; free | head -n 1
cat /proc/sys/vm/nr_hugepages; grep -c : /proc/meminfo >/dev/null; echo $?
env -i A=1 env; true; echo $?
expr 3 + 4; factor 1234567; date -u -d @86400
