#!/usr/bin/perl
#
# consent_list: lists in Adblock Plus syntax beside the rules.

use warnings;
use strict;

use FindBin;
use JSON::PP;
use lib "$FindBin::Bin/lib";

use ConsentTest;
use Test::More;

my $t = ConsentTest->new();

$t->write_file('trackers.txt', <<'END');
! Title: Trackers of mine
||beacon.test^
||path.test/t.js
@@||beacon.test/ok.js$script
||stats.test^
||site.example^
/telemetry/*$~third-party
||x.test^$csp=y
END

$t->write_file('ads.txt', "||banner.test^\n||both.test^\n");
$t->write_file('more.txt', "||both.test^\n");

my $page = join '', map { qq(<script src="https://$_"></script>\n) }
    'beacon.test/a.js', 'path.test/t.js', 'banner.test/b.js',
    'both.test/c.js', 'stats.test/s.js', 'beacon.test/ok.js',
    'plain.test/p.js';

$t->write_file('html/index.html', "<!doctype html><title>x</title>\n$page");
$t->write_file("html/$_", $page) for 'none/index.html', 'one/index.html';
$t->write_file('html/telemetry/a b.gif', 'GIF');
$t->write_file('html/other.gif', 'GIF');

$t->run(<<'END');
    consent_rules %%RULES%%;
    consent_zone test:1m;
    server {
        listen %%LISTEN%%;
        server_name www.site.example;
        root %%DIR%%/html;
        consent enforce;
        consent_list analytics trackers.txt;
        consent_list marketing %%DIR%%/ads.txt;
        consent_list analytics more.txt;

        location /one/ {
            consent_unclassified allow;
            consent_list analytics trackers.txt;
        }

        location /none/ {
            consent_unclassified allow;
            consent_list off;
        }

        location = /status { consent off; consent_status; }
    }
END

sub held {
    my ($body, $what) = @_;

    return $body =~ m{data-pc-src="https://\Q$what\E"} ? 1 : 0;
}

# A purpose's yes, without a banner to be had.

sub granted {
    my ($path, @purposes) = @_;

    return $t->get($path, $t->choose('save', @purposes));
}


my $got = $t->get('/one/');

is $got->{status}, 200, 'the site itself is within reach, though listed';
is held($got->{body}, 'beacon.test/a.js'), 1, 'a listed host is held back';
is held($got->{body}, 'path.test/t.js'), 1, '... a listed path';
is held($got->{body}, 'beacon.test/ok.js'), 0, '... but no exception';
is held($got->{body}, 'plain.test/p.js'), 0, '... and nothing else';
is held($got->{body}, 'banner.test/b.js'), 0, '... nor another list';
is held($got->{body}, 'stats.test/s.js'), 1, 'rules hold as before';
like $got->{body}, qr/list:trackers[^>]*beacon\.test\/a\.js/,
    'the element names the list';
like $got->{body}, qr/"stats"[^>]*stats\.test\/s\.js/,
    '... but what a rule knows, the service';

$got = $t->get('/none/');
is held($got->{body}, 'beacon.test/a.js'), 0, 'off: no list';
is held($got->{body}, 'stats.test/s.js'), 1, '... but the rules';

$got = $t->get('/');
is held($got->{body}, $_), 1, "all lists: $_ is held back"
    for 'beacon.test/a.js', 'banner.test/b.js', 'both.test/c.js',
        'beacon.test/ok.js', 'plain.test/p.js';

$got = granted('/', 'analytics');
is held($got->{body}, 'beacon.test/a.js'), 0, 'analytics: its list is allowed';
is held($got->{body}, 'banner.test/b.js'), 1, '... not that of marketing';
is held($got->{body}, 'both.test/c.js'), 1, '... nor what both have';

my $csp = ConsentTest::header($got, 'Content-Security-Policy');
like $csp, qr/\bbeacon\.test\b/, 'the policy lists the host that was seen';
unlike $csp, qr/banner\.test|both\.test|plain\.test/, '... and no other';

$got = granted('/', 'analytics', 'marketing');
is held($got->{body}, 'both.test/c.js'), 0, 'both purposes allow it';


# first-party paths

is $t->get('/telemetry/a%20b.gif?x=y')->{status}, 204,
    'a listed path of the site is refused';
is $t->get('/%74elemetry/a%20b.gif?x=y')->{status}, 204,
    '... also as nginx understands it';
is $t->get('/other.gif?x=%20y')->{status}, 200, '... and no other';
is granted('/telemetry/a%20b.gif?x=y', 'analytics')->{status}, 200,
    '... nor with a yes';


# counters

my $status = decode_json($t->get('/status')->{body});

cmp_ok $status->{held}{'list:trackers'}{elements}, '>', 0, 'status: the list';
cmp_ok $status->{unknown}{'beacon.test'}, '>', 0,
    'status: the host that a rule could be written for';

my (undef, $out) = $t->check_conf('server { listen %%LISTEN%%;
    consent enforce; consent_rules %%RULES%%;
    consent_list analytics trackers.txt; }');

like $out, qr/trackers\.txt": 6 rules, and 1 that are not kept/,
    'what of the list is not kept, in one line';

$t->done();
