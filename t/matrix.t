#!/usr/bin/perl
#
# The same page for the same choice, whatever brings it: over each protocol,
# with and without buffering, and however the upstream cuts the body, status,
# header and body are those of HTTP/1.1, buffered and in one piece.
#
# Each page and choice runs over each protocol in one way of coming; with
# CONSENT_MATRIX=all in all of them.

use warnings;
use strict;

use FindBin;
use lib "$FindBin::Bin/lib";

use ConsentTest;
use IO::Compress::Gzip qw/ gzip /;
use IO::Uncompress::Gunzip qw/ gunzip /;
use Test::More;

my $t = ConsentTest->new(protocol => 'http', buffering => 'on', split => '');
my $all = ($ENV{CONSENT_MATRIX} // '') eq 'all';

my $tags = '<script src="https://stats.test/s.js"></script>'
    . '<script>var a = 1; startStats("a")</script>'
    . '<style>body { background: url(https://ads.test/b.png) }</style>'
    . '</head><body><p>one</p><iframe src="https://video.test/embed/1">'
    . '</iframe><img srcset="https://ads.test/1.gif 1x, /own.gif 2x" '
    . 'alt="&lt;x&gt;"><noscript><img src="https://ads.test/p.gif"></noscript>'
    . '<a href="https://ads.test/" ping="https://stats.test/ping">a</a>'
    . '<svg><image href="https://ads.test/i.svg"/></svg><!-- comment -->'
    . '<img src="https://cdn.test/c.gif"><p>two</p></body></html>';

my $html = '<!doctype html><html><head><meta charset="utf-8"><title>T</title>'
           . $tags;
my $large = $html =~ s{<p>one</p>}{
    join '', map { "<p class=c$_>" . 'some text ' x ($_ % 30)
                   . "<img src=https://ads.test/$_.gif></p>" } 1 .. 700
}er;


sub gzipped {
    my ($text) = @_;
    my $out;

    gzip \$text, \$out;

    return $out;
}


sub chunked {
    my ($text) = @_;

    return join('', map { sprintf "%x\r\n%s\r\n", length, $_ }
                    $text =~ /(.{1,999})/gs) . "0\r\n\r\n";
}


# Content-Type, body, header lines.

my @html = ('text/html', $html);

my %pages = (
    html     => [ @html ],
    utf8     => [ 'text/html; charset=utf-8', $html =~ s/T</\xc3\xa4</r ],
    latin    => [ 'text/html; charset=iso-8859-1', $html =~ s/T</\xe4</r ],
    guessed  => [ 'text/html', "<!doctype html><html><head>$tags" ],
    large    => [ 'text/html; charset=utf-8', $large ],
    length   => [ @html, 'Content-Length: ' . length $html ],
    chunked  => [ 'text/html', chunked($large),
                  'Transfer-Encoding: chunked' ],
    gzip     => [ 'text/html', gzipped($large), 'Content-Encoding: gzip' ],
    xhtml    => [ 'application/xhtml+xml',
                  '<html xmlns="http://www.w3.org/1999/xhtml"><head><title/>'
                  . '<script src="https://stats.test/s.js"/></head><body>'
                  . '<img src="https://ads.test/p.gif"/></body></html>' ],
    utf16    => [ 'text/html; charset=utf-16', $html ],
    json     => [ 'application/json', '{"a":"<script src=//ads.test>"}' ],
    empty    => [ 'text/html', '' ],
    cookies  => [ @html, 'Set-Cookie: _st=1', 'Set-Cookie: lang=en',
                  'Set-Cookie: _ads=2; Path=/', 'ETag: "e"',
                  'Link: <https://ads.test/x>; rel=preload, </y>; rel=icon' ],
    missing  => [ @html, 'Status: 404' ],
    ssi      => [ 'text/html', $html =~ s{<p>one</p>}{
                      <p>1</p><!--# include virtual="/page/part" -->}r ],
    part     => [ 'text/html', '<img src="https://ads.test/part.gif">' ],
    redirect => [ 'text/html', '<p>moved</p>', 'Status: 302',
                  'Location: /elsewhere' ],
);


# How a body comes is said by the request's header, so that the page has one
# address and one text.

$t->upstream(sub {
    my ($request) = @_;
    my ($name) = $request->{uri} =~ m{/page/(\w+)};
    my ($type, $body, @lines) = @{ $pages{$name} };
    my ($status) = map { /^Status: (\d+)/ ? $1 : () } @lines;

    push @lines, 'X-Accel-Buffering: no' if $request->{headers}{'x-unbuffered'};

    return (ConsentTest::head($status || 200, "Content-Type: $type",
                              grep { !/^Status:/ } @lines), $body);
});

$t->run(<<'END');
    consent_rules %%RULES%%;
    consent enforce;

    server {
        listen %%LISTEN%%;
        listen %%TLS%%;
        server_name www.site.example;
        proxy_http_version 1.1;
        ssi on;
        gzip on;
        gzip_min_length 0;
        gzip_proxied any;
        location /page/ { proxy_pass http://%%UPSTREAM%%; }
    }
END

my %choices = (
    none      => [],
    rejected  => [ $t->choose('reject') ],
    analytics => [ $t->choose('save', 'analytics') ],
    accepted  => [ $t->choose('accept') ],
);

my @protocols = grep { $t->speaks($_) } qw/ http tls h2 h3 /;
my @splits = ('', 7, 61, 'random:40');
my @ways = map { my $split = $_;
                 map { [ split => $split, unbuffered => $_ ] } 0, 1 } @splits;


# What must be the same: all but what belongs to one connection.  The policy of
# a page over TLS has sockets over TLS.

sub seen {
    my ($protocol, $uri, @headers) = @_;

    local $t->{protocol} = $protocol;

    my $page = $t->get($uri, 'Sec-Fetch-Dest' => 'document', @headers);
    my $body = $page->{body};
    my $coding = ConsentTest::header($page, 'Content-Encoding') // '';

    if ($coding eq 'gzip') {
        my $packed = $body;

        gunzip \$packed, \$body or return 'broken gzip';
    }

    return join "\n", $page->{status}, $page->{complete} ? () : 'cut off',
           sort(map { lc($_->[0]) . ': ' . $_->[1] =~ s/\bwss:/ws:/gr }
                grep { $_->[0] !~ /^(?:Date|Connection|Keep-Alive
                                    |Transfer-Encoding|Alt-Svc)$/xi }
                @{ $page->{headers} }), '', $body;
}


# Where a difference is, and not all of both pages.

sub same {
    my ($got, $want, $name) = @_;

    return pass($name) if $got eq $want;

    my $at = 0;

    $at++ while substr($got, $at, 1) eq substr($want, $at, 1);

    fail($name);
    diag "at byte $at of the answer:\n got: ", substr($got, $at, 200),
         "\nwant: ", substr($want, $at, 200);
}


my $turn = 0;

for my $name (sort keys %pages) {
    for my $choice (sort keys %choices) {
        for my $coding ($all ? ('', 'gzip') : $turn % 2 ? 'gzip' : '') {
            my $uri = "/page/$name";
            my @ask = (@{ $choices{$choice} }, 'Accept-Encoding' => $coding);
            my $want = seen('http', $uri, @ask);

            if ($choice ne 'accepted' && $name !~ /json|empty|redirect/) {
                ok $want !~ m{ src="?https://ads}, "$name, $choice: held back";
            }

            for my $protocol (@protocols) {
                my @now = $all ? @ways : $ways[$turn++ % @ways];

                for my $way (@now) {
                    my %way = @$way;

                    same(seen($protocol, $uri, @ask,
                              $way{split} ? ('X-Split' => $way{split}) : (),
                              $way{unbuffered} ? ('X-Unbuffered' => 1) : ()),
                         $want, "$name, $choice, $protocol, " . join ' ',
                         $coding ? 'gzip,' : (),
                         map { "$_=$way{$_}" } sort keys %way);
                }
            }
        }
    }
}

diag 'not run, because nginx or curl does not speak it: ',
     join ' ', grep { !$t->speaks($_) } qw/ http tls h2 h3 /
    if @protocols < 4;

$t->done();
