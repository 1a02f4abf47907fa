#!/usr/bin/perl
#
# Help, wrong usage and the exit codes that go with them.

use warnings;
use strict;

use FindBin;
use lib "$FindBin::Bin/lib";

use Ctl;
use Test::More;

my ($code, $out, $err);

($code, $out, $err) = ctl('--help');
is($code, 0, '--help is no error');
is($err, '', '... and says nothing on standard error');
cmp_ok(scalar(my @lines = split /\n/, $out), '<=', 24, '... fits a screen');
is((grep { length > 80 } @lines), 0, '... of 80 columns');
like($out, qr/\b$_\b/, "... has $_") for qw/ lint explain filter match /;

is((ctl('explain', '--help'))[1], $out, 'a command has the same help');

($code, $out, $err) = ctl();
is($code, 2, 'no command: exit 2');
is($out, '', '... nothing on standard output');
like($err, qr/consentctl explain/, '... and the help as an error');

($code, undef, $err) = ctl('explian', 'x');
is($code, 2, 'a wrong command: exit 2');
like($err, qr/"explian".*lint, explain, filter and match/,
     '... says which there are');

($code, undef, $err) = ctl('filter', '--rule', 'x');
is($code, 2, 'a wrong option: exit 2');
like($err, qr/no option --rule; there are --rules/, '... says which fit');

($code, undef, $err) = ctl('lint', '--grant', 'all', 'x');
is($code, 2, "another command's option: exit 2");

for my $list ([ 'match', '--list', 'analytics', 'x' ],
              [ 'explain', '--list', 'analytics', 'x', 'https://a.b/' ])
{
    ($code, undef, $err) = ctl(@$list);
    is($code, 2, "$list->[0] has no --list");
}

($code, undef, $err) = ctl('filter', '--rules');
is($code, 2, 'a missing value: exit 2');
like($err, qr/--rules needs a value/, '... is named');

($code, undef, $err) = ctl('explain', '--json=1', 'https://a.example/');
is($code, 2, 'a value where none belongs: exit 2');

for my $few ([ 'lint' ], [ 'explain' ], [ 'explain', 'a', 'b' ],
             [ 'filter', 'x' ], [ 'match', 'x' ])
{
    ($code, undef, $err) = ctl(@$few);
    is($code, 2, "@$few: a wrong number of operands");
    like($err, qr/^usage: consentctl $few->[0] /, '... shows the usage');
}

my $rules = rules_file('r.json', service('a', '"analytics"',
                                         '"match": [{ "host": "a.test" }]'));

($code, undef, $err) = ctl('filter', '--rules', 'none.json');
is($code, 2, 'a rule file that is not there: exit 2');
like($err, qr/none\.json/, '... is named');

($code, undef, $err) = ctl('explain', '--rules', $rules, 'a.test');
is($code, 2, 'neither URL nor file: exit 2');
like($err, qr/no such file, and no URL/, '... says so');

($code, undef, $err) = ctl('explain', '--rules', $rules, '--page', 'a.test',
                           'https://a.test/');
is($code, 2, 'a page that is no URL: exit 2');
like($err, qr{--page a\.test.*https://www\.example\.com/},
     '... shows what one looks like');

($code, undef, $err) = ctl('explain', '--rules', $rules, '--type', 'scripts',
                           'https://a.test/');
is($code, 2, 'an unknown type: exit 2');
like($err, qr/scripts.*\bscript, image/, '... says which there are');

($code, undef, $err) = ctl('filter', '--rules', $rules, '--grant', 'analytic');
is($code, 2, 'an unknown purpose to grant: exit 2');
like($err, qr/"analytic".*analytics/, '... proposes the nearest');

($code, undef, $err) = ctl('match', '--rules', $rules, '--unclassified', 'ad');
is($code, 2, 'an unknown purpose for the unknown: exit 2');

($code, undef, $err) = ctl('match', '--rules', $rules,
                           '--first-party', 'a.test/x');
is($code, 2, 'a first party that is no host: exit 2');

ok((ctl('--', 'x'))[0] == 2, '"--" is no command');

done_testing();
