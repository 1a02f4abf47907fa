#!/usr/bin/perl
#
# What lint says of rules is true: one that "never wins" decides about nothing,
# one that "matches no request" about hints at most.  Rule sets come from a
# fixed seed and a small alphabet, so that rules are in each other's way; the
# URLs are all of that alphabet.

use warnings;
use strict;

use FindBin;
use lib "$FindBin::Bin/lib";

use Ctl;
use Test::More;

my $sets = 120;
my $seed = 20261122;


# The same numbers on every machine.

sub pick {
    $seed = ($seed * 1103515245 + 12345) & 0x7fffffff;

    return $_[($seed >> 8) % @_];
}


my @hosts = map { qq("host": "$_") } 'a.test', 'b.a.test', 'c.test';
my @paths = map { qq("path": "$_") } '/', '/x', '/x/', '/x*', '/*x', '/**',
                '/x?q', '/*?q', '/x*?q=1', '/x/../y', '/y', '*y', '/x*y',
                '/?q', '/**q';
my @types = map { qq("types": [$_]) } '"script"', '"image"',
                '"script", "image"', '"hint"';
my @party = map { qq("party": "$_") } 'first', 'third', 'any';
my @regex = map { qq("regex": "$_") } '^https?://a\\\\.test/x', 'q=[12]',
                '^/x', '^https://a\\\\.test/[xy]', '[xy]$';

my @urls;

for my $host ('a.test', 'b.a.test', 'c.test', 'www.shop.test') {
    for my $path ('', 'x', 'x/', 'xx', 'xy', 'y', 'yx', 'x/y', 'z', 'zx/y') {
        for my $query ('', '?q', '?q=1', '?y') {
            push @urls, "https://$host/$path$query";
        }
    }
}

my ($requests, $hints) = ('', '');

for my $page ('https://www.shop.test/', 'https://www.a.test/') {
    for my $type ('script', 'image', 'font') {
        $requests .= join '', map { "$_\t$page\t$type\n" } @urls;
    }

    $hints .= join '', map { "$_\t$page\thint\n" } @urls;
}


# The lines of the rules that decide.

sub winners {
    my ($tsv) = @_;

    return map { $_ => 1 }
           (ctl(\$tsv, 'match', '--rules', 'r.json'))[1]
               =~ /r\.json:(\d+)$/mg;
}


# The lines of which lint says this.

sub said {
    my ($said, $what) = @_;

    return $said =~ /^r\.json:(\d+):\d+: warning: [^\n]*\b$what/mg;
}


sub rule {
    my @parts;

    push @parts, pick(@hosts) if pick(0, 1, 1, 1);
    push @parts, pick(@paths) if pick(0, 1, 1);
    push @parts, pick(@regex) if pick(0, 0, 0, 0, 1);
    push @parts, pick(@types) if pick(0, 0, 1);
    push @parts, pick(@party) if pick(0, 0, 1);

    # Conditions that would match every page of the site are refused.
    return rule() if "@parts" !~ /host|regex|path": "[^"]*[a-z]/;

    return '{ ' . join(', ', @parts) . ' }';
}


my ($dead, $wrong) = (0, 0);

for my $set (1 .. $sets) {
    my $line = 1;
    my $text = qq({ "version": 1, "services": [\n);

    for my $id ('one', 'two', 'three') {
        my @rules = map { rule() } 1 .. pick(2, 4, 8);

        $text .= qq({ "id": "$id", "name": "S", "controller": "S",)
                 . qq( "policy_url": "https://s.test/", "purposes":)
                 . qq( ["analytics"], "match": [\n) . join(",\n", @rules)
                 . "\n] }" . ($id eq 'three' ? "\n] }\n" : ",\n");
    }

    write_file('r.json', $text);

    my ($code, $said) = ctl('lint', 'r.json');
    is($code, 0, "set $set loads") or diag($said);

    my %requests = winners($requests);
    my %hints = winners($hints);
    my @beaten = said($said, 'never wins');
    my @never = (@beaten, said($said, 'matches no request'));
    my @both = ((grep { $requests{$_} } @never),
                (grep { $hints{$_} } @beaten));

    $dead += @never;
    $wrong += @both;
    ok(!@both, "set $set: what is said never to win does not")
        or diag("lines @both of\n$text\n$said");
}

cmp_ok($dead, '>', 100, "there were such rules: $dead");
is($wrong, 0, 'and of none it was wrong');

done_testing();
