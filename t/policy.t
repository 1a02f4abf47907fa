#!/usr/bin/perl
#
# Policies for browsers: which services are in them, how long they may be,
# what is said of it; forms that lead on; Permissions-Policy; reports.

use warnings;
use strict;

use FindBin;
use JSON::PP;
use lib "$FindBin::Bin/lib";

use ConsentTest;
use Test::More;

my $t = ConsentTest->new();

$t->upstream(sub {
    my ($request) = @_;
    my ($status) = $request->{uri} =~ /status=(\d+)/;
    my $type = $request->{uri} =~ /\.gif/ ? 'image/gif' : 'text/html';
    my @lines = map { s/%20/ /gr =~ s/\+/ /gr }
                $request->{uri} =~ /h=([^&]*)/g;

    return (ConsentTest::head($status || 200, "Content-Type: $type", @lines),
            '<html><body>x</body></html>');
});


# A catalogue: too many services for a policy.  Some are of one provider, some
# of a provider each.

my @services = map {
    my $of = $_ < 200 ? "h$_.provider.example"
                      : sprintf 'a-host-with-a-long-name.long-name-%d.test',
                                $_;
    { id => "s$_", name => "S$_",
      match => [ { host => $of, $_ % 4 == 1 ? (types => [ 'image' ]) : () } ],
      purposes => [ $_ % 2 ? 'analytics' : 'necessary' ] };
} 0 .. 399;

$t->write_file('large.json', encode_json({ version => 1,
                                           services => \@services }));

$t->write_file('html/x.js', '1');

my $few = join ' ', map { "s$_" } 10, 11, 13;
my $provider = join ' ', map { "s$_" } 0 .. 199;
my $many = join ' ', map { "s$_" } 200 .. 280;
my $all = join ' ', map { "s$_" } 200 .. 399;

my $inner = ConsentTest::free_port();

$t->run(<<"END");
    consent_banner off;
    consent_guard off;
    consent_zone test:1m;
    add_header X-Csp \$consent_csp always;
    log_format csp '\$uri \$consent_csp \$request \$request_uri \$args';

    server {
        listen %%LISTEN%%;
        listen 127.0.0.1:$inner;
        consent enforce;
        consent_rules large.json;
        access_log %%DIR%%/csp.log csp;

        location / { proxy_pass http://%%UPSTREAM%%; }
        location /few/ {
            consent_services $few;
            proxy_pass http://%%UPSTREAM%%;
        }
        location /provider/ {
            consent_services $provider;
            proxy_pass http://%%UPSTREAM%%;
        }
        location /many/ {
            consent_services $many;
            proxy_pass http://%%UPSTREAM%%;
        }
        location /all/ {
            consent_services $all;
            proxy_pass http://%%UPSTREAM%%;
        }
        location /strict/ {
            consent_csp strict;
            consent_path /privacy/;
            consent_services $provider;
            proxy_pass http://%%UPSTREAM%%;
        }
        location /allow/ {
            consent_unclassified allow;
            proxy_pass http://%%UPSTREAM%%;
        }
        location /guarded/ {
            consent_unclassified allow;
            consent_guard on;
            proxy_pass http://%%UPSTREAM%%;
        }
        location /half/ {
            consent_unclassified allow passive=marketing;
            proxy_pass http://%%UPSTREAM%%;
        }
        location /report/ {
            consent_csp report;
            proxy_pass http://%%UPSTREAM%%;
        }
        location /nocsp/ { consent_csp off; proxy_pass http://%%UPSTREAM%%; }
        location /file/ { alias %%DIR%%/html/; }
        location /front/ {
            consent off;
            proxy_buffer_size 4k;
            proxy_set_header Host \$host;
            proxy_pass http://127.0.0.1:$inner/;
        }
        location = /status { consent off; consent_status; }
    }
END

my $csp = 'Content-Security-Policy';
my $list = 'Connection-Allowlist';
my @some = $t->choose('save', 'analytics');
my @person = ('Sec-Fetch-Dest' => 'document', 'Sec-Fetch-Mode' => 'navigate');


sub field {
    return ConsentTest::header(@_) // '';
}

sub policy {
    return field($t->get(@_), $csp);
}

sub status {
    return decode_json($t->get('/status')->{body});
}

sub logged {
    my ($uri) = @_;

    for (1 .. 50) {
        open my $fh, '<', "$t->{dir}/csp.log" or next;
        my @lines = grep { /^\Q$uri\E / } <$fh>;

        return (split / /, $lines[-1])[1] if @lines;
        select undef, undef, undef, 0.05;
    }

    return '';
}


# What is in use alone, necessary ones too.

unlike policy('/', @some), qr/provider|long-name/, 'nobody that is not seen';
like policy('/few/'), qr/default-src[^;]* h10\.provider\.example /,
    'a necessary one that is declared';
unlike policy('/few/'), qr/h11/, 'not a denied one';
like policy('/few/', @some), qr/ h11\.provider\.example /, 'a granted one';
unlike policy('/few/', @some), qr/ h15\.provider| \*\.provider/,
    'and no other';
unlike policy('/few/'), qr/form-action/, 'forms are the visitor\'s';
is status()->{wide}{$_}, 0, "nothing wide yet: $_"
    for qw/ types domains forms sockets others all /;


# Too many: wider, and said so.

sub whole {
    my ($page) = @_;
    my ($head) = $page->{raw} =~ /^(.*?\r\n\r\n)/s;

    return length $head;
}


my $page = $t->get('/provider/', @some);

like field($page, $csp), qr/default-src[^;]* \*\.provider\.example /,
    'domains in place of hosts';
unlike field($page, $csp), qr/h\d+\.provider|https?: /, 'no hosts, no schemes';
cmp_ok whole($page), '<=', 4096, 'it fits';
is status()->{wide}{domains}, 1, 'and is counted';
is logged('/provider/'), 'enforce:domains', 'and stands in the log';

$page = $t->get('/many/', @some);

like field($page, $csp), qr/^default-src[^;]* http: ws:/, 'schemes for most';
like field($page, $csp),
    qr/; script-src[^;]* long-name-200\.test/,
    'but hosts for scripts';
unlike field($page, $csp), qr/long-name-201/, 'and for nothing else';
like field($page, $csp), qr/'unsafe-eval'/, 'eval as it was';
cmp_ok whole($page), '<=', 4096, 'it fits';
is logged('/many/'), 'enforce:others', 'in the log';

$page = $t->get('/all/', @some);

like field($page, $csp), qr/^default-src 'self'[^;]* http: ws:/,
    'schemes, never nothing';
unlike field($page, $csp), qr/script-src/, 'for scripts as well';
is join(' ', @{status()->{wide}}{qw/ others all /}), '1 1',
    'both are counted';
like $t->get('/status?format=prometheus')->{body},
    qr/^ngx_consent_wide_total\{sources="all"\} 1$/m, 'for Prometheus';

# Lines of the site's own take from the room, but not all of it.

my $own = 'h=X-Long:+' . 'x' x 1500;

$page = $t->get("/few/?$own", @some);
cmp_ok whole($page), '<=', 4096, 'with long lines of the site';
like field($page, $csp), qr/ h11\.provider\.example /, 'exact all the same';

$page = $t->get("/few/?h=X-Long:+" . 'x' x 3800, @some);
like field($page, $csp), qr/ h11\.provider\.example /,
    'not wider for what the site fills by itself';

$page = $t->get('/provider/', @some,
                Cookie => $some[1] . join '', map { "; _st_$_=1" } 1 .. 90);
cmp_ok whole($page), '<=', 4096, 'with cookies that are expired';


# A proxy in front that holds 4 KiB of header.

for my $uri (map { ("/front/$_/", "/front/$_/?h=X-Long:+" . 'x' x 1500) }
             qw/ few provider many all strict /)
{
    is $t->get($uri, @some)->{status}, 200,
        'a small proxy: ' . substr $uri, 0, 30;
}

is $t->get('/front/few/?h=X-Long:+' . 'x' x 3900)->{status}, 502,
    'which holds no more indeed';


# Where there is none.

is logged('/few/'), 'enforce', 'enforce, in the log';
$t->get('/nocsp/');
is logged('/nocsp/'), 'none', 'off, in the log';
is policy('/allow/'), '', 'unknown ones are allowed: no allow-list';
is logged('/allow/'), 'none', 'and it is said';
like $t->get('/guarded/', @person)->{body},
    qr/ data-pc-guard="k(\.[0-9a-z]{1,5})+"/,
    'where the guard is, it holds the storage that is denied';
like policy('/half/'), qr/^default-src[^;]* \* ws: wss:;/,
    'allowed but for passive types: open';
like policy('/half/'), qr/; img-src 'self'(?![^;]* \*[ ;])/, 'but for these';
$t->get('/report/');
is logged('/report/'), 'report', 'report';
is policy('/few/', $t->choose('accept')), '', 'all is granted';
is logged('/few/'), 'none', 'none, in the log';


# strict

$page = $t->get('/strict/', @person);

like field($page, $csp), qr/; webrtc 'block'/, 'strict: no WebRTC';
is field($page, $list), '(response-origin "*://{*.}?site.example:*"'
    . ' "*://{*.}?provider.example:*");redirects=allow', 'an allow-list';
cmp_ok whole($page), '<=', 4096, 'it fits';
is field($t->get('/few/', @person), $list), '', 'not where it is not strict';
is field($t->get('/strict/x.gif', 'Sec-Fetch-Dest' => 'image'), $list),
    '(response-origin "*://{*.}?site.example:*");redirects=allow',
    'on an image, first parties alone';
like field($t->get('/strict/?status=404', @person), $list), qr/provider/,
    'on an error page';
is field($t->get('/strict/', @person, $t->choose('accept')), $list), '',
    'all is granted';
is field($t->get("/strict/?h=$csp:+default-src+'none'", @person), $list), '',
    'not where links could not be led through';


# The way out for a person's click: from a page of this origin alone, to the
# web, and noted nowhere.

my %click = ('Sec-Fetch-Site' => 'same-origin',
             'Sec-Fetch-Mode' => 'navigate',
             'Sec-Fetch-Dest' => 'document', 'Sec-Fetch-User' => '?1');

sub out {
    my ($to, @more) = @_;

    return $t->get('/privacy/out?to=' . $to
                   =~ s/([^a-z0-9.])/sprintf '%%%02X', ord $1/egr, @more);
}


$page = out('https://other.example/a?b=1&c=%20#d', %click);
is $page->{status}, 303, 'a click leads on';
is field($page, 'Location'), 'https://other.example/a?b=1&c=%20#d',
    'to the whole address';
is field($page, 'Cache-Control'), 'no-store, private', 'and is not kept';
is field($page, 'Referrer-Policy') . field($page, 'Set-Cookie')
    . field($page, $list), '', 'with nothing of its own';

for my $name (sort keys %click) {
    for my $value ('', 'cross-site', 'none', 'same-site', '?0', 'cors') {
        my %other = (%click, $name => $value);

        is out('https://other.example/', %other)->{status}, 403,
            "not with $name '$value'";
    }

    my %less = %click;

    delete $less{$name};
    is out('https://other.example/', %less)->{status}, 403,
        "not without $name";
}

is out('https://other.example/')->{status}, 403, 'not without any';
is out('https://other.example/',
       Referer => 'http://www.site.example/')->{status}, 403,
    'nor by a Referer';

is out($_, %click)->{status}, 400, "not to '" . s/\s/ /gr . "'"
    for '', '/own', '//other.example/', 'javascript:alert(1)', 'data:,x',
        'ftp://other.example/', "https://other.example/\r\nX: y",
        'https://other.example/ x', 'https://', "https://\xc3\xa4.example/";

is $t->get('/privacy/out', %click)->{status}, 400, 'nor to nowhere';
is $t->get('/privacy-choices/out?to=https%3A%2F%2Fother.example%2F',
           %click)->{status}, 404, 'nor where it is not strict';

sub key {
    my ($key) = $t->get('/strict/', @_)->{body} =~ /data-pc-key="([^"]+)"/;

    return $key;
}


sub with_key {
    my ($key, @more) = @_;

    return $t->get('/privacy/out?to=https%3A%2F%2Fother.example%2F&key='
                   . $key, @more)->{status};
}


my $key = key(Accept => 'text/html');

like $key, qr/^[\w-]{22}$/, 'what is not secure: a page is signed';
is with_key($key), 303, 'which leads on';
is with_key($key =~ s/^(.)/$1 eq 'a' ? 'b' : 'a'/er), 403,
    'another signature does not';
is with_key($key, Host => 'www.other.example'), 403, 'nor on another host';
is with_key($key, 'Sec-Fetch-Site' => 'cross-site'), 403,
    'nor where the browser says who asks';
is key(%click), undef, 'there, none is shown';
like $t->get('/strict/', %click)->{body},
    qr{<script data-pc-out="/privacy/out" data-pc-own="site.example" src=},
    'but the script is';
unlike $t->get('/few/', %click)->{body}, qr/data-pc-out/,
    'not where it is not strict';

logged('/privacy/out');
open my $log, '<', "$t->{dir}/csp.log" or die;
unlike join('', <$log>), qr/other\.example/, 'the log has none of it';


# A form's answer that leads to another site becomes a page that leads there.

my $to = 'https://pay.example/a?b=1&c=2';

sub answer {
    my ($method, $uri, @more) = @_;

    return $t->request($method, $uri, 'a=b', 'Content-Type' =>
                       'application/x-www-form-urlencoded', @more);
}


for my $code (301, 302, 303) {
    $page = answer('POST', "/strict/?status=$code&h=Location:"
                   . "+https://pay.example/a", @person);

    is $page->{status}, 200, "$code is a page";
    is field($page, 'Refresh'), '0; url=https://pay.example/a',
        'that leads on';
    is field($page, 'Location'), '', 'and no redirect';
    like field($page, $csp), qr/default-src/, 'with the policy';
    is field($page, $list), '', 'without the list, which would stop it';
}

for my $case ([ 'the same site', 'POST', '/strict/', '/thanks' ],
              [ 'its own host', 'POST', '/strict/',
                'http://shop.site.example/' ],
              [ 'a link', 'GET', '/strict/', 'https://pay.example/' ],
              [ 'without a policy', 'POST', '/nocsp/', 'https://pay.example/' ],
              [ 'enforce', 'POST', '/x', 'https://pay.example/' ],
              [ 'report', 'POST', '/report/', 'https://pay.example/' ],
              [ 'fetch', 'POST', '/strict/', 'https://pay.example/',
                'Sec-Fetch-Dest' => 'empty' ],
              [ 'all granted', 'POST', '/strict/', 'https://pay.example/',
                @person, $t->choose('accept') ])
{
    my ($name, $method, $uri, $location, @more) = @$case;

    $page = answer($method, "$uri?status=303&h=Location:+$location",
                   @more ? @more : @person);
    is $page->{status}, 303, "$name: as it is";
}

is answer('POST', '/strict/?status=307&h=Location:+https://pay.example/',
          @person)->{status}, 307, '307 asks with the body again: as it is';


# A worker has the policy of its file: it is not kept beyond a choice.

for my $choice ([ 'nothing granted' ], [ 'all granted', $t->choose('accept') ])
{
    my ($name, @choice) = @$choice;

    $page = $t->get('/x.gif?h=Cache-Control:+max-age=999&h=ETag:+"x"',
                    'Sec-Fetch-Dest' => 'worker', @choice);
    is field($page, 'Cache-Control'), 'private, no-cache', "$name: a worker";
    is $t->get('/file/x.js', 'Sec-Fetch-Dest' => 'worker', @choice,
               'If-None-Match' => field($t->get('/file/x.js'), 'ETag'))
       ->{status}, 200, 'is sent anew';
    is $t->get('/file/x.js', 'Sec-Fetch-Dest' => 'script', @choice,
               'If-None-Match' => field($t->get('/file/x.js'), 'ETag'))
       ->{status}, 304, 'a script is not';
    is field($t->get('/x.gif?h=Cache-Control:+max-age=999',
                     'Sec-Fetch-Dest' => 'script', @choice), 'Cache-Control'),
        'max-age=999', 'which may be kept';
}


# Permissions-Policy

my $features = 'Permissions-Policy';

sub features {
    my ($uri, @more) = @_;

    return join '|', ConsentTest::headers($t->get($uri, @person, @more),
                                          $features);
}


like features('/'), qr/browsing-topics=\(\).*, attribution-reporting=\(\)/,
    'advertising is denied';
unlike features('/', 'User-Agent' => 'Mozilla/5.0 Chrome/156.0.0.0 Safari'),
    qr/attribution/, 'without what a browser has no more';
like features('/', 'User-Agent' => 'Mozilla/5.0 Chrome/130.0.0.0 Safari'),
    qr/attribution/, 'with what it still has';
like features("/?h=$features:+camera=()&h=$features:+browsing-topics=*,usb=()"),
    qr/^camera=\(\), usb=\(\), browsing-topics=\(\), [^|*]+$/,
    'in one line with the site\'s own; of the same the tightest';
is field($t->get('/x.gif', 'Sec-Fetch-Dest' => 'image'), $features), '',
    'not on an image';
is features('/', $t->choose('accept')), '', 'all is granted';
is features('/', $t->choose('save', 'marketing')), '',
    'advertising is granted';
is features("/?h=$features:+camera=()", $t->choose('accept')), 'camera=()',
    'the site\'s own stays then';
is features('/nocsp/'), '', 'off';
is field($t->get('/?h=Referrer-Policy:+same-origin'), 'Referrer-Policy'),
    'same-origin', 'Referrer-Policy is left alone';


# Reports, in both forms: hosts alone, and none of somebody else's.

sub report {
    my ($body, $type) = @_;

    return $t->request('POST', '/privacy-choices/report',
                       ref $body ? encode_json($body) : $body,
                       'Content-Type' => $type // 'application/csp-report')
           ->{status};
}

sub old {
    my ($blocked, $page) = @_;

    return { 'csp-report' => { 'blocked-uri' => $blocked,
                               'document-uri' => $page
                                   // 'http://www.site.example/a?id=7' } };
}

sub new {
    my ($blocked, $page) = @_;

    return { type => 'csp-violation', body => {
                 blockedURL => $blocked,
                 documentURL => $page // 'http://www.site.example/' } };
}


is report(old('https://new.example/user/12345?email=a@b.example')), 204,
    'report-uri';
is report([ new('https://two.example/x'), new('inline'),
            new('https://new.example/') ], 'application/reports+json'), 204,
    'report-to';
is report(old('https://foreign.example/', 'https://elsewhere.example/')), 204,
    'of another site';
is report(old('https://img.site.example/')), 204, 'of a first party';
is report(old($_)), 204, "of $_"
    for 'eval', 'data', 'chrome-extension://x/', '';
is report([ map { new("https://r$_.example/") } 1 .. 99 ]), 204, 'many';

my $s = status();

is_deeply [ map { $s->{reported}{$_} } qw/ new.example two.example / ],
    [ 2, 1 ], 'counted by host';
is_deeply [ grep { /foreign|site|12345|email|\// } keys %{$s->{reported}} ],
    [], 'and nothing else';
is scalar(keys %{$s->{reported}}), 2 + 64, 'some of many';
is_deeply $s->{unknown}, {}, 'apart from what stood in pages';
like $t->get('/status?format=prometheus')->{body},
    qr/^ngx_consent_reported_total\{host="new\.example"\} 2$/m,
    'for Prometheus';

report([ map { new("https://more$_.example/") } 64 * $_ .. 64 * $_ + 63 ])
    for 1 .. 40;

$s = status();
cmp_ok scalar(keys %{$s->{reported}}), '<=', 1024, 'a table with an end';
cmp_ok $s->{reported_dropped}, '>', 0, 'beyond which they are only counted';
cmp_ok policy('/few/', $t->choose('save', 'marketing')) =~ s/ \S+\.example//gr,
    'ne', '', 'there still is a policy';
is scalar(() = policy('/few/', $t->choose('save', 'marketing'))
          =~ /(?<= )(?:more|r)\d+\.example/g) <= 48, 1,
    'of which few reported ones make a part';

report(old('https://h21.provider.example/x'));
like policy('/few/', @some), qr/ h21\.provider\.example/,
    'a service that is reported is in use';

$t->done();
