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

my @commands = qw/ lint explain filter match diff purposes records /;


# fits(NAME, TEXT): a screen of 24 lines and 80 columns.

sub fits {
    my ($name, $text) = @_;
    my @lines = split /\n/, $text;

    cmp_ok(scalar @lines, '<=', 24, "$name fits a screen");
    is((grep { length > 80 } @lines), 0, '... of 80 columns');
    cmp_ok(scalar @lines, '>', 5, '... and says something');
}


($code, $out, $err) = ctl('--help');
is($code, 0, '--help is no error');
is($err, '', '... and says nothing on standard error');
fits('--help', $out);
like($out, qr/^  $_\b/m, "... has $_") for @commands;

for my $command (@commands) {
    ($code, $out, $err) = ctl($command, '--help');
    is("$code$err", '0', "$command --help is no error");
    fits("$command --help", $out);
    like($out, qr/^usage: consentctl $command\b/, '... says how to call it');
    is((ctl('help', $command))[1], $out, "... and so does help $command");
}

is((ctl('help', 'nothing'))[0], 2, 'no help of an unknown command');

($code, $out, $err) = ctl('--version');
is("$code$err", '0', '--version is no error');
like($out, qr/^consentctl \d+\.\d+\.\d+$/, '... and is a line');

($code, $out, $err) = ctl();
is($code, 2, 'no command: exit 2');
is($out, '', '... nothing on standard output');
like($err, qr/^  explain /m, '... and the help as an error');

($code, undef, $err) = ctl('explian', 'x');
is($code, 2, 'a wrong command: exit 2');
like($err, qr/"explian".*lint, explain, filter, match, diff/,
     '... says which there are');

($code, undef, $err) = ctl('filter', '--rule', 'x');
is($code, 2, 'a wrong option: exit 2');
like($err, qr/no option --rule; there are --rules/, '... says which fit');

($code, undef, $err) = ctl('lint', '--grant', 'all', 'x');
is($code, 2, "another command's option: exit 2");

for my $list ([ 'match', '--list', 'analytics', 'x' ],
              [ 'explain', '--list', 'analytics', 'x', 'https://a.b/' ],
              [ 'lint', '--list', 'analytics', 'x' ])
{
    ($code, undef, $err) = ctl(@$list);
    isnt($code, 0, "$list->[0]: a list that is not there");
}

for my $few ([ '--list' ], [ '--list', 'analytics' ], [ '--list=analytics' ]) {
    ($code, undef, $err) = ctl('match', @$few);
    is($code, 2, "@$few: a value is missing");
    like($err, qr/--list needs a /, '... says so');
}

($code, undef, $err) = ctl('filter', '--rules', '--grant', 'all');
is($code, 2, 'an option where a value belongs: exit 2');
like($err, qr/--rules needs a value/, '... is named');

($code, undef, $err) = ctl('filter', '--rules');
is($code, 2, 'a missing value: exit 2');
like($err, qr/--rules needs a value/, '... is named');

($code, undef, $err) = ctl('explain', '--json=1', 'https://a.example/');
is($code, 2, 'a value where none belongs: exit 2');

for my $few ([ 'lint' ], [ 'explain' ], [ 'explain', 'a', 'b' ],
             [ 'filter', 'x' ], [ 'match', 'x' ], [ 'diff', 'x' ],
             [ 'diff', 'a', 'b', 'c' ], [ 'purposes', 'x' ], [ 'records' ])
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
like($err, qr{no such file, and no URL; did you mean https://a\.test/\?},
     '... says so');
like((ctl('explain', '--rules', $rules, '.'))[2], qr/\.: it is a folder/,
     'a folder');
like((ctl('explain', '--rules', $rules, ''))[2], qr/an empty word/, 'nothing');

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
like($err, qr/no purpose "analytic"; did you mean "analytics"\?/,
     '... proposes the nearest');
like((ctl('filter', '--rules', $rules, '--grant', 'x,y'))[2],
     qr/no purpose "x"; there are all, necessary, functional/,
     '... or says which there are');
like((ctl('match', '--rules', $rules, '--unclassified', 'alow'))[2],
     qr/no purpose "alow"; did you mean "allow"\?/, '... "allow" among them');

($code, undef, $err) = ctl('match', '--rules', $rules, '--unclassified', 'ad');
is($code, 2, 'an unknown purpose for the unknown: exit 2');

($code, undef, $err) = ctl('match', '--rules', $rules,
                           '--first-party', 'a.test/x');
is($code, 2, 'a first party that is no host: exit 2');

ok((ctl('--', 'x'))[0] == 2, '"--" is no command');

# Output that can't be written.

SKIP: {
    skip 'no /dev/full here', 1 if !-c '/dev/full';

    write_file('page.html', '<p>' x 100);
    write_file('urls.tsv', "https://a.test/x.js\n" x 100000);
    write_file('none.jsonl', '');

    for my $case (['--help'], ['match', '--help'], ['lint', $rules],
                  ['explain', '--rules', $rules, 'https://a.test/'],
                  ['explain', '--rules', $rules, '--json', 'https://a.test/'],
                  ['explain', '--rules', $rules, 'page.html'],
                  ['filter', '--rules', $rules],
                  ['match', '--rules', $rules],
                  ['diff', $rules, $rules], ['purposes', '--rules', $rules],
                  ['records', 'verify', 'none.jsonl'],
                  ['records', 'export', 'none.jsonl'],
                  ['records', 'stats', 'none.jsonl'])
    {
        my $in = $case->[0] eq 'match' ? 'urls.tsv' : 'page.html';
        my ($code, $err) = ctl_full($in, @$case);

        is($code, 2, "@$case: a full disk: exit 2");
        like($err, qr/^consentctl.*: standard output cannot be written/,
             '... is said');
        is(($err =~ tr/\n//), 1, '... once');
    }
}

done_testing();
