#!/usr/bin/perl
#
# Lists in Adblock Plus syntax: lint, explain, filter and match with --list.

use warnings;
use strict;

use FindBin;
use lib "$FindBin::Bin/lib";

use Ctl;
use Test::More;

write_file('trackers.txt', <<'END');
[Adblock Plus 2.0]
! Title: Trackers of mine
||beacon.test^
/pixel.gif?$image,third-party
@@||beacon.test/ok.js$script
||stats.test^
||x.test^$removeparam=utm
||y.test^$scripts
shop.test##.ad
END

write_file('ads.txt', "||beacon.test^\n");

rules_file('rules.json',
    service('stats', '"embeds"', '"match": [{ "host": "stats.test" }]'));

my @rules = ('--rules', 'rules.json');
my @list = ('--list', 'analytics', 'trackers.txt');


# lint

my ($code, $out, $err) = ctl('lint', @list);
is($code, 0, 'lint: a list that others made is all right as it is');
like($out, qr/^trackers\.txt:7:1: warning: skipped "\|\|x\.test\^\$removepa/m,
     'what means nothing here is told, with its place');
like($out, qr/^trackers\.txt:8:1: warning: .*unknown option "scripts"/m,
     'what is not understood, too');
like($out, qr/^trackers\.txt: 4 rules compiled, 1 skipped, 1 refused; /m,
     'all lines are counted');

is((ctl('lint', '--strict', @list))[0], 1, '--strict: findings');
is((ctl('lint', 'rules.json', @list))[0], 0, 'beside a rule file');

($code, $out) = ctl('lint', '--list', 'analytic', 'trackers.txt');
is($code, 2, 'an unknown purpose: exit 2');
like($out, qr/did you mean "analytics"/, '... proposes the nearest');


# match

my $tsv = join '', map { "$_\thttps://www.shop.test/\tscript\n" }
    'https://beacon.test/a.js', 'https://beacon.test/ok.js',
    'https://stats.test/a.js', 'https://other.test/a.js', '/a.js';

($code, $out, $err) = ctl(\$tsv, 'match', @rules, @list);
is($code, 0, 'match: exit 0');
is($err, '', '... without a word about the list');
is($out, join('', map { "$_\n" }
              "analytics\tlist:trackers\ttrackers.txt:3",
              "marketing\tunclassified\ttrackers.txt:5",
              "embeds\tstats\trules.json:3",
              "marketing\tunclassified\t-",
              "-\t-\t-"), 'rule files first, then lists; exceptions named');

($code, $out) = ctl(\$tsv, 'match', @list);
like($out, qr/^analytics\tlist:trackers\ttrackers\.txt:6$/m,
     'without --rules, lists alone');

($code, $out) = ctl(\$tsv, 'match', @list, '--list', 'marketing', 'ads.txt');
like($out, qr/^analytics,marketing\tlist:trackers\t/,
     'what two lists block needs both purposes');

$tsv = join '', map { "$_\thttps://b.test/\timage\n" }
    'https://a.test', 'https://a.test/';

($code, $out) = ctl(\$tsv, 'match', '--list', 'analytics',
                    write_file('slash.txt', ".test/|\n"));
is($out, "marketing\tunclassified\t-\nanalytics\tlist:slash\tslash.txt:1\n",
   'lists are asked about a URL as it is written');

($code, $out, $err) = ctl(\"https://beacon.test/a.js\tno page\tscript\n",
                          'match', @list);
is($code, 0, 'a page that is no URL: judged as by a third party');
like($out, qr/^analytics\tlist:trackers\t/, '... all the same');
like($err, qr/line 1: .*"no page"/, '... and told');


# explain

($code, $out) = ctl('explain', @rules, @list, 'https://beacon.test/a.js');
is($code, 0, 'explain: exit 0');
like($out, qr/service +list:trackers: Trackers of mine$/m,
     'the service is the list, by its title');
like($out, qr/rule +trackers\.txt:3 +list:trackers: \|\|beacon\.test\^$/m,
     'the rule, as it is written there');
like($out, qr/only analytics +allowed/, 'what its purpose allows');
like($out, qr/only marketing +held back/, '... and another does not');

($code, $out) = ctl('explain', @rules, @list, '--type', 'script',
                    'https://beacon.test/ok.js');
is($code, 1, 'what an exception undid is unknown: exit 1');
like($out, qr/exception +trackers\.txt:5 .*\@\@\|\|beacon\.test\/ok/,
     'the exception is named');

($code, $out) = ctl('explain', '--json', @rules, @list,
                    'https://beacon.test/a.js');
like($out, qr/"service":"list:trackers"/, '--json: the service');
like($out, qr/"line":3,.*"listed":"\|\|beacon\.test\^"/, '... and the rule');


# filter

my $page = "<!doctype html><script src=https://beacon.test/a.js></script>\n";

($code, $out) = ctl(\$page, 'filter', @rules, @list, '--unclassified',
                    'allow');
like($out, qr/data-pc-src="?https:\/\/beacon/, 'filter: held back');
like($out, qr/list:trackers/, '... for the list');

($code, $out) = ctl(\$page, 'filter', @rules, @list, '--grant', 'analytics');
is($out, $page, '--grant of its purpose: byte for byte');

done_testing();
