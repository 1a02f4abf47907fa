#!/usr/bin/perl
#
# Directives: what nginx -t takes, and what it says about what it does not.

use warnings;
use strict;

use FindBin;
use lib "$FindBin::Bin/lib";

use ConsentTest;
use POSIX qw/ mkfifo /;
use Test::More;

my $t = ConsentTest->new();

mkfifo("$t->{dir}/fifo", 0600) or die "mkfifo: $!\n";

$t->write_file('keys', "# ring\nk2 " . 'ab' x 32 . "\nk1 " . 'cd' x 32 . "\n");
$t->write_file('keys.bad', "k1 abcd\n");
$t->write_file('keys.none', "# nothing\n");
$t->write_file('broken.json', "{ \"version\": 1,\n  \"services\": [ }\n");
$t->write_file('purpose.json', $ConsentTest::rules
                               =~ s/"marketing"/"marketting"/r
                               =~ s/"id": "/"id": "x-/gr);
$t->write_file('regex.json', $ConsentTest::rules
                             =~ s/"host": "ads.test"/"regex": "(["/r);
$t->write_file('many.json', many_purposes(33));
$t->write_file('services.json', many_services(800));
$t->write_file('list.txt', "||a.test^\n");
$t->write_file('a.json', $ConsentTest::rules =~ s/"id": "/"id": "a-/gr);
$t->write_file('c.json', $ConsentTest::rules =~ s/"id": "/"id": "c-/gr);
$t->write_file('rules.inc', "# rules\n\nconsent_rules broken.json;\n");
$t->write_file('typo.json', '{ "lang": "en", "texts": { "acept": "Yes" } }');
$t->write_file('set/a.json', $ConsentTest::rules);
$t->write_file('set/b.json', $ConsentTest::rules);


sub many_purposes {
    my ($n) = @_;

    return '{ "version": 1, "purposes": ['
           . join(', ', map { qq({ "key": "p$_", "title": { "en": "P$_" },
               "description": { "en": "D" }, "benefit": { "en": "B" } }) }
               1 .. $n)
           . '] }';
}


sub many_services {
    my ($n) = @_;

    return '{ "version": 1, "services": ['
           . join(', ', map { qq({ "id": "s$_", "name": "S$_",
               "purposes": ["analytics"],
               "match": [ { "host": "s$_.test" } ] }) } 1 .. $n)
           . '] }';
}


sub server {
    my ($lines) = @_;

    return "server { listen %%LISTEN%%; consent enforce;\n"
           . "consent_rules %%RULES%%;\n$lines\n}";
}


my @good = (
    'nothing' => 'server { listen %%LISTEN%%; }',
    'enforce' => server(''),
    'observe in a location' => server('location /a/ { consent observe; }'),
    'off in a location' => server('location /a/ { consent off; }'),
    'at http level' => 'consent enforce; consent_rules %%RULES%%;
                        server { listen %%LISTEN%%; }',
    'every directive' => 'consent_zone z:1m; ' . server('
        consent_regime opt-out;
        consent_unclassified analytics passive=allow;
        consent_first_party cdn.other.example static.other.example;
        consent_cookie pc domain=site.example path=/ max_age=90d
                       samesite=strict;
        consent_key_file %%DIR%%/keys;
        consent_signal own;
        consent_path /privacy/;
        consent_banner off;
        consent_csp report;
        consent_guard off;
        consent_record %%DIR%%/records.log;
        consent_max_tag 16k;
        consent_undecodable pass;
        consent_cache vary;
        location = /status { consent_status; }'),
    'regime by variable' => 'map $http_x_land $land { DE opt-in; default
        opt-out; } ' . server('consent_regime $land;'),
    'rules in several directives' => server('consent_rules %%RULES%%;'),
    'lists' => 'consent_list analytics list.txt; '
        . server('consent_list analytics %%DIR%%/list.txt;
                  consent_list marketing list.txt;
                  location /a/ { consent_list off; }'),
    'rules relative to the configuration' =>
        'server { listen %%LISTEN%%; consent enforce;
                  consent_rules rules.json; }',
    'records to syslog' =>
        server('consent_record syslog:server=127.0.0.1:5140;'),
    'records where services fill the zone' => 'consent_zone z:64k; '
        . server('consent_record %%DIR%%/records.log;
                  consent_rules %%DIR%%/services.json;'),
    'records off' => server('consent_record off;'),
    '__Host- cookie' => server('consent_cookie __Host-pc;'),
    'status without consent' =>
        'server { listen %%LISTEN%%; location /s { consent_status; } }',
    'a set variable of the same beginning' =>
        server('set $consent_x 1; return 200 $consent_x;'),
    'a purpose as a variable' => server('return 200 $consent_analytics;'),
    'csp strict' => server('consent_csp strict;'),
    'services' => 'consent_services stats; ' . server('consent_services ads
        cdn; location /a/ { consent_services video; }'),
    'decoration' => server('consent_decoration strip;
                            location /a/ { consent_decoration keep; }'),
    'a network without a registry' =>
        server('consent_first_party intranet; consent_cookie pc domain=lan;'),
    'international host' => server('consent_first_party bücher.example;'),
);

my @bad = (
    'unknown mode' => 'server { listen %%LISTEN%%; consent on; }',
        qr/value "on" of "consent": .*"observe" or "enforce" in .*f:\d+/,
    'misspelt mode' => 'server { listen %%LISTEN%%; consent enforced; }',
        qr/value "enforced" .*did you mean "enforce"\? in .*f:\d+/,
    'missing rule file' => server('consent_rules %%DIR%%/none.json;'),
        qr/none\.json/,
    'empty glob' => server('consent_rules %%DIR%%/none/*.json;'),
        qr/none\/\*\.json/,
    'rules from a FIFO' => server('consent_rules %%DIR%%/fifo;'),
        qr/fifo: cannot read the file: it is not a regular file/,
    'keys from a FIFO' => server('consent_key_file %%DIR%%/fifo;'),
        qr/fifo" cannot be read: expected a file of at most/,
    'broken JSON' => server('consent_rules %%DIR%%/broken.json;'),
        qr/broken\.json:2:17: .* \(read by "consent_rules" in .*f:\d+\)$/m,
    'broken JSON in one of several' => server("consent_rules a.json;\n
        consent_rules \n set/a.json b*.json; consent_rules c.json;"),
        qr/broken\.json:2:17: .* \(read by "consent_rules" in .*f:25\)$/m,
    'broken JSON, in what is included' => server('include %%DIR%%/rules.inc;'),
        qr/broken\.json:2:17: .* \(read by "consent_rules" in .*\.inc:3\)/,
    'broken JSON for many servers' => server('consent_rules b*.json;') x 3,
        qr/^(?!.*broken.*broken).*read by "consent_rules" in .*f:22\)/s,
    'texts of a file' => server('consent_texts typo.json;'),
        qr/typo\.json:1:\d+: .*\(read by "consent_texts" in .*f:22\)/,
    'unknown purpose in a rule' =>
        server('consent_rules %%DIR%%/purpose.json;'),
        qr/purpose\.json:\d+:\d+: .*marketting.*marketing/,
    'bad regex' => server('consent_rules %%DIR%%/regex.json;'),
        qr/regex\.json:\d+:\d+: /,
    'a service twice' => server('consent_rules %%DIR%%/set/*.json;'),
        qr/b\.json:\d+:\d+: .*stats/,
    '33 purposes' => server('consent_rules %%DIR%%/many.json;'),
        qr/many\.json:\d+:\d+: .*32/,
    'a list without a purpose' => server('consent_list list.txt;'),
        qr/"consent_list" directive takes a purpose and a file, or "off"/,
    'a list of an unknown purpose' => server('consent_list analytic list.txt;'),
        qr/list\.txt: unknown purpose "analytic".*mean "analytics"/,
    'a missing list' => server('consent_list analytics none.txt;'),
        qr/none\.txt: cannot read the file.*"consent_list" in .*f:22\)/,
    'unknown regime' => server('consent_regime optin;'),
        qr/unknown regime "optin".*did you mean "opt-in"\? in .*f:\d+/,
    'regime twice' => server('consent_regime notice; consent_regime notice;'),
        qr/"consent_regime" directive is duplicate/,
    'unknown purpose' => server('consent_unclassified marketin;'),
        qr/unknown purpose "marketin".*mean "marketing"\? in .*f:\d+/,
    'unknown purpose that is none' => server('consent_unclassified alow;'),
        qr/expected one of "allow", "necessary",.*mean "allow"\? in .*f:\d+/,
    'unknown passive purpose' =>
        server('consent_unclassified marketing passive=analytic;'),
        qr/unknown purpose "analytic".*"analytics"/,
    'unclassified parameter' =>
        server('consent_unclassified marketing images=allow;'),
        qr/invalid parameter "images=allow".*passive=/,
    'first party with a scheme' =>
        server('consent_first_party https://a.example;'),
        qr/invalid host "https:\/\/a\.example"/,
    'first party with a star' => server('consent_first_party *.a.example;'),
        qr/invalid host "\*\.a\.example"/,
    'first party with a dot' => server('consent_first_party .a.example;'),
        qr/invalid host "\.a\.example"/,
    'first party with two dots' => server('consent_first_party a..example;'),
        qr/invalid host "a\.\.example"/,
    'first party of a registry' => server('consent_first_party co.uk;'),
        qr/invalid host "co\.uk".*nobody else has names below/,
    'cookie name' => server('consent_cookie "a b";'),
        qr/invalid cookie name "a b"/,
    'cookie parameter' => server('consent_cookie pc secure=1;'),
        qr/invalid parameter "secure=1".*samesite/,
    'cookie age' => server('consent_cookie pc max_age=soon;'),
        qr/invalid parameter "max_age=soon" .* a time, such as "max_age=180d"/,
    'cookie of all sites' => server('consent_cookie pc samesite=all;'),
        qr/"samesite=all" .*"samesite=lax", "samesite=strict" or/,
    'cookie path' => server('consent_cookie pc path=shop;'),
        qr/"path=shop" .*: expected a path, such as "path=\/shop\/"/,
    'cookie host' => server('consent_cookie pc domain=https://a.example;'),
        qr/"domain=https:\/\/a\.example" .*expected a host of the site's own/,
    'cookie parameter twice' =>
        server('consent_cookie pc path=/a/ domain=a.example path=/b/;'),
        qr/"path=\/a\/" and "path=\/b\/" in "consent_cookie": expected one/,
    'cookie of a registry' => server('consent_cookie pc domain=.co.uk;'),
        qr/invalid parameter "domain=\.co\.uk"/,
    '__Host- with a domain' =>
        server('consent_cookie __Host-pc domain=site.example;'),
        qr/"consent_cookie" directive names a "__Host-" cookie/,
    'missing key file' => server('consent_key_file %%DIR%%/none;'),
        qr/none" failed \(2: No such file/,
    'bad key' => server('consent_key_file %%DIR%%/keys.bad;'),
        qr/keys\.bad:1: /,
    'no key' => server('consent_key_file %%DIR%%/keys.none;'),
        qr/keys\.none.*no key/,
    'unknown signal' => server('consent_signal own onetrust;'),
        qr/unknown signal "onetrust": known is "own"/,
    'path without slashes' => server('consent_path privacy;'),
        qr/invalid path "privacy"/,
    'the whole site as path' => server('consent_path /;'),
        qr/invalid path "\/"/,
    'csp mode' => server('consent_csp on;'),
        qr/invalid value "on".*"report", "enforce" or "strict"/,
    'a service that is none' => server('consent_services stats statz;'),
        qr/unknown service "statz" in .*did you mean "stats"\? in .*f:\d+/,
    'a language that is none' => server('consent_language pages;'),
        qr/no texts in "pages": .*did you mean "page"\? in .*f:\d+/,
    'records on' => server('consent_record on;'),
        qr/invalid value "on" of "consent_record": expected a file/,
    'records in no folder' => server('consent_record %%DIR%%/none/x.log;'),
        qr/there is no folder ".*\/none": .* in .*f:\d+/,
    'records as a folder' => server('consent_record %%DIR%%;'),
        qr/"consent_record .*" is a folder: expected a file in .*f:\d+/,
    'decoration' => server('consent_decoration remove;'),
        qr/invalid value "remove".*expected "keep" or "strip"/,
    'banner' => server('consent_banner maybe;'), qr/invalid value "maybe"/,
    'look: a position' => server('consent_look position=top;'),
        qr/invalid parameter "position=top": expected "bottom", "corner"/,
    'look: one button' => server('consent_look accept=#00aa00;'),
        qr/invalid parameter "accept=#00aa00": expected "position=/,
    'look: a colour' => server('consent_look paper=red;'),
        qr/invalid parameter "paper=red": expected a colour "#rrggbb"/,
    'look: hard to read' => server('consent_look ink=#888888;'),
        qr/"consent_look" cannot be read: ink.*contrast/,
    'look: a parameter twice' => server('consent_look radius=1 radius=2;'),
        qr/"radius=1" and "radius=2" in "consent_look": expected one/,
    'look twice' => server('consent_look radius=1; consent_look radius=2;'),
        qr/"consent_look" directive is duplicate/,
    'contact that runs' => server('consent_contact javascript:alert(1);'),
        qr/invalid contact "javascript:alert\(1\)": expected "mailto:/,
    'contact of another host' => server('consent_contact //a.example/;'),
        qr/invalid contact/,
    'contact without an address' => server('consent_contact mailto:me;'),
        qr/invalid contact/,
    'tag too small' => server('consent_max_tag 10;'),
        qr/value "10" of "consent_max_tag": .*from 1k to 1m, such as "64k"/,
    'tag without a size' => server('consent_max_tag 16kb;'),
        qr/value "16kb" of "consent_max_tag": .*from 1k to 1m, such as "64k"/,
    'tag twice' => server('consent_max_tag 16k; consent_max_tag 16k;'),
        qr/"consent_max_tag" directive is duplicate/,
    'cache' => server('consent_cache public;'),
        qr/invalid value "public".*expected "private", "vary" or "off"/,
    'undecodable' => server('consent_undecodable drop;'),
        qr/invalid value "drop".*expected "block" or "pass"/,
    'zone without size' => 'consent_zone z; ' . server(''),
        qr/invalid zone "z": expected "NAME:SIZE"/,
    'zone too small' => 'consent_zone z:1k; ' . server(''),
        qr/invalid zone size "1k": expected a size in k or m, 64k at least/,
    'zone in other units' => 'consent_zone z:1g; ' . server(''),
        qr/invalid zone size "1g": expected a size in k or m/,
    'pages that come again' => 'consent_reuse on; ' . server(''),
        qr/invalid value "on" of "consent_reuse": expected "off", or/,
    'zone twice' => 'consent_zone z:1m; consent_zone y:1m; ' . server(''),
        qr/"consent_zone" directive is duplicate/,
    'misspelt variable' => server('return 200 $consent_stat;'),
        qr/unknown variable "\$consent_stat".*"\$consent_state"/,
    'misspelt purpose variable' => server('return 200 $consent_analytcs;'),
        qr/unknown variable "\$consent_analytcs".*"\$consent_analytics"/,
);

while (my ($name, $conf) = splice @good, 0, 2) {
    my ($ok, $out) = $t->check_conf($conf);

    ok $ok, "good: $name" or diag $out;
}

while (my ($name, $conf, $like) = splice @bad, 0, 3) {
    my ($ok, $out) = $t->check_conf($conf);

    ok !$ok, "refused: $name";
    like $out, $like, "said why: $name";
}

# What is right, but leaves a hole, is said once.

my @open = (
    'consent_unclassified allow;' => 1,
    'consent_unclassified allow passive=marketing;' => 1,
    'consent_unclassified necessary;' => 1,
    'consent_unclassified allow; consent_csp off;' => 0,
    'consent_unclassified marketing passive=allow;' => 0,
);

while (my ($lines, $said) = splice @open, 0, 2) {
    my ($ok, $out) = $t->check_conf(server("$lines location /a/ { }"));
    my @told = $out =~ /\[warn\] "consent_unclassified .*no hosts.*f:\d+$/gm;

    ok $ok && @told == $said, "a warning or none: $lines" or diag $out;
}

SKIP: {
    my ($ok, $out) = $t->check_conf('server { listen %%LISTEN%%;
                                     consent enforce; }');

    skip 'the catalogue is installed', 1 if $ok;
    like $out, qr/no "consent_rules" are given/, 'without a catalogue';
}

done_testing();
