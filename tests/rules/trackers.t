#!/usr/bin/perl

# What is known to follow visitors is never called necessary, whatever
# patterns the session cookies of platforms have.

use strict;
use warnings;

use File::Temp;
use FindBin;
use JSON::PP;
use Test::More;


my $root = "$FindBin::Bin/../..";
my $consentctl = "$root/build/consentctl";

my (@hosts, @names, @cookies);


plan skip_all => 'build/consentctl is not built' unless -x $consentctl;

open my $in, '<', "$FindBin::Bin/fixtures/trackers.txt"
    or die "trackers.txt: $!\n";

while (<$in>) {
    chomp;
    next if /^#/;
    push @{ s/^cookie // ? \@names : \@hosts }, $_;
}

my $tmp = File::Temp->new;
print {$tmp} "https://$_", m{/} ? '' : '/', "\thttps://www.example.org/\t\n"
    for @hosts;
close $tmp;

chomp(my @answers = qx{"$consentctl" match --unclassified allow \\
                       --rules "$root/rules/*.json" < "@{[ $tmp->filename ]}"});

is($?, 0, 'consentctl match ends well');
is(scalar @answers, scalar @hosts, 'an answer for each host');

for my $i (0 .. $#hosts) {
    my ($purposes, $service) = split /\t/, $answers[$i] // '';

    isnt($purposes // '-', '-', "$hosts[$i] is known");
    unlike($purposes // '', qr/necessary/,
           "$hosts[$i] is not necessary ($service)");
}

for my $file (glob "$root/rules/*.json") {
    local $/;
    open my $json, '<:raw', $file or die "$file: $!\n";

    my $rules = JSON::PP->new->utf8->decode(scalar <$json>);

    for my $service (@{$rules->{services} // []}) {
        for my $item (@{$service->{storage} // []}) {
            my $pattern = join '.*', map { quotemeta }
                          split /\*/, $item->{name}, -1;

            push @cookies, [qr/^$pattern$/, $service];
        }
    }
}

for my $name (@names) {
    my @mine = map { $_->[1] } grep { $name =~ $_->[0] } @cookies;

    ok(scalar @mine, "$name is known");
    is(join(' ', map { $_->{id} }
                 grep { "@{$_->{purposes}}" =~ /necessary/ } @mine), '',
       "$name is of no necessary service");
}

done_testing();
