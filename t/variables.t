#!/usr/bin/perl
#
# Variables, and that they hold behind internal redirects and in the log.

use warnings;
use strict;

use FindBin;
use lib "$FindBin::Bin/lib";

use ConsentTest;
use Test::More;

my $t = ConsentTest->new();

$t->write_file('html/page.html',
    '<html><body><img src="https://ads.test/1"><img src="https://ads.test/2">'
    . '</body></html>');

$t->run(<<'END');
    consent_rules %%RULES%%;
    log_format consent '$uri $consent_state $consent_blocked $status';
    map $http_x_land $land { DE opt-in; US opt-out; UK notice; XX bogus; }
    map $consent_analytics $log_stats { 1 yes; default no; }

    server {
        listen %%LISTEN%%;
        consent enforce;
        consent_banner off;
        consent_regime $land;
        access_log %%DIR%%/logs/access.log consent;
        root %%DIR%%/html;
        set $early $consent_regime;
        set_real_ip_from 127.0.0.1;
        real_ip_header X-Real-IP;

        location /state { return 200 "$consent_state"; }
        location /granted { return 200 "$consent_granted"; }
        location /one {
            return 200
            "$consent_necessary$consent_analytics$consent_marketing$log_stats";
        }
        location /id { return 200 "[$consent_id]"; }
        location /regime { return 200 $consent_regime; }
        location /addr { return 200 $consent_addr; }
        location /off/ { consent off; return 200 "[$consent_state]"; }
        location /off/addr { consent off; return 200 $consent_addr; }
        location /redirect { error_page 418 = /granted; return 418; }
        location /rewrite { rewrite ^ /granted last; }
        location /late {
            consent_regime notice;
            return 200 "$early $consent_regime";
        }
        location /named { error_page 418 = @named; return 418; }
        location @named { return 200 "$consent_granted"; }
    }
END


sub body {
    return $t->get(@_)->{body};
}


my @us = ('X-Land', 'US');
my @none = $t->choose('reject');
my @some = $t->choose('save', 'analytics', 'functional');
my @all = $t->choose('accept');

is body('/granted'), 'necessary', 'nothing chosen';
is body('/granted', @none), 'necessary', 'refused';
is join(',', sort split /,/, body('/granted', @some)),
    'analytics,functional,necessary', 'some';
is join(',', sort split /,/, body('/granted', @all)),
    'analytics,embeds,functional,marketing,necessary,personalization', 'all';

is body('/one'), '100no', 'one purpose each';
is body('/one', @some), '110yes', 'in a map too';
is body('/one', @all), '111yes', 'all';

my %state = map { body('/state', @$_) => 1 } [], \@none, \@some, \@all;
is scalar(keys %state), 4, 'a state for each choice';
unlike join('', keys %state), qr/[^0-9a-f?-]/, 'short and plain';
is body('/state', @some), body('/state', $t->choose('save', 'functional',
    'analytics')), 'equal for equal choices';

is body('/id'), '[]', 'no id before a choice';
like body('/id', @none), qr/^\[[\w-]{22}\]$/, 'an id with a choice';

is body('/regime'), 'opt-in', 'regime: the strictest where unknown';
is body('/regime', 'X-Land' => 'XX'), 'opt-in', 'or wrong';
is body('/regime', @us), 'opt-out', 'by variable';
is body('/regime', 'X-Land' => 'UK'), 'notice', 'by variable';
is body('/late'), 'opt-in notice', 'by server, then by location';
like body('/granted', @us), qr/marketing/, 'opt-out grants';
unlike body('/granted', @us, 'Sec-GPC' => 1), qr/marketing/, 'GPC denies';

is body('/addr', 'X-Real-IP' => '192.0.2.77'), '192.0.2.0', 'address is cut';
is body('/addr', 'X-Real-IP' => '192.0.2.77', @some), '192.0.2.77',
    'whole with analytics';
is body('/addr', 'X-Real-IP' => '2001:db8:1:2:3::4'), '2001:db8:1::', 'IPv6';
is body('/addr', 'X-Real-IP' => '::ffff:192.0.2.77'), '::ffff:192.0.2.0',
    'IPv4 in IPv6';
is body('/off/addr', 'X-Real-IP' => '192.0.2.77'), '192.0.2.0',
    'where consent is off';
is body('/off/'), '[]', 'nothing where consent is off';

is body('/redirect', @some), body('/granted', @some), 'error_page';
is body('/rewrite', @some), body('/granted', @some), 'rewrite';
is body('/named', @some), body('/granted', @some), 'named location';

$t->get('/page.html');
$t->get('/page.html', @all);
$t->get('/collect');
$t->get('/x', Cookie => '_st=1; _ads=2');
$t->stop();

my $log = $t->read_file('logs/access.log');
like $log, qr{^/page\.html \w+\?? 2 200$}m, 'logged: what was held back';
like $log, qr{^/page\.html \w+\?? 0 200$}m, 'nothing with all granted';
like $log, qr{^/collect \w+\?? 1 204$}m, 'a request';
like $log, qr{^/x \w+\?? 2 404$}m, 'cookies';

$t->done();
