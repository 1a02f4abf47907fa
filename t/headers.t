#!/usr/bin/perl
#
# Response headers: policy, Link, Refresh, caching, blocked requests.

use warnings;
use strict;

use FindBin;
use lib "$FindBin::Bin/lib";

use ConsentTest;
use Test::More;

my $t = ConsentTest->new();

$t->upstream(sub {
    my ($request) = @_;
    my ($type) = $request->{uri} =~ /type=([^&]+)/;
    my ($status) = $request->{uri} =~ /status=(\d+)/;
    my @lines = map { s/%20/ /gr =~ s/\+/ /gr }
                $request->{uri} =~ /h=([^&]*)/g;

    return (ConsentTest::head($status || 200,
                              'Content-Type: ' . ($type // 'text/html'),
                              @lines),
            '<html><body>x</body></html>');
});

$t->write_file('html/x.js', '1');
$t->write_file('own.json', <<'END');
{ "version": 1, "services": [ {
    "id": "pixel", "name": "Pixel", "purposes": ["marketing"],
    "match": [ { "regex": "^https?://[^/]+/px/[0-9]+\\.gif" } ] } ] }
END

$t->run_site(<<'END');
    location / { proxy_pass http://%%UPSTREAM%%; }
    location /file/ { alias %%DIR%%/html/; }
    location /none/ { return 204; }
    location /gone { return 410; }
    location /banner/ {
        consent_banner on;
        proxy_pass http://%%UPSTREAM%%;
    }
    location /off/ { consent off; proxy_pass http://%%UPSTREAM%%; }
    location /report/ {
        consent_csp report;
        proxy_pass http://%%UPSTREAM%%;
    }
    location /nocsp/ { consent_csp off; proxy_pass http://%%UPSTREAM%%; }
    location /observe/ { consent observe; proxy_pass http://%%UPSTREAM%%; }
    location /collect/open { consent off; return 200 open; }
    location /try/ { root %%DIR%%/html; try_files $uri /file/x.js; }
    location /regex/ {
        consent_rules rules.json own.json;
        rewrite ^/regex(.*) $1 break;
        proxy_pass http://%%UPSTREAM%%;
    }
    location /px/ {
        consent_rules rules.json own.json;
        proxy_pass http://%%UPSTREAM%%;
    }
    location /vary/ {
        consent_cache vary;
        proxy_pass http://%%UPSTREAM%%;
        location /vary/collect { }
    }
    location /keep/ { consent_cache off; proxy_pass http://%%UPSTREAM%%; }
    location /named/ { error_page 418 = @named; return 418; }
    location @named { proxy_pass http://%%UPSTREAM%%; }
END

my $csp = 'Content-Security-Policy';


sub first {
    return ConsentTest::header(@_) // '';
}


# The policy stands on every response.

for my $uri ('/', '/?type=image/gif', '/?type=application/json',
             '/?status=404', '/?status=500', '/?status=302&h=Location:+/x',
             '/file/x.js', '/file/none', '/none/', '/gone', '/collect',
             '/privacy-choices/', '/.well-known/gpc.json', '/try/none',
             '/named/x')
{
    my $page = $t->get($uri);
    my $own = $uri =~ m{^/(?:privacy-choices/$|\.well-known/)};

    like first($page, $csp), $own ? qr/default-src 'none'.*frame-ancestors/
                                  : qr/default-src 'self'/, "policy on $uri";
    is scalar(ConsentTest::headers($page, $csp)), 1, 'once';
}

# The site's own policies let the banner's style through by its hash, on a page
# and on the 304 whose fields take the place of the page's.

{
    my @person = ('Sec-Fetch-Dest' => 'document');
    my $own = 'h=Content-Security-Policy:+style-src+a.example';
    my $asked = sub { ConsentTest::headers($t->get("/banner/?$own$_[0]",
                                                   @_[1 .. $#_]), $csp) };
    my @page = $asked->('', @person);

    like $page[0], qr/^style-src a\.example 'sha256-[\w-]{43}='$/,
        'by its hash';
    is scalar(@page), 2, 'beside our own';
    is(($asked->('&status=304', @person, 'If-None-Match' => '"x"'))[0],
       $page[0], '304: the same');
    is(($asked->('', 'Sec-Fetch-Dest' => 'iframe'))[0],
       'style-src a.example', 'in a frame, without a banner: as it was');
}

my $policy = first($t->get('/'), $csp);
like $policy, qr/\bcdn\.test\b/, 'necessary services are in it';
unlike $policy, qr/stats\.test|ads\.test/, 'denied ones are not';
is first($t->get('/x'), $csp), $policy, 'the same from the cache';

my @some = $t->choose('save', 'analytics');
like first($t->get('/', @some), $csp), qr/\bstats\.test\b/, 'granted ones are';
is first($t->get('/'), $csp), $policy, 'each choice its own';
unlike first($t->get('/', Host => 'other.example'), $csp), qr/site\.example/,
    'each host its own';

like first($t->get('/?type=image/gif', 'Sec-Fetch-Dest' => 'image', @some),
           $csp), qr/default-src 'self'/, 'a short one on an image';
unlike first($t->get('/?type=image/gif', 'Sec-Fetch-Dest' => 'image', @some),
             $csp), qr/stats\.test/, 'without third parties';
like first($t->get('/?type=text/javascript', 'Sec-Fetch-Dest' => 'worker',
                   @some), $csp), qr/stats\.test/, 'a worker keeps the whole';

# Unknown third parties that pages name, where their purpose is granted.

my @most = $t->choose('save', 'marketing');

$t->get('/?h=Link:+<https://who.test/a.js>;rel=preload;as=script');
like first($t->get('/', @most), $csp), qr/\bwho\.test\b/,
    'an unknown host that was seen is listed';
unlike first($t->get('/', @some), $csp), qr/who\.test/,
    'but not where its purpose is denied';

is first($t->get('/off/'), $csp), '', 'none where consent is off';
is first($t->get('/nocsp/'), $csp), '', 'none where it is off';
is first($t->get('/observe/'), $csp), '', 'none when observing';
is first($t->get('/report/'), $csp), '', 'report: not enforced';
like first($t->get('/report/'), "$csp-Report-Only"), qr/default-src/,
    'report: reported';
is first($t->get('/', $t->choose('accept')), $csp), '', 'none if all granted';

my $page = $t->get("/?h=$csp:+script-src+'self'");
is join('|', map { /^script-src/ ? 'site' : 'ours' }
             ConsentTest::headers($page, $csp)), 'site|ours',
    'beside the policy of the site';


# Link and Refresh.

sub of {
    my ($name, $field, @more) = @_;

    return join '|', ConsentTest::headers(
        $t->get("/?h=$name:+" . $field =~ s/ /+/gr, @more), $name);
}


is of('Link', '<https://stats.test/s.js>; rel=preload; as=script'), '', 'Link';
is of('Link', '</a.css>; rel=preload; as=style'),
    '</a.css>; rel=preload; as=style', 'own Link';
like of('Link', '</a.css>; rel=preload; as=style, <https://ads.test>;'
        . ' rel=preconnect'), qr/^<\/a\.css>; rel=preload; as=style\s*$/,
    'one of two';
is of('Link', '<https://ads.test/prev>; rel=prev'),
    '<https://ads.test/prev>; rel=prev', 'a Link that fetches nothing';
is of('Link', '<https://stats.test/s.js>; rel=preload; as=script', @some),
    '<https://stats.test/s.js>; rel=preload; as=script', 'granted Link';
is of('Refresh', '3; url=https://ads.test/'), '', 'Refresh';
is of('Refresh', '3; url=/next'), '3; url=/next', 'own Refresh';
is of('Refresh', '3'), '3', 'Refresh of itself';


# Caching.

sub cache {
    my ($uri, @more) = @_;
    my $page = $t->get($uri, @more);

    return join '|', map { join ',', ConsentTest::headers($page, $_) }
           'Cache-Control', 'Expires', 'Vary';
}


is cache('/'), 'private, no-cache||Cookie', 'a page';
is cache('/?h=Cache-Control:+public,max-age=60'),
    'private, no-cache||Cookie', 'public is not';
is cache('/?h=Cache-Control:+no-store'), 'no-store||Cookie',
    'no-store stays';
is cache('/?h=Expires:+Thu,+31+Dec+2037+23:55:55+GMT'),
    'private, no-cache||Cookie', 'Expires leaves';
is cache('/?h=Vary:+Accept-Language'), 'private, no-cache||Accept-Language,'
    . 'Cookie', 'beside the Vary of the site';
is cache('/?h=Vary:+Cookie'), 'private, no-cache||Cookie', 'not twice';
is cache('/?type=image/gif&h=Cache-Control:+max-age=60'), 'max-age=60||',
    'what is no page may be kept';
is cache('/vary/?h=Cache-Control:+public,max-age=60'), 'public,max-age=60||'
    . 'Cookie,Sec-GPC,Sec-Fetch-Dest,Accept-Language,X-Requested-With',
    'vary: shared caches tell visitors apart';
is cache('/vary/?h=Vary:+accept-language,+Cookie'),
    '||accept-language, Cookie,Sec-GPC,Sec-Fetch-Dest,X-Requested-With',
    'each name once';
is cache('/vary/?h=Vary:+*'), '||*', 'all of them at once';
is cache('/keep/?h=Cache-Control:+public,max-age=60'), 'public,max-age=60||',
    'off: the operator\'s';
is cache('/observe/?h=Cache-Control:+max-age=60'), 'max-age=60||', 'observe';


# Blocked requests.

$page = $t->get('/collect?tid=1');
is $page->{status}, 204, 'denied path';
is $page->{body}, '', 'no body';
is first($page, 'Cache-Control'), 'no-store', 'not kept';
is $t->get('/collect/open')->{body}, 'open', 'not where consent is off';
is $t->request('POST', '/collect', 'x' x 1000)->{status}, 204, 'POST';
is $t->head_of('/collect')->{status}, 204, 'HEAD';
is $t->get('/observe/../collect')->{status}, 204, 'dot segments';
is $t->get('/%63ollect')->{status}, 204, 'percent-encoded';
is $t->get('/collect', @some)->{status}, 200, 'granted';
is $t->get('//%63ollect?x')->{status}, 204, 'encoded';
is $t->get('/px/12.gif')->{status}, 204, 'by a regular expression';
is $t->get('/p%78/1%32.gif?x')->{status}, 204, 'encoded';
is $t->get('/regex/px/12.gif')->{status}, 204, 'rewritten';
is $t->get('/px/a.gif')->{status}, 200, 'one that does not match';
is $t->get('/recollect')->{status}, 200, 'another path';

like $t->log(), qr/\[info\].*consent: request belongs to .*"stats", which is/,
    'the log says whose a request was';

$t->done();
