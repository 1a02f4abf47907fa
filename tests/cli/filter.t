#!/usr/bin/perl
#
# consentctl filter and match.

use warnings;
use strict;

use FindBin;
use lib "$FindBin::Bin/lib";

use Ctl;
use Test::More;

rules_file('rules.json',
    service('stats', '"analytics"', '"match": [{ "host": "stats.test" }]'),
    service('video', '"embeds"', '"match": [{ "host": "video.test" }]'));

my @rules = ('--rules', 'rules.json');
my $script = '<script src="https://stats.test/a.js"></script>';
my $frame = '<iframe src="https://video.test/1"></iframe>';
my $page = "<!doctype html>\n<title>x</title>\n$script\n<p>one</p>\n$frame\n";

# Odd bytes: a NUL, no newline at the end, invalid UTF-8, a tag cut off.
my $odd = $page . ('<p class=a b="c">' x 20000) . "\0\xff\xfe$script<img src=";


my ($code, $out, $err) = ctl(\$page, 'filter', @rules);
is($code, 0, 'filter: exit 0');
is($err, '', '... without a word');
unlike($out, qr/\ssrc="https:/, 'nothing granted: nothing is fetched');
like($out, qr{data-pc-src="https://stats\.test/a\.js"}, '... but kept');
like($out, qr{data-pc-src="https://video\.test/1"}, '... the frame, too');
like($out, qr/<p>one<\/p>/, '... and the rest stays');
unlike($out, qr/<privacy-choices/, '... without a banner');

for my $grant ('all', 'functional,personalization,analytics,marketing,embeds')
{
    ($code, $out) = ctl(\$odd, 'filter', @rules, '--grant', $grant);
    is($code, 0, "--grant $grant: exit 0");
    ok($out eq $odd, '... byte for byte');
}

($code, $out) = ctl(\$page, 'filter', @rules, '--grant', 'analytics');
like($out, qr/\Q$script\E/, '--grant analytics: its script is untouched');
unlike($out, qr/\Q$frame\E/, '... the frame is held back');

($code, $out) = ctl(\$page, 'filter', @rules, '--grant', 'analytics,embeds');
is($out, $page, 'both granted');

($code, $out) = ctl(\$page, 'filter', @rules,
                    '--page', 'https://www.stats.test/');
like($out, qr/\Q$script\E/, '--page: its own host is first-party');

($code, $out) = ctl(\$odd, 'filter', @rules);
is($code, 0, 'a long odd page: exit 0');
unlike($out, qr/\Q$script\E/, '... is rewritten to its end');

my $ja = qq|<style>a{content:"\x83\x5c"}b{background:|
         . 'url(https://stats.test/a)}i{content:"x"}</style>';

($code, $out) = ctl(\"<meta charset=shift_jis>$ja", 'filter', @rules);
is($code, 0, 'a page in Shift_JIS: exit 0');
like($out, qr/url\(data:[^)]*stats\.test/, '... is read by characters');

for my $page ("\xff\xfe<\0", "<meta charset=iso-2022-jp>$script",
              "<meta charset=nosuch>$script")
{
    ($code, $out, $err) = ctl(\$page, 'filter', @rules);
    is($code, 1, 'a page that cannot be read: exit 1');
    is($out, '', '... and nothing comes out');
    like($err, qr/can't be read/, '... but a word');

    ($code, $out) = ctl(\$page, 'filter', @rules, '--grant', 'all');
    is("$code$out", "0$page", '... where all is granted, the page');
}

($code, $out) = ctl(\'', 'filter', @rules);
is("$code$out", '0', 'an empty page');

# What is waited for comes out when the page ends.
($code, $out) = ctl(\'<p>cut</p><script>var a = "', 'filter', @rules);
is($out, '<p>cut</p><script>var a = "', 'a page that ends within a script');

# Later rule files win.

rules_file('mine.json', service('stats', '"necessary"',
                                '"match": [{ "host": "stats.test" }]'));
($code, $out) = ctl(\$page, 'filter', @rules, '--rules', 'mine.json');
like($out, qr/\Q$script\E/, '--rules repeated: the later file wins');
($code, $out) = ctl(\$page, 'filter', '--rules', '*.json');
isnt($code, 0, 'but within one glob the same id is a fault');

# match

my $own = "https://www.shop.test/\timage";
my $tsv = join '', map { "$_\n" }
    "https://stats.test/a.js\thttps://www.shop.test/\tscript",
    "https://cdn.shop.test/a.png\t$own",
    "https://other.test/a.png\t$own",
    "/a.png\t$own",
    "https://video.test/1\t\t",
    "https://[broken/\t$own";

($code, $out, $err) = ctl(\$tsv, 'match', @rules);
is($code, 0, 'match: exit 0');
is($err, '', '... without a word');
is($out, join('', map { "$_\n" }
              "analytics\tstats\trules.json:3",
              "-\t-\t-",
              "marketing\tunclassified\t-",
              "-\t-\t-",
              "embeds\tvideo\trules.json:4",
              "-\t-\t-"), 'a line for each line');

($code, $out, $err) = ctl(\"https://stats.test/\t\tnonsense\n/x\tnopage\t\n",
                          'match', @rules);
is($code, 1, 'lines that cannot be read: exit 1');
is($out, "?\t?\t?\n?\t?\t?\n", '... keep their place');
like($err, qr/line 1: .*"nonsense"\n.*line 2: .*"nopage"/, '... are named');


# The progress bar: only on a terminal, only for what takes long.

write_file('long.sh', <<'END');
i=0
while [ $i -lt 300 ]; do printf 'https://stats.test/a.js\n'; i=$((i + 1)); done
sleep 1.3
while [ $i -lt 600 ]; do printf 'https://stats.test/a.js\n'; i=$((i + 1)); done
END

my $shown = terminal({ TERM => 'xterm' }, \'sh long.sh |', 'match', @rules,
                     \'> out.tsv');
like($shown, qr/\r\e\[K\d+ lines, \d+ a second/, 'a bar for slow input');
like($shown, qr/\r\e\[K(?:\nScript done.*)?\s*\z/, '... is taken away');
is(-s 'out.tsv', 600 * length "analytics\tstats\trules.json:3\n",
   '... and stands in no output');

is(index(terminal({ TERM => 'dumb' }, \'sh long.sh |', 'match', @rules,
                  \'> out.tsv'), ' lines, '), -1, '... not on a dumb one');

write_file('short.tsv', "https://stats.test/a.js\n");
is(index(terminal({ TERM => 'xterm' }, 'match', @rules,
                  \'< short.tsv > out.tsv'), ' lines, '), -1,
   '... and none for short input');

done_testing();
