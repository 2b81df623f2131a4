#!/usr/bin/perl
# cppcheck does not parse statement expressions: writes the headers whose macros are made of them, with plain ones
# instead, below the directory given. -I that directory before the top.
use strict;
use warnings;
use File::Basename;
use File::Path;

my %plain = (
	'kernel/lib/types.h' => {
		MIN => '(a, b) ((a) < (b) ? (a) : (b))',
		MAX => '(a, b) ((a) > (b) ? (a) : (b))',
	},
	'kernel/uaccess.h' => {
		get_user => '(value, user_ptr) copy_from_user(&(value), (user_ptr), sizeof(value))',
		put_user => '(value, user_ptr) ((void)(value), copy_to_user((user_ptr), "", sizeof(*(user_ptr))))',
	},
);

my ($directory) = @ARGV;
for my $header (sort keys %plain) {
	open my $in, '<', $header or die "$header: $!\n";
	my $text = do { local $/; <$in> };
	for my $name (keys %{$plain{$header}}) {
		$text =~ s/^#define \Q$name\E\((?:.*\\\n)*.*\n/#define $name$plain{$header}{$name}\n/m
			or die "$header: no macro $name\n";
	}
	mkpath(dirname("$directory/$header"));
	open my $out, '>', "$directory/$header" or die "$directory/$header: $!\n";
	print $out $text;
	close $out or die "$directory/$header: $!\n";
}
