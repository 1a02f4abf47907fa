#!/usr/bin/perl
#
# consentctl records: the chain, CSV and JSON lines, counts.

use warnings;
use strict;

use Digest::SHA qw/ sha256_hex /;
use FindBin;
use lib "$FindBin::Bin/lib";

use Ctl;
use JSON::PP;
use Test::More;

my $zeros = '0' x 64;


# Lines as the module writes them: [day, action, granted purposes, id] each.

sub chain {
    my ($prev, @records) = @_;
    my @lines;

    for (@records) {
        my ($day, $action, $granted, $id, $more) = @$_;
        my %granted = map { $_ => 1 } 'necessary', @$granted;
        my $list = sub { join ',', map { qq("$_") } @_ };
        my @all = qw/ necessary functional analytics marketing /;

        my $line = sprintf '{"v":1,"id":"%s","time":"%sT10:00:00Z",'
            . '"action":"%s","site":"shop.test","regime":"opt-in",'
            . '"granted":[%s],"denied":[%s],"services":{%s},'
            . '"policy":"abcdefghijkl","lang":"en","gpc":false,"prev":"%s"',
            $id // 'A' x 22, $day, $action,
            $list->(grep { $granted{$_} } @all),
            $list->(grep { !$granted{$_} } @all), $more // '', $prev;

        $prev = sha256_hex($line);
        push @lines, qq($line,"hash":"$prev"}\n);
    }

    return @lines;
}


my $all = [ qw/ functional analytics marketing / ];
my $her = 'B' x 22;

my @lines = chain($zeros,
    [ '2026-11-20', 'accept', $all ],
    [ '2026-11-20', 'reject', [] ],
    [ '2026-11-21', 'save', [ 'analytics' ], $her,
      '"youtube":true,"maps":false' ],
    [ '2026-11-22', 'withdraw', [], $her ],
    [ '2026-11-22', 'accept', $all ]);

my $head = $lines[-1] =~ /"hash":"(\w+)"/ ? $1 : die;
my ($code, $out, $err);


# verify

sub verify {
    my ($text, @options) = @_;

    write_file('r.jsonl', $text);

    return ctl('records', 'verify', @options, 'r.jsonl');
}


sub broken {
    my ($name, $text, @pattern) = @_;

    ($code, $out, $err) = verify($text);
    is($code, 1, "$name: exit 1");
    like($out, $_, "$name: says which line and why") for @pattern;
    is($err, '', "$name: a finding is no error");
}


($code, $out) = verify(join '', @lines);
is($code, 0, 'an unbroken chain: exit 0');
is($out, "unbroken: 5 records\nhead $head\n", '... its length and its head');

($code, $out) = verify('');
is($code, 0, 'an empty file is unbroken');
like($out, qr/0 records\nhead 0{64}$/, '... and empty');

is((verify(join('', @lines), '--head', $head))[0], 0, 'the head is that one');

($code, $out) = verify(join('', @lines[0 .. 3]), '--head', $head);
is($code, 1, 'a line missing at the end shows by the head');
like($out, qr/^r\.jsonl: no line has the hash that --head names/,
     '... is said');

my ($third) = $lines[2] =~ /"hash":"(\w+)"/;
is((verify(join('', @lines), '--head', $third))[0], 0,
   'a head of before, since when more was written');
is((verify('', '--head', $zeros))[0], 0, 'the head of nothing');

for my $n (1 .. 5) {
    my @cut = @lines;
    my $at = $n;

    splice @cut, $n - 1, 1;
    next if $n == 5;

    broken("line $n taken out", join('', @cut), qr/^r\.jsonl:$n: .*missing/,
           qr/^broken: 1 fault; sound before the first: ${\($n - 1)} record/m);
}

for my $n (1 .. 5) {
    my @changed = @lines;

    $changed[$n - 1] =~ s/shop/shot/;
    broken("line $n changed", join('', @changed),
           qr/^r\.jsonl:$n: the line was changed/, qr/\A[^\n]*\n[^\n]*\n\z/);
}

broken('two lines swapped', join('', @lines[0, 2, 1, 3, 4]),
       qr/^r\.jsonl:2: a line is missing before this one/);
broken('a line twice', join('', @lines[0, 1, 1, 2, 3, 4]),
       qr/^r\.jsonl:3: a line is missing before this one, or stands else/);
broken('a line of other text', join('', @lines[0, 1], "oops\n", @lines[2 .. 4]),
       qr/^r\.jsonl:3: the line is no consent record/,
       qr/^broken: 1 fault; sound before the first: 2 records$/m);
broken('a last line that is cut',
       join('', @lines[0, 1], substr($lines[2], 0, 90)),
       qr/^r\.jsonl:3: the line is cut off/);
broken('a changed hash',
       join('', @lines) =~ s/("hash":")[0-9a-f]{64}/$1 . '1' x 64/er,
       qr/^r\.jsonl:1: the line was changed/);
broken('a very long line', ('x' x 200000) . "\n",
       qr/^r\.jsonl:1: the line is too long/);
broken('many faults', "x\n" x 100, qr/^r\.jsonl:20: /m, qr/^and 80 more$/m);

# Files that were rotated.

write_file('old.jsonl', join '', @lines[0, 1]);
write_file('new.jsonl', join '', @lines[2 .. 4]);

($code, $out) = ctl('records', 'verify', 'old.jsonl', 'new.jsonl');
is($code, 0, 'a chain goes on in the next file');
like($out, qr/^unbroken: 5 records$/m, '... as one');

($code, $out) = ctl('records', 'verify', 'new.jsonl');
is($code, 1, 'without the older file it does not begin');
like($out, qr/^new\.jsonl:1: the chain does not begin here: .*--after/s,
     '... and what to do');

my ($last) = $lines[1] =~ /"hash":"(\w+)"/;
is((ctl('records', 'verify', '--after', $last, 'new.jsonl'))[0], 0,
   '... such as this');

($code, $out) = ctl(\join('', @lines), 'records', 'verify', '-');
is($code, 0, 'standard input');

# export

write_file('r.jsonl', join '', @lines);

($code, $out) = ctl('records', 'export', 'r.jsonl');
is($code, 0, 'export: exit 0');
my @csv = split /\n/, $out;
is($csv[0], 'time,id,action,site,regime,granted,denied,services,policy,lang,'
            . 'gpc', 'a head');
is($csv[3], "2026-11-21T10:00:00Z,$her,save,shop.test,opt-in,"
            . 'necessary analytics,functional marketing,youtube=1 maps=0,'
            . 'abcdefghijkl,en,false', 'a record');
is(scalar @csv, 6, 'all records');

($code, $out) = ctl('records', 'export', '--json', '--id', $her, 'r.jsonl');
is($out, join('', @lines[2, 3]), 'JSON lines of one visitor, as they are');

($code, $out) = ctl('records', 'export', '--json', '--since', '2026-11-21',
                    '--until', '2026-11-21', 'r.jsonl');
is($out, $lines[2], 'of one day');

(my $quoted) = chain($zeros, [ '2026-11-20', 'accept', $all, 'a,\\"b' ]);
write_file('q.jsonl', $quoted);
like((ctl('records', 'export', 'q.jsonl'))[1], qr/,"a,""b",accept,/,
     'what would break CSV is quoted');

write_file('bad.jsonl', join '', $lines[0], "oops\n",
           $lines[1] =~ s/shop/shot/r, $lines[2]);
($code, $out, $err) = ctl('records', 'export', '--json', 'bad.jsonl');
is($code, 1, 'lines that are no sound records: exit 1');
is($out, $lines[0] . $lines[2], '... are left out');
like($err, qr/^bad\.jsonl:2: left out: .*no consent.*\nbad\.jsonl:3: left out:/,
     '... and named');

# stats

($code, $out) = ctl('records', 'stats', 'r.jsonl');
is($code, 0, 'stats: exit 0');
like($out, qr/^2026-11-20 +1 +1 +0 +0 +2$/m, 'a day');
like($out, qr/^2026-11-22 +1 +0 +0 +1 +2$/m, 'another');
like($out, qr/^all +2 +1 +1 +1 +5$/m, 'the sum');
like($out, qr/^analytics +3 +2 +60\.0 %$/m, 'a purpose');

($code, $out) = ctl('records', 'stats', '--json', 'new.jsonl', 'old.jsonl');
my $json = eval { decode_json($out) };
ok($json, 'stats --json is JSON') or diag($@, $out);
is(join(' ', map { "$_->{day}:$_->{all}" } @{$json->{days}}),
   '2026-11-20:2 2026-11-21:1 2026-11-22:2', 'days are in order');
is_deeply([ grep { $_->{purpose} eq 'marketing' } @{$json->{purposes}} ],
          [ { purpose => 'marketing', granted => 2, denied => 3 } ],
          'purposes');
is($json->{accept}, 2, 'the sum');

is(decode_json((ctl('records', 'stats', '--json', '--id', $her,
                    'r.jsonl'))[1])->{all}, 2, 'of one visitor');

# Wrong usage.

for my $case ([ [ 'check', 'r.jsonl' ], qr/no "check"; there are verify, exp/ ],
              [ [ 'verify' ], qr/^usage: consentctl records / ],
              [ [ 'verify', 'none.jsonl' ], qr/none\.jsonl: No such file/ ],
              [ [ 'verify', '.' ], qr/^consentctl records: \.: / ],
              [ [ 'verify', '--head', 'abc', 'r.jsonl' ],
                qr/--head abc: a hash is expected/ ],
              [ [ 'verify', '--json', 'r.jsonl' ], qr/does not take/ ],
              [ [ 'stats', '--head', $head, 'r.jsonl' ], qr/does not take/ ],
              [ [ 'stats', '--since', 'today', 'r.jsonl' ],
                qr/--since today: a day is expected/ ])
{
    ($code, $out, $err) = ctl('records', @{$case->[0]});
    is($code, 2, "@{$case->[0]}: exit 2");
    is($out, '', '... writes nothing');
    like($err, $case->[1], '... says why');
}

done_testing();
