#!/usr/bin/perl

# Addresses that real pages ask for, and the service each belongs to, asked
# of the product itself.

use strict;
use warnings;

use File::Temp;
use FindBin;
use Test::More;


my $root = "$FindBin::Bin/../..";
my $consentctl = "$root/build/consentctl";
my $page = 'https://www.example.org/';

my (@rows, @answers);


plan skip_all => 'build/consentctl is not built' unless -x $consentctl;

open my $in, '<', "$FindBin::Bin/fixtures/urls.tsv" or die "urls.tsv: $!\n";

while (<$in>) {
    chomp;
    push @rows, [split /\t/] unless /^#/;
}

my $tmp = File::Temp->new;
print {$tmp} "$_->[0]\t$page\t$_->[1]\n" for @rows;
close $tmp;

open my $from, '-|', 'sh', '-c',
     'exec "$1" match --rules "$2" <"$3"', 'sh', $consentctl,
     "$root/rules/*.json", $tmp->filename
    or die "consentctl: $!\n";

chomp(@answers = <$from>);
close $from;

is($?, 0, 'consentctl match ends well');
is(scalar @answers, scalar @rows, 'an answer for each address');

for my $i (0 .. $#rows) {
    my ($url, $type, $service) = @{$rows[$i]};

    is((split /\t/, $answers[$i] // '')[1], $service, "$type $url");
}

done_testing();
