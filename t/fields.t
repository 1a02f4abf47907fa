#!/usr/bin/perl
#
# Response fields in all their forms, as a table: what a denied third party
# would be contacted by leaves, all else stays as the site wrote it; and what
# describes the body fits the body.

use warnings;
use strict;

use FindBin;
use lib "$FindBin::Bin/lib";

use ConsentTest;
use Test::More;

my $t = ConsentTest->new();

my $html = '<!doctype html><html><body><img src="https://ads.test/p.gif">'
           . '</body></html>';
my $gone = [];

# What the site sends, and what comes of it; one line if it stays.

my @cases = (

    # Link (RFC 8288, 3)

    [ [ 'Link: <https://ads.test/a.js>; rel="preload"; as="script"' ],
      $gone ],
    [ [ 'Link: <https://ads.test/a.js>; as=script; rel=modulepreload' ],
      $gone ],
    [ [ 'Link: <//ads.test>; rel=preconnect' ], $gone ],
    [ [ 'Link: <https://ads.test/>; rel=dns-prefetch; crossorigin' ],
      $gone ],
    [ [ 'Link: <https://ads.test/a.css>; rel="stylesheet alternate"' ],
      $gone ],
    [ [ 'LINK: <https://ads.test/a>;REL=PREFETCH' ], $gone ],
    [ [ 'Link: < https://ads.test/a.js >; rel=preload; as=script' ], $gone ],
    [ [ 'Link: <https://ads.test/a.js>; title="a, <b>; rel=next";rel=preload'
      ], $gone ],
    [ [ 'Link: </a.css>; rel=preload, <https://ads.test/a.js>; rel=preload',
        'Link: <https://cdn.test/b.js>; rel=preload; as=script' ],
      [ 'Link: </a.css>; rel=preload',
        'Link: <https://cdn.test/b.js>; rel=preload; as=script' ] ],
    [ [ 'Link: <https://ads.test/2>; rel="next"' ], $gone ],
    [ [ 'Link: <https://ads.test/>; rel=canonical' ] ],
    [ [ 'Link: <https://ads.test/feed>; rel=alternate; type="application/rss'
        . '+xml"' ] ],
    [ [ 'Link: </wp-json/>; rel="https://api.w.org/"' ] ],

    # Refresh (HTML, 4.2.5.3)

    [ [ 'Refresh: 0;url=https://ads.test/' ], $gone ],
    [ [ 'Refresh: 5, "https://ads.test/"' ], $gone ],
    [ [ "refresh: 0; URL='//ads.test/'" ], $gone ],

    # Chromium's address ends at the last quote, the standard's at the first
    [ [ "Refresh: 0; url='//www.site.example'\@ads.test/'" ], $gone ],
    [ [ 'Refresh: 5' ] ],
    [ [ 'Refresh: 5; url=/next?u=https://ads.test/' ] ],

    # Set-Cookie (RFC 6265bis, 5.5)

    [ [ 'Set-Cookie: _st=1', 'Set-Cookie: sid=2; HttpOnly',
        'Set-Cookie: _ads=3; Secure; SameSite=None; Partitioned' ],
      [ 'Set-Cookie: sid=2; HttpOnly' ] ],
    [ [ 'set-cookie: _st=1; path=/; EXPIRES=Thu, 31 Dec 2037 23:55:55 GMT' ],
      $gone ],
    [ [ 'Set-Cookie:   _st  =  1 ; Path=/' ], $gone ],
    [ [ 'Set-Cookie: _st' ] , $gone ],
    [ [ 'Set-Cookie: _st=' ], $gone ],
    [ [ 'Set-Cookie: _st="a; b"; HttpOnly' ], $gone ],
    [ [ 'Set-Cookie: _st=1; HttpOnly; Max-Age=9' ], $gone ],
    [ [ 'Set-Cookie: _st=; Max-Age=0; Path=/',
        'Set-Cookie: _ads=; Expires=Thu, 01 Jan 1970 00:00:00 GMT' ] ],
    [ [ 'Set-Cookie: _st=1; Max-Age=0; Max-Age=99' ], $gone ],
    [ [ 'Set-Cookie: lang=en', 'Set-Cookie: _st=1; Max-Age=0' ] ],

    # Reporting API, Network Error Logging, policies

    [ [ 'Report-To: {"group":"g","max_age":9,"endpoints":[{"url":"https://'
        . 'ads.test/r"}]}', 'NEL: {"report_to":"g","max_age":9}' ],
      [ 'NEL: {"max_age":0}' ] ],
    [ [ 'Report-To: {"endpoints":[{"url":"https:\/\/ads.test\/r"}]}' ],
      $gone ],
    [ [ 'Report-To: {"endpoints":[{"url":"\u0068ttps://ads.test/r"}]}' ],
      $gone ],
    [ [ 'Report-To: {"endpoints":[{"url":"/own"},{"url":"//ads.test/r"}]}' ],
      $gone ],
    [ [ 'Report-To: {"endpoints":[{"url":"https://ads.test/r' ], $gone ],
    [ [ 'Report-To: {"group":"g","max_age":9,"endpoints":[{"url":"https://'
        . 'www.site.example/r"}]}', 'NEL: {"report_to":"g","max_age":9}' ] ],
    [ [ 'Reporting-Endpoints: a="https://ads.test/r", b="/own"' ], $gone ],
    [ [ 'Reporting-Endpoints: a="https://cdn.test/r", b="/own"' ] ],
    [ [ 'Speculation-Rules: "https://ads.test/rules.json"' ], $gone ],
    [ [ 'Speculation-Rules: "/rules.json"' ] ],
    [ [ "Content-Security-Policy: script-src 'self'; report-uri https://ads"
        . '.test/csp; object-src \'none\'' ],
      [ "Content-Security-Policy: script-src 'self';; object-src 'none'" ] ],
    [ [ "Content-Security-Policy: REPORT-URI\t/own //ads.test/csp" ],
      [ 'Content-Security-Policy: ' ] ],
    [ [ "Content-Security-Policy: img-src *, report-uri https://ads.test/c" ],
      [ 'Content-Security-Policy: img-src *,' ] ],
    [ [ "Content-Security-Policy: script-src 'self'; report-uri /own" ] ],
    [ [ "Content-Security-Policy: script-src 'nonce-abc' https://ads.test;"
        . ' report-to g' ] ],
    [ [ 'Content-Security-Policy-Report-Only: default-src *; report-uri '
        . 'https://who.test/c' ],
      [ 'Content-Security-Policy-Report-Only: default-src *;' ] ],

    # What is nobody's business

    [ [ 'Clear-Site-Data: "cache", "cookies"' ] ],
    [ [ 'Permissions-Policy: geolocation=(self "https://ads.test")' ] ],
    [ [ 'Strict-Transport-Security: max-age=9' ] ],
    [ [ 'Access-Control-Allow-Origin: https://ads.test' ] ],
    [ [ 'Server-Timing: db;dur=1;desc="https://ads.test"' ] ],
    [ [ 'Alt-Svc: h3=":443"; ma=9' ] ],
    [ [ 'Content-Language: de' ] ],
    [ [ 'X-Frame-Options: DENY', 'X-Content-Type-Options: nosniff' ] ],
);


my @stale = ('Content-MD5: a', 'Digest: sha-256=a', 'Content-Digest: sha=:a:',
             'Repr-Digest: sha=:a:', 'Accept-Ranges: bytes', 'ETag: "a"',
             'Last-Modified: Sat, 01 Nov 2025 00:00:00 GMT');

$t->upstream(sub {
    my ($request) = @_;
    my ($kind, $i) = $request->{uri} =~ m{^/(\w+)/(\d+)};
    my $type = $kind eq 'image' ? 'image/gif' : 'text/html; charset=utf-8';
    my @lines = $kind eq 'body' ? @stale : @{ $cases[$i][0] };

    return (ConsentTest::head(200, "Content-Type: $type", @lines,
                              'Content-Length: ' . length $html),
            $request->{method} eq 'HEAD' ? () : $html);
});

$t->run(<<'CONF');
    consent_rules %%RULES%%;
    consent_banner off;
    consent_csp off;

    server {
        listen %%LISTEN%%;
        consent enforce;
        location / { proxy_pass http://%%UPSTREAM%%; }
        location /observe/ {
            consent observe;
            proxy_pass http://%%UPSTREAM%%;
            rewrite ^/observe(.*) $1 break;
        }
    }
CONF

my @all = $t->choose('accept');


# What of the answer is of interest, in lines.

sub lines {
    my ($answer, $names) = @_;

    return join "\n", map { lc($_->[0]) . ': ' . ($_->[1] =~ s/\s+$//r) }
           grep { $names->{lc $_->[0]} } @{ $answer->{headers} };
}

sub said {
    return join "\n", map { s/^([^:]+):\s*(.*?)\s*$/\L$1\E: $2/r } @{ $_[0] };
}


for my $i (0 .. $#cases) {
    my ($sent, $want) = @{ $cases[$i] };
    my %names = map { /^([^:]+)/ ? (lc $1 => 1) : () } @$sent;
    my $name = $sent->[-1];

    $want //= $sent;

    for my $kind (qw/ page image /) {
        my $answer = $t->get("/$kind/$i");

        is lines($answer, \%names), said($want), "$name, $kind";
        is lines($t->head_of("/$kind/$i"), \%names), said($want), 'HEAD';
    }

    is lines($t->get("/page/$i", @all), \%names), said($sent), 'all granted';
    is lines($t->get("/observe/page/$i"), \%names), said($sent), 'observed';
}


# What describes the body.

my %described = map { /^([^:]+)/ ? (lc $1 => 1) : () }
                @stale, 'Content-Length: 0';
my $changed = $t->get('/body/0', 'Sec-Fetch-Dest', 'document');

like lines($changed, \%described), qr{^etag: W/"a~pcs-[0-9a-f]{8}"$},
    'of a rewritten page nothing stays but a tag of its own';
is lines($t->head_of('/body/0', 'Sec-Fetch-Dest', 'document'), \%described),
    lines($changed, \%described), 'HEAD says the same';

my $same = $t->get('/body/0', @all);

is join("\n", sort split /\n/, lines($same, \%described)),
    join("\n", sort split /\n/, said([ map { s/"a"/"a~pcs-00000000"/r }
                                       @stale, 'Content-Length: '
                                       . length $html ])),
    'all granted: all of it stays, and the tag as strong as it was';

$t->done();
