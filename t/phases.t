#!/usr/bin/perl
#
# Beside nginx's other modules: what grants, denies, limits, redirects, copies
# or cuts requests does so as it did, and what comes of it is still judged.

use warnings;
use strict;

use FindBin;
use lib "$FindBin::Bin/lib";

use ConsentTest;
use IO::Compress::Gzip qw/ gzip /;
use Test::More;

my $t = ConsentTest->new();

my $img = '<img src="https://ads.test/p.gif">';
my $live = qr{ src="https://ads\.test};
my $held = qr{ data-pc-src="https://ads\.test};
my $big = '<!doctype html><html><body>' . "<p>filler</p>$img" x 200
          . '</body></html>';
my ($packed, $small);

# Longer and shorter than a slice.
gzip \$big, \$packed, -Level => 0;
gzip \$big, \$small;


# /echo says what came, the others answer as their names tell.

sub handler {
    my ($request) = @_;
    my $uri = $request->{uri};
    my $h = $request->{headers};
    my @type = 'Content-Type: text/html; charset=utf-8';

    open my $fh, '>>', "$t->{dir}/asked" or die "asked: $!";
    syswrite $fh, "$uri " . ($h->{cookie} // '-') . "\n";
    close $fh;

    if ($uri =~ m{^/auth}) {
        return ConsentTest::head(($h->{cookie} // '') =~ /sid=1/ ? 204 : 401,
                                 'X-User: me', 'Set-Cookie: _st=auth');
    }

    if ($uri =~ m{^/accel/(\w+)}) {
        return (ConsentTest::head(200, @type, "X-Accel-Redirect: /inner/$1",
                                  'Set-Cookie: _st=1', 'Set-Cookie: lang=en'),
                $big);
    }

    if ($uri =~ m{^/\w*slice(gz|one)?$}) {
        my $big = !$1 ? $big : $1 eq 'gz' ? $packed : $small;

        push @type, 'Content-Encoding: gzip' if $1;

        my ($from, $to) = ($h->{range} // '') =~ /bytes=(\d+)-(\d+)/
            or return (ConsentTest::head(200, @type), $big);

        $to = length($big) - 1 if $to >= length $big;

        return (ConsentTest::head(206, @type, "Content-Range: bytes $from-$to/"
                                  . length $big, 'Content-Length: '
                                  . ($to - $from + 1)),
                substr $big, $from, $to - $from + 1);
    }

    return (ConsentTest::head(404, @type), "missing$img")
        if $uri =~ m{^/missing};
    return (ConsentTest::head(500, @type), "broken$img")
        if $uri =~ m{^/broken};

    return (ConsentTest::head(200, @type),
            join "\n", "<p>$request->{method} $uri</p>$img", $request->{body},
                       @{ $request->{lines} });
}

$t->upstream(\&handler);

$t->write_file('html/page.html', "<!doctype html>file$img");
$t->write_file('html/404.html', "<!doctype html>not found$img");
$t->write_file('html/dir/index.html', "<!doctype html>index$img");
$t->write_file('passwd', "me:{PLAIN}secret\n");

my $conf = <<'CONF';
    consent_rules %%RULES%%;
    consent_banner off;
    limit_req_zone $binary_remote_addr zone=few:1m rate=1r/m;
    limit_req_zone $consent_state zone=each:1m rate=1r/m;
    map $consent_marketing $bid { 1 yes; default no; }
    log_format choices '$uri|$consent_granted|$consent_blocked|$status';

    server {
        listen %%LISTEN%%;
        consent enforce;
        root %%DIR%%/html;
        proxy_http_version 1.1;
        set $from "";
        access_log %%DIR%%/logs/choices.log choices;

        location / { proxy_pass http://%%UPSTREAM%%; }
        location /file/ { alias %%DIR%%/html/; }

        location = /auth { internal; proxy_pass http://%%UPSTREAM%%; }
        location /private/ {
            auth_request /auth;
            auth_request_set $user $upstream_http_x_user;
            add_header X-User $user;
            proxy_pass http://%%UPSTREAM%%;
        }
        location /any/ {
            satisfy any;
            deny all;
            auth_basic "x";
            auth_basic_user_file %%DIR%%/passwd;
            proxy_pass http://%%UPSTREAM%%;
        }
        location /anycollect/ {
            satisfy any;
            deny all;
            auth_basic "x";
            auth_basic_user_file %%DIR%%/passwd;
            rewrite ^/any(.*) $1 break;
            proxy_pass http://%%UPSTREAM%%;
        }
        location /few/ {
            limit_req zone=few burst=1 nodelay;
            limit_req_status 429;
            error_page 429 /404.html;
            proxy_pass http://%%UPSTREAM%%;
        }
        location /each/ {
            limit_req zone=each;
            limit_req_status 429;
            proxy_pass http://%%UPSTREAM%%;
        }
        location /text { default_type text/html; return 200 "text$img_"; }
        location /moved { return 302 https://ads.test/; }
        location /try/ { try_files $uri $uri/index.html /page.html =404; }
        location /try404/ { try_files $uri =404; }
        location /tryup/ { try_files $uri @up; }
        location @up { rewrite ^/tryup(.*) $1 break;
                       proxy_pass http://%%UPSTREAM%%; }
        location /dir/ { index index.html; }
        location /accel/ { proxy_pass http://%%UPSTREAM%%; }
        location /inner/file { internal; default_type text/html;
                               alias %%DIR%%/html/page.html; }
        location /inner/up { internal; proxy_pass http://%%UPSTREAM%%/echo; }
        location /inner/off { internal; consent off; default_type text/html;
                              alias %%DIR%%/html/page.html; }
        location /missing { proxy_pass http://%%UPSTREAM%%;
                            proxy_intercept_errors on;
                            error_page 404 /404.html; }
        location /missing2 { proxy_pass http://%%UPSTREAM%%; }
        location /broken { proxy_pass http://%%UPSTREAM%%;
                           proxy_intercept_errors on; recursive_error_pages on;
                           error_page 500 = /missing; }
        location /named { error_page 404 = @up; return 404; }
        location /mirrored/ { mirror /mirror; proxy_pass http://%%UPSTREAM%%; }
        location = /mirror { internal;
            proxy_pass http://%%UPSTREAM%%/copy$request_uri; }
        location /slice { SLICE }
        location /passslice { consent_undecodable pass; SLICE }
        location /said/ {
            proxy_set_header X-Granted $consent_granted;
            proxy_set_header X-Bid $bid;
            proxy_set_header X-State $consent_state;
            proxy_pass http://%%UPSTREAM%%;
        }
        location /if/ {
            set $from outside;
            if ($consent_marketing = 0) { set $from inside; }
            if ($arg_off) { consent off; }
            if ($arg_observe) { consent observe; }
            if ($arg_other) { proxy_pass http://%%UPSTREAM%%; break; }
            if ($consent_analytics) { return 200 "analytics"; }
            add_header X-From $from;
            proxy_pass http://%%UPSTREAM%%;
        }
        location /nested/ {
            consent off;
            proxy_pass http://%%UPSTREAM%%;
            location /nested/on/ { consent enforce;
                                   proxy_pass http://%%UPSTREAM%%; }
        }
        location /early/ { return 200 "$consent_granted"; }
    }
CONF

$conf =~ s/"text\$img_"/'text$img'/;

my ($slice) = $t->check_conf('server { slice 1k; }');
my $slicing = 'slice 1k; proxy_set_header Range $slice_range; '
              . 'proxy_pass http://%%UPSTREAM%%;';

$conf =~ s/SLICE/$slice ? $slicing : 'return 404;'/ge;
$t->run($conf);

my @some = $t->choose('save', 'analytics');
my @all = $t->choose('accept');
my @sid = (Cookie => 'sid=1; _st=2');


sub judged {
    my ($answer, $status, $name) = @_;

    is $answer->{status}, $status, $name;
    like $answer->{body}, $held, '... held back';
    unlike $answer->{body}, $live, '... nothing let through';
}

sub field { return ConsentTest::header(@_) // '' }


# auth_request

my $answer = $t->get('/private/x', @sid);

judged($answer, 200, 'auth_request lets in');
is field($answer, 'X-User'), 'me', 'its variables hold';
is join('', ConsentTest::headers($answer, 'Set-Cookie')) =~ /auth/ ? 1 : 0, 0,
    'its cookies stay inside';
is $t->get('/private/x')->{status}, 401, 'and keeps out';
like $t->read_file('asked'), qr{^/auth sid=1$}m,
    'the subrequest has no denied cookie';

# satisfy any: nothing of ours grants

is $t->get('/any/x')->{status}, 401, 'satisfy any: no';
judged($t->get('/any/x', Authorization => 'Basic bWU6c2VjcmV0'), 200,
       'satisfy any: yes');
is $t->get('/anycollect/')->{status}, 401, 'a rule of ours grants nothing';

# limit_req

judged($t->get('/few/1'), 200, 'limit_req: the first');
judged($t->get('/few/2'), 200, 'and the second');
judged($t->get('/few/3'), 429, 'then its error page');
is $t->get('/each/')->{status}, 200, 'by $consent_state: one';
is $t->get('/each/')->{status}, 429, 'the same again';
is $t->get('/each/', @some)->{status}, 200, 'another choice';

# return, try_files, index

judged($t->get('/text'), 200, 'return');
is $t->head_of('/text')->{status}, 200, 'HEAD of it';
$answer = $t->get('/moved');
is $answer->{status}, 302, 'a redirect';
is field($answer, 'Location'), 'https://ads.test/', 'goes where it went';
judged($t->get('/try/none'), 200, 'try_files');
judged($t->get('/try/../dir/'), 200, 'index');
is $t->get('/try404/none')->{status}, 404, 'try_files, status';
judged($t->get('/tryup/echo'), 200, 'try_files, named');

# X-Accel-Redirect

$answer = $t->get('/accel/file');
judged($answer, 200, 'X-Accel-Redirect to a file');
like $answer->{body}, qr/^<!doctype html>file/, 'which it is';
is join(' ', map { /^([^=]+)/ } ConsentTest::headers($answer, 'Set-Cookie')),
    'lang', 'cookies of the first answer are judged';
judged($t->get('/accel/up'), 200, 'to another upstream');
$answer = $t->get('/accel/off');
like $answer->{body}, $live, 'to where consent is off: as it is';
is $t->get('/accel/file', @all)->{body}, "<!doctype html>file$img",
    'all granted';
is $t->get('/inner/file')->{status}, 404, 'internal stays internal';

# Error pages

judged($t->get('/missing'), 404, 'error_page');
judged($t->get('/missing2'), 404, 'an upstream\'s own');
judged($t->get('/broken'), 404, 'one error page after another');
judged($t->get('/named'), 200, 'error_page, named');

# mirror

judged($t->get('/mirrored/x', @sid), 200, 'mirror');
select undef, undef, undef, 0.3;
like $t->read_file('asked'), qr{^/copy/mirrored/x sid=1$}m,
    'the copy has no denied cookie';

# slice

SKIP: {
    skip 'no slice module', 11 if !$slice;

    $answer = $t->get('/slice', 'Sec-Fetch-Dest', 'document');
    judged($answer, 200, 'slice');
    is scalar(() = $answer->{body} =~ /$held/g), 200, 'all slices, once each';
    is $t->get('/slice', @all)->{body}, $big, 'all granted';

    # In a coding: one can be read, but not what comes in several requests.

    $answer = $t->get('/sliceone', 'Sec-Fetch-Dest', 'document');
    judged($answer, 200, 'one coded slice');
    is scalar(() = $answer->{body} =~ /$held/g), 200, 'all of it';
    is $t->get('/slicegz', 'Sec-Fetch-Dest', 'document')->{status}, 502,
        'coded slices are not read';
    is $t->get('/passslicegz', 'Sec-Fetch-Dest', 'document')->{body}, $packed,
        'and are whole where they may pass';
    is $t->get('/slicegz', @all)->{body}, $packed, 'and where all is granted';
}

# Variables

$answer = $t->get('/said/x', @some);
like $answer->{body}, qr/^X-Granted: necessary,analytics$/m,
    'proxy_set_header';
like $answer->{body}, qr/^X-Bid: no$/m, 'with a map';
like $t->get('/said/x', @all)->{body}, qr/^X-Bid: yes$/m, 'all granted';
is $t->get('/early/', @some)->{body}, 'necessary,analytics', 'return';

# if

$answer = $t->get('/if/x');
judged($answer, 200, 'if');
is field($answer, 'X-From'), 'inside', 'asked for a variable of ours';
is $t->get('/if/x', @some)->{body}, 'analytics', 'and another';
judged($t->get('/if/x?other=1'), 200, 'a location inside an if');
like $t->get('/if/x?off=1')->{body}, $live, 'consent off in an if';
like $t->get('/if/x?observe=1')->{body}, $live, 'observe in an if';

like $t->get('/nested/x')->{body}, $live, 'off';
judged($t->get('/nested/on/x'), 200, 'and on, inside');

# HEAD says what GET says, wherever it comes from.

for my $uri ('/file/page.html', '/private/x', '/text', '/try/none', '/dir/',
             '/accel/file', '/missing', '/missing2', '/broken', '/named',
             '/if/x', '/echo', '/privacy-choices/', '/collect')
{
    my %skip = map { $_ => 1 } qw/ date connection transfer-encoding /;
    my ($get, $head) = map {
        join "\n", "status: $_->{status}", sort map { "$_->[0]: $_->[1]" }
                   grep { !$skip{lc $_->[0]} } @{ $_->{headers} }
    } $t->get($uri, @sid), $t->head_of($uri, @sid);

    is $head, $get, "HEAD as GET: $uri";
}

$t->stop();

my $log = $t->read_file('logs/choices.log');
like $log, qr{^/if/x\|necessary\|1\|200$}m, 'log_format';
like $log, qr{^/collect\|necessary\|1\|204$}m, 'what was held back';

$t->done();
