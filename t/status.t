#!/usr/bin/perl

# consent_status: what was counted, as JSON and for Prometheus.

use warnings;
use strict;

use FindBin;
use JSON::PP;
use lib "$FindBin::Bin/lib";

use ConsentTest;
use Test::More;

my $t = ConsentTest->new();

$t->write_file('html/index.html', <<'END_PAGE');
<!doctype html>
<title>x</title>
<script src="https://stats.test/s.js"></script>
<script src="https://ads.test/a.js"></script>
<img src="https://ads.test/p.gif">
<img src="https://unknown.example.net/p.gif">
<img src="https://unknown.example.net/q.gif">
<script src="https://odd.example.org/o.js"></script>
<script src="https://cdn.test/c.js"></script>
<img src="/own.gif">
END_PAGE

$t->write_file('html/cookies', 'x');

my $http = <<'END_CONF';
    consent_rules %%RULES%%;
    consent_zone test:ZONE;

    server {
        listen %%LISTEN%%;
        server_name www.site.example;
        root %%DIR%%/html;
        consent MODE;

        location = /cookies {
            add_header Set-Cookie "_st=1";
            add_header Set-Cookie "_ads=1";
            add_header Set-Cookie "lang=en";
        }

        location = /status { consent off; consent_status; }
    }
END_CONF

sub conf {
    my ($mode, $zone) = @_;

    return $http =~ s/MODE/$mode/r =~ s/ZONE/$zone/r;
}

sub status {
    my $page = $t->get('/status');

    is $page->{status}, 200, 'status';

    return decode_json($page->{body});
}

$t->run(conf('enforce', '1m'));

my $page = $t->get('/status');
is ConsentTest::header($page, 'Content-Type'), 'application/json', 'JSON';
is ConsentTest::header($page, 'Cache-Control'), 'no-store, private',
    'is not kept';

my $s = decode_json($page->{body});
like $s->{version}, qr/^\d+\.\d+\.\d+$/, 'version';
cmp_ok abs($s->{since} - time), '<', 60, 'since';
is_deeply $s->{choices}, { accept => 0, reject => 0, save => 0,
                           withdraw => 0 }, 'no choices yet';
is $s->{pages}, 0, 'no pages yet';
is_deeply $s->{held}, {}, 'nothing held back yet';
is_deeply $s->{unknown}, {}, 'no unknown hosts yet';


# What is counted

my @accept = $t->choose('accept');
$t->choose('reject') for 1 .. 2;
$t->choose('save', 'analytics');
$t->choose('withdraw');
$t->request('POST', '/privacy-choices/choice', 'action=x',
            'Content-Type' => 'application/x-www-form-urlencoded');
$t->get('/privacy-choices/choice');

$t->get('/index.html') for 1 .. 3;
$t->get('/index.html', @accept);
$t->get('/cookies', Cookie => '_st=1; keep=1');
$t->get('/collect?x');
$t->request('POST', '/privacy-choices/report', '{}');

$s = status();
is_deeply $s->{choices}, { accept => 1, reject => 2, save => 1,
                           withdraw => 1 }, 'choices by action';
is $s->{pages}, 4, 'pages';
is $s->{again}, 1, 'the third time it is one that came before';
is $s->{undecodable}, 0, 'undecodable';
is $s->{bounded}, 0, 'nothing beyond a bound';
is $s->{reports}, 1, 'reports';
is_deeply $s->{held}{stats}, { elements => 3, cookies => 2, requests => 1 },
    'held back of a service';
is_deeply $s->{held}{ads}, { elements => 6, cookies => 1, requests => 0 },
    'of another';
is_deeply $s->{held}{unclassified},
    { elements => 9, cookies => 0, requests => 0 }, 'of unknown ones';
is_deeply [ sort keys %{ $s->{held} } ], [ qw/ ads stats unclassified / ],
    'of nobody else';
is_deeply $s->{unknown}, { 'unknown.example.net' => 6,
                           'odd.example.org' => 3 }, 'unknown hosts';
is $s->{unknown_dropped}, 0, 'all of them had room';
like $t->get('/status')->{body}, qr/unknown\.example\.net.*odd\.example/,
    'the most frequent first';


# For Prometheus

$page = $t->get('/status?format=prometheus');
like ConsentTest::header($page, 'Content-Type'),
    qr{^text/plain; version=0\.0\.4}, 'text';

for my $line ('ngx_consent_choices_total{action="reject"} 2',
              'ngx_consent_pages_total 4',
              'ngx_consent_reports_total 1',
              'ngx_consent_held_total{kind="element",service="ads"} 6',
              'ngx_consent_held_total{kind="cookie",service="stats"} 2',
              'ngx_consent_held_total{kind="request",service="stats"} 1',
              'ngx_consent_unknown_total{host="odd.example.org"} 3',
              'ngx_consent_unknown_dropped_total 0',
              '# TYPE ngx_consent_held_total counter')
{
    like $page->{body}, qr/^\Q$line\E$/m, $line;
}

is scalar(grep { !/^(?:\#\ (?:HELP|TYPE)\ \w+\ .+
                   |\w+(?:\{\w+="[^"]*"(?:,\w+="[^"]*")*\})?\ \d+)$/x }
          split /\n/, $page->{body}), 0, 'every line is well-formed';

my $accept = 'application/openmetrics-text;version=1.0.0;q=0.6,'
             . 'text/plain;version=0.0.4;q=0.5,*/*;q=0.1';
is $t->get('/status', Accept => $accept)->{body}, $page->{body}, 'by Accept';
like $t->get('/status', Accept => 'text/html,*/*')->{body}, qr/^\{/,
    'a browser gets JSON';
like $t->get('/status?format=json', Accept => $accept)->{body}, qr/^\{/,
    'the argument goes first';

is $t->request('POST', '/status', 'x')->{status}, 405, 'not by POST';
is $t->head_of('/status')->{body}, '', 'HEAD';


# Over a reload, with other rules in another order

my $rules = decode_json($ConsentTest::rules);
@{ $rules->{services} } = reverse grep { $_->{id} ne 'video' }
                                       @{ $rules->{services} };
$t->write_file('rules.json', encode_json($rules));
ok $t->reload(), 'reload';

$t->get('/index.html');
$s = status();
is $s->{pages}, 5, 'counting goes on';
is $s->{held}{stats}{elements}, 4, 'for the same service';
is $s->{held}{ads}{elements}, 8, 'and the other';
is $s->{unknown}{'unknown.example.net'}, 8, 'and the hosts';


# Only observing counts the same

$t->stop();
$t->run(conf('observe', '1m'));
$t->get('/index.html');
$t->get('/cookies', Cookie => '_st=1');
$t->get('/collect');

$s = status();
is $s->{pages}, 1, 'pages';
is_deeply $s->{held}, {
    stats => { elements => 1, cookies => 2, requests => 1 },
    ads => { elements => 2, cookies => 1, requests => 0 },
    unclassified => { elements => 3, cookies => 0, requests => 0 } },
    'held back, had it been';
is_deeply $s->{unknown}, { 'unknown.example.net' => 2,
                           'odd.example.org' => 1 }, 'unknown hosts';


# What is held back since a bound was met

my %odd = (
    'many' => '<img ' . join(' ', map { "on$_='x()'" } 'aa' .. 'cc')
              . ' src=https://ads.test/p.gif>',
    'deep' => '<iframe srcdoc="<iframe srcdoc=\'<p>x\'></iframe>"></iframe>',
    'long' => '<script type=importmap>' . ' ' x 300_000 . '</script>',
    'none' => '<img src=https://ads.test/p.gif><img src=https://x.test/q.gif>'
              . '<script type=speculationrules>{"prefetch":[{"where":'
              . '{"selector_matches":"a"}}]}</script>',
);

my $bounded = 0;

for my $name (qw/ many deep long none /) {
    $t->write_file("html/$name.html", "<!doctype html><title>x</title>"
                                      . $odd{$name});
    $t->get("/$name.html");
    $bounded += $name ne 'none';
    is status()->{bounded}, $bounded, "beyond a bound: $name";
}

like $t->get('/status?format=prometheus')->{body},
    qr/^ngx_consent_bounded_total 3$/m, '... for Prometheus';


# A small zone does not fill up

$t->write_file('html/many.html', join '', '<!doctype html><title>x</title>',
               map { "<img src='https://h$_.example.net/p.gif'>" } 1 .. 2000);
$t->stop();
$t->run(conf('enforce', '64k'));
$t->get('/many.html');

$s = status();
my $known = scalar keys %{ $s->{unknown} };
cmp_ok $known, '>', 40, 'unknown hosts have room';
cmp_ok $known, '<', 1000, 'but not all';
is $known + $s->{unknown_dropped}, 2000, 'and the rest is counted';


# A status alone

$t->stop();
$t->run(<<'END_CONF');
    server {
        listen %%LISTEN%%;
        location = /status { consent_status; }
    }
END_CONF

$s = status();
is $s->{pages}, 0, 'nothing is counted where nothing is on';

# What is counted is described, by both of its names.

my $manual = do {
    open my $fh, '<', "$ConsentTest::root/docs/directives.md" or die "$!\n";
    local $/;
    <$fh>;
};

my %rows = $manual =~ /^\| `(\w+)` \| (?:–|`(\w+)(?:\{[\w,]+\})?`) \| .+ \|$/mg;
my @metrics = $t->get('/status?format=prometheus')->{body}
              =~ /^# TYPE (\w+) counter$/mg;

is join(' ', sort keys %{ status() }), join(' ', sort keys %rows),
    'docs have each counter';
is join(' ', sort @metrics), join(' ', sort grep { defined } values %rows),
    'for Prometheus, too';

$t->done();
