# Four processes write rows of one segment, the first reads them all; a word goes round a ring of pipes meanwhile.
use strict;
use warnings;

use constant { IPC_PRIVATE => 0, IPC_RMID => 0, IPC_STAT => 2, IPC_CREAT => 01000, PROCESSES => 4, ROW => 64 };

my $id = shmget(IPC_PRIVATE, PROCESSES * ROW, IPC_CREAT | 0600) // die "shmget: $!\n";
my @pipes = map { pipe my $in, my $out or die "pipe: $!\n"; [$in, $out] } 0 .. PROCESSES;
my @children;

sub work {
	my ($n) = @_;

	sysread $pipes[$n][0], my $word, 100;
	my $row = sprintf 'row %d: %s, %d', $n, $word, $n ** 10;
	shmwrite($id, $row, $n * ROW, ROW) or die "shmwrite: $!\n";
	syswrite $pipes[$n + 1][1], $word . chr(ord('a') + $n);
	exit $n;
}

for my $n (0 .. PROCESSES - 1) {
	my $pid = fork // die "fork: $!\n";
	work($n) unless $pid;
	push @children, $pid;
}
syswrite $pipes[0][1], 'word-';
sysread $pipes[PROCESSES][0], my $end, 100;
print "round the ring: $end\n";
waitpid($_, 0), print 'a child ended with ', $? >> 8, "\n" for @children;
for my $n (0 .. PROCESSES - 1) {
	shmread($id, my $row, $n * ROW, ROW) or die "shmread: $!\n";
	print $row =~ s/\0+\z//r, "\n";
}
my %count;
$count{$_}++ for map { my $r; shmread($id, $r, $_, 1); $r } 0 .. PROCESSES * ROW - 1;
print join(' ', map { sprintf '%02x:%d', ord, $count{$_} } sort keys %count), "\n";
shmctl($id, IPC_STAT, my $ds) or die "shmctl: $!\n";
print 'bytes: ', (unpack 'x36 L', $ds), ', attached: ', (unpack 'x72 L', $ds), "\n";
local $SIG{ALRM} = sub { print "an alarm\n" };
alarm 1;
select undef, undef, undef, 5;
print shmctl($id, IPC_RMID, 0) ? "removed\n" : "$!\n";
print shmread($id, my $gone, 0, 1) ? "still there\n" : "$!\n";
