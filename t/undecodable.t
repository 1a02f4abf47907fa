#!/usr/bin/perl
#
# Pages that cannot be read are not delivered, unless told so.

use warnings;
use strict;

use Encode;
use FindBin;
use lib "$FindBin::Bin/lib";

use ConsentTest;
use Test::More;

my $t = ConsentTest->new();
my $html = '<html><body><img src="https://ads.test/p.gif"></body></html>';
my $utf16 = Encode::encode('UTF-16', $html);

my %answer = (
    other   => [ 'text/html', $html, 'Content-Encoding: compress' ],
    twice   => [ 'text/html', $html, 'Content-Encoding: gzip, gzip' ],
    utf16   => [ 'text/html; charset=UTF-16LE', $html ],
    quoted  => [ 'text/html;charset="utf-16"', $html ],
    jp      => [ 'text/html; charset=iso-2022-jp', $html ],
    bom     => [ 'text/html; charset=utf-8', $utf16 ],
    bom2    => [ 'text/html', substr($utf16, 0, 1), \0.1, substr $utf16, 1 ],
    image   => [ 'image/gif', $html, 'Content-Encoding: br' ],
    plain   => [ 'text/plain; charset=utf-16', $html ],
    latin   => [ 'text/html; charset=iso-8859-1', $html ],
    self    => [ 'text/html', $html, 'Content-Encoding: identity' ],
    none    => [ undef, $html ],
    bigger  => [ 'text/html; charset=utf-16', $html x 5000,
                 'Content-Disposition: inline', 'ETag: "a"',
                 'Accept-Ranges: bytes' ],
);

$t->upstream(sub {
    my ($request) = @_;
    my ($name) = $request->{uri} =~ /(\w+)$/;
    my ($type, @rest) = @{ $answer{$name} };
    my @lines = grep { /^[A-Z][\w-]+: / } @rest;
    my @body = grep { !/^[A-Z][\w-]+: / } @rest;

    return (ConsentTest::head(200, (defined $type ? "Content-Type: $type" : ()),
                              @lines), @body);
});

$t->run(<<'END');
    consent_rules %%RULES%%;
    consent enforce;
    consent_banner off;

    server {
        listen %%LISTEN%%;
        location / { proxy_pass http://%%UPSTREAM%%; }
        location /now/ { proxy_pass http://%%UPSTREAM%%; proxy_buffering off; }
        location /pass/ {
            consent_undecodable pass;
            proxy_pass http://%%UPSTREAM%%;
        }
        location /observe/ { consent observe; proxy_pass http://%%UPSTREAM%%; }
    }
END

my @doc = ('Sec-Fetch-Dest', 'document');

for my $name (qw/ other twice utf16 quoted jp bigger bom bom2 /) {
    for my $uri ("/$name", "/now/$name") {
        my $page = $t->get($uri, @doc);

        is $page->{status}, 502, "not delivered: $uri";
        like $page->{body}, qr/^This page was not delivered\./, 'a short text';
        is ConsentTest::header($page, 'Content-Length'), length $page->{body},
            'whole';
        is ConsentTest::header($page, 'Content-Type'), 'text/plain', 'plain';
        is ConsentTest::header($page, $_), undef, "no $_"
            for qw/ Content-Encoding Content-Disposition ETag Accept-Ranges /;
    }

    is $t->head_of("/$name", @doc)->{status}, 502, 'HEAD too'
        if $name !~ /^bom/;
    is $t->get("/pass/$name", @doc)->{status}, 200, 'passed where told so';
    is $t->get("/observe/$name", @doc)->{status}, 200, 'observed';
    is $t->get("/$name", @doc, $t->choose('accept'))->{status}, 200,
        'all granted';
}

for my $name (qw/ bom bom2 /) {
    my $page = $t->get("/$name", @doc);

    ok index($page->{body}, substr $utf16, 2) < 0, 'nothing of the page';
    is $t->get("/pass/$name", @doc)->{body}, $utf16, 'passed where told so';
    is $t->get("/observe/$name", @doc)->{body}, $utf16, 'and observed';
}

is $t->get("/$_", @doc)->{body}, $html, "no page: $_" for qw/ image plain /;

for my $name (qw/ latin self none /) {
    my $page = $t->get("/$name", @doc);

    is $page->{status}, 200, "read: $name";
    like $page->{body}, qr{data-pc-src="https://ads}, 'and held back';
}

is $t->get('/none', 'Sec-Fetch-Dest' => 'image')->{body}, $html,
    'without a type, only pages are taken for HTML';

like $t->log(), qr/\[error\].*consent: page .* \(its charset\) .* 502/,
    'a 502 of ours is in the error log';
like $t->log(), qr{\[info\].*consent: page .* \(its charset\) passes},
    'so is what passes, for who asks for more';

$t->done();
