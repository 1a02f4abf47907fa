#!/usr/bin/perl
#
# consentctl explain: a URL, a cookie, a page.

use warnings;
use strict;

use FindBin;
use lib "$FindBin::Bin/lib";

use Ctl;
use JSON::PP;
use Test::More;

rules_file('rules.json',
    service('stats', '"analytics"',
            '"match": [{ "host": "stats.test" }, { "path": "/collect" },'
            . ' { "inline": ["loadStats("] }]',
            '"storage": [{ "kind": "cookie", "name": "_st*",'
            . ' "retention": "P1M" }]'),
    service('video', '"embeds", "marketing"',
            '"match": [{ "host": "stats.test", "path": "/video/" }]',
            '"storage": [{ "kind": "cookie", "name": "_st_video",'
            . ' "retention": "P1M" }]'),
    service('fonts', '"embeds"',
            '"match": [{ "host": "fonts.test", "types": ["font"] }]'));

my @rules = ('--rules', 'rules.json');


sub asked {
    return ctl('explain', @rules, @_);
}


sub asked_json {
    my ($code, $out, $err) = asked('--json', @_);
    my $json = eval { decode_json($out) };

    ok(defined $json, "@_: is JSON") or diag($@, $out, $err);

    return $json;
}


# A URL.

my ($code, $out) = asked('https://a.stats.test/video/1.js');
is($code, 0, 'a known third party: exit 0');
like($out, qr/^https:\/\/a\.stats\.test\/video\/1\.js$/m, 'the URL');
like($out, qr/party +third, seen from example\.com/, 'the party');
like($out, qr/service +video: The video \(video Ltd\)/, 'the service');
like($out, qr/purposes +(embeds \+ marketing|marketing \+ embeds)$/m,
     'the purposes');
like($out, qr{rule +rules\.json:4:\d+ +video: host stats\.test, path /video/},
     'the deciding rule, file and line');
like($out, qr/beats +rules\.json:3:\d+ +stats: host stats\.test/,
     'the rule that it beat');
like($out, qr/nothing granted +held back/, 'nothing granted');
like($out, qr/only embeds +held back/, 'one of two purposes');
like($out, qr/everything granted +allowed/, 'everything granted');
like($out, qr/only the service video +allowed/, 'the service alone');
like($out, qr/everything but video +held back/, 'all but the service');
unlike($out, qr/\e/, 'no colour where there is no terminal');

($code, $out) = asked('https://stats.test/x.js');
like($out, qr/only analytics +allowed/, 'its purpose alone');
like($out, qr/only marketing +held back/, 'another purpose alone');

($code, $out) = asked('https://unknown.test/x.js');
is($code, 1, 'an unknown third party is a finding');
like($out, qr/service +unknown/, '... is called unknown');
like($out, qr/purposes +marketing/, '... and is marketing');

($code, $out) = asked('--unclassified', 'allow', 'https://unknown.test/');
like($out, qr/nothing granted +allowed/, '--unclassified allow');

($code, $out) = asked('--first-party', 'unknown.test',
                        'https://unknown.test/x.js');
is($code, 0, '--first-party');
like($out, qr/party +first/, '... makes it one');

($code, $out) = asked('--page', 'https://shop.test/', '/collect?a=1');
is($code, 0, 'a path is taken from the page');
like($out, qr{^https://shop\.test/collect\?a=1$}m, '... of that host');
like($out, qr/nothing granted +refused/, '... a request to it is refused');

($code, $out) = asked('--type', 'font', 'https://fonts.test/f.woff2');
is($code, 0, 'a type that the rule names');
($code, $out) = asked('--type', 'script', 'https://fonts.test/f.js');
is($code, 1, 'a type that it does not');

($code, $out) = asked('data:text/html,x');
is($code, 0, 'data: URLs');
like($out, qr/fetches nothing/, '... fetch nothing');

my $json = asked_json('https://a.stats.test/video/1.js');
is($json->{service}, 'video', 'JSON: service');
is_deeply([ sort @{$json->{purposes}} ], [ 'embeds', 'marketing' ],
          'JSON: purposes');
is($json->{rule}{file} . ':' . $json->{rule}{line}, 'rules.json:4',
   'JSON: rule');
is($json->{beats}[0]{service}, 'stats', 'JSON: what it beat');
is($json->{choices}[0]{choice}, 'nothing', 'JSON: choices');
ok(!$json->{choices}[0]{allowed}, 'JSON: nothing granted');

# A cookie.

($code, $out) = asked('cookie:_st_video');
is($code, 0, 'a declared cookie: exit 0');
like($out, qr/service +video/, 'an exact name wins');
like($out, qr/rule +rules\.json:4:\d+ +video: cookie _st_video/, '... says so');
like($out, qr/beats +rules\.json:3:\d+ +stats: cookie _st\*/,
     '... over a pattern');
like($out, qr/nothing granted +taken out/, '... and what happens');

($code, $out) = ctl('explain', @rules, '--rules',
    rules_file('later.json', service('other', '"marketing"',
        '"storage": [{ "kind": "cookie", "name": "_st_v*" },'
        . ' { "kind": "cookie", "name": "_st_video" },'
        . ' { "kind": "cookie", "name": "_*" }]')), 'cookie:_st_video');
like($out, qr/service +other\b/, 'of two exact names the later wins');
is(join(' ', $out =~ /(?:rule|beats) .*: cookie (\S+)$/mg),
   '_st_video _st_video _st_v* _st* _*', 'all that fit, in order');

($code, $out) = asked('cookie:mystery');
is($code, 1, 'an undeclared cookie is a finding');
like($out, qr/HttpOnly/, '... unless it is HttpOnly');

is((asked('cookie:'))[0], 2, 'a cookie without a name');
is(asked_json('cookie:_st1')->{rule}{cookie}, '_st*', 'JSON: the pattern');

# A page.

write_file('page.html', <<'END');
<!doctype html><html><head>
<script src="https://stats.test/a.js"></script>
<script src="https://stats.test/b.js"></script>
<script>loadStats();</script>
<script src="/own.js"></script>
</head><body><img src="https://pixel.test/1.gif"></body></html>
END

($code, $out) = asked('page.html');
is($code, 1, 'a page with an unknown third party: exit 1');
like($out, qr/^stats\.test +2 +script +held back +stats +analytics$/m,
     'elements are counted by host and kind');
like($out, qr/^\(inline script\) +1 +script +held back +stats/m,
     'inline scripts');
like($out, qr/^pixel\.test +1 +image +held back +unclassified +marketing$/m,
     'unknown third parties');
unlike($out, qr/example\.com/, 'first parties are no news');
like($out, qr/4 elements; held back before a yes: 4; known to no rule: 1$/m,
     'the sum');

$json = asked_json('page.html');
is(scalar @{$json->{found}}, 3, 'JSON: three rows');

write_file('quiet.html', '<p>Nothing');
is((asked('quiet.html'))[0], 0, 'a page without third parties: exit 0');


# What is neither a file nor a URL.

for my $name ('/missing.html', 'missing.htm', './x/missing.XHTML',
              '/tmp/missing-file', '../missing')
{
    ($code, $out, my $err) = asked($name);
    is($code, 2, "$name: exit 2");
    is($out, '', '... writes nothing');
    like($err, qr/^consentctl explain: \Q$name\E: no such file/,
         '... is a file that is not there');
}

like((asked('/missing.html'))[2],
     qr{\(if it is a path of the site: https://www\.example\.com/missing\.html},
     '... or a path, and how to ask about it');
is((asked('https://www.example.com/missing.html'))[0], 0, '... like that');
is((asked('/collect'))[0], 0, 'a path that no file would have is one');

# What limits a rule is told.

rules_file('limits.json', service('lim', '"analytics"',
    '"match": [{ "host": "lim.test", "types": ["script", "image"],'
    . ' "party": "any" }, { "host": "lim.test", "path": "/x" }]'));

($code, $out) = ctl('explain', '--rules', 'limits.json', '--type', 'image',
                    'https://lim.test/');
like($out, qr/lim: host lim\.test, party any, types script\+image$/m,
     'types and party of a rule');

($code, $out) = ctl('explain', '--json', '--rules', 'limits.json', '--type',
                    'image', 'https://lim.test/x');
$json = decode_json($out);
is($json->{beats}[0]{party}, 'any', 'JSON: party');
is_deeply($json->{beats}[0]{types}, [ 'script', 'image' ], 'JSON: types');

ok(defined eval { decode_json((asked('--json', "cookie:a\xff\xc3"))[1]) },
   'JSON is UTF-8 whatever the name');

# Colour on a terminal alone.

my $on = terminal({ TERM => 'xterm' }, 'explain', @rules,
                  'https://stats.test/x.js');
like($on, qr/\e\[31mheld back\e\[0m/, 'colour on a terminal');

for my $env ({ TERM => 'xterm', NO_COLOR => '1' }, { TERM => 'dumb' }) {
    my $off = terminal($env, 'explain', @rules, 'https://stats.test/x.js');

    like($off, qr/held back/, 'a terminal with ' . join ',', %$env);
    unlike($off, qr/\e/, '... has no colour');
}

done_testing();
