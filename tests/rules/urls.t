#!/usr/bin/perl

# Addresses that real pages ask for, and the service each belongs to, asked
# of the product itself.

use strict;
use warnings;

use File::Temp;
use FindBin;
use JSON::PP;
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

# The frame that shows what a script fills must be the same service's, or
# nobody could load it once.

for my $file (grep { !/schema/ } glob "$root/rules/*.json") {
    open my $json, '<:raw', $file or die "$file: $!\n";
    my $rules = JSON::PP->new->utf8->decode(join '', <$json>);

    for my $s (@{$rules->{services} // []}) {
        push @rows, map { [s/\{(?:name|url)\}/1/gr, 'frame', $s->{id}] }
                    grep { /^https/ }
                    map { $_->{frame} // () } @{$s->{fills} // []};
    }
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
