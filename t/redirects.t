#!/usr/bin/perl
#
# A path of the site that sends on what a page asks for contacts a third party
# as a tag would: it ends here, unless that one is allowed, or a person goes
# there.

use warnings;
use strict;

use FindBin;
use lib "$FindBin::Bin/lib";

use ConsentTest;
use Test::More;

my $t = ConsentTest->new();

my $ads = 'https://ads.test/p.gif';

sub dest {
    return ('Sec-Fetch-Dest' => $_[0]);
}

# Name, status, Location, request header, and what the visitor gets: gone, or
# the redirect as it is.

my @cases = (
    (map { [ "$_ to who is denied", 302, $ads, [ dest($_) ], 'gone' ] }
         qw/ image script style font video track iframe frame object embed
             worker serviceworker manifest empty /),

    (map { [ "status $_", $_, $ads, [ dest('image') ], 'gone' ] }
         301, 303, 307, 308),

    [ 'no scheme', 302, '//ads.test/p.gif', [ dest('image') ], 'gone' ],
    [ 'in capitals', 302, 'HTTPS://ADS.TEST/', [ dest('image') ], 'gone' ],
    [ 'an unknown third party', 302, 'https://other.test/a.js',
      [ dest('script') ], 'gone' ],
    [ 'a frame that a script moves', 302, $ads,
      [ dest('iframe'), 'Sec-Fetch-Mode' => 'navigate' ], 'gone' ],
    [ 'a page fetched ahead', 302, $ads,
      [ dest('document'), 'Sec-Purpose' => 'prefetch' ], 'gone' ],
    [ 'a page rendered ahead', 302, $ads,
      [ dest('document'), 'Sec-Purpose' => 'prefetch;prerender' ], 'gone' ],

    [ 'who is allowed', 302, 'https://cdn.test/a.js', [ dest('script') ],
      'asis' ],
    [ 'the site', 302, '/b.gif', [ dest('image') ], 'asis' ],
    [ 'the site by its name', 302, 'http://www.site.test/b.gif',
      [ dest('image') ], 'asis' ],
    [ 'a page', 302, $ads, [ dest('document') ], 'asis' ],
    [ 'a page, followed', 302, $ads,
      [ dest('document'), 'Sec-Fetch-User' => '?1' ], 'asis' ],
    [ 'a frame, followed', 302, $ads,
      [ dest('iframe'), 'Sec-Fetch-User' => '?1' ], 'asis' ],
    [ 'a browser that does not say', 302, $ads, [], 'asis' ],
    [ 'what is posted', 303, $ads, [ dest('empty'), ':method', 'POST' ],
      'asis' ],
    [ 'no redirect', 201, $ads, [ dest('empty') ], 'asis' ],
);

$t->upstream(sub {
    my ($request) = @_;
    my ($i) = $request->{uri} =~ m{/(\d+)$};
    my (undef, $status, $to) = @{ $cases[$i] };

    return (ConsentTest::head($status, "Location: $to",
                              'Content-Type: text/html',
                              'Cache-Control: max-age=60',
                              'Content-Length: 5'),
            $request->{method} eq 'HEAD' ? () : 'moved');
});

$t->run(<<'CONF');
    consent_rules %%RULES%%;

    server {
        listen %%LISTEN%%;
        server_name www.site.test;
        consent enforce;
        location / { proxy_pass http://%%UPSTREAM%%; proxy_redirect off; }
        location /observe/ {
            consent observe;
            proxy_pass http://%%UPSTREAM%%;
            proxy_redirect off;
        }
    }
CONF

my @all = $t->choose('accept');


sub ask {
    my ($uri, %header) = @_;
    my $method = delete $header{':method'} // 'GET';

    return $t->request($method, $uri, $method eq 'GET' ? undef : 'a=b',
                       %header);
}


my @host = (Host => 'www.site.test');


for my $i (0 .. $#cases) {
    my ($name, $status, $to, $header, $want) = @{ $cases[$i] };
    my $answer = ask("/$i", @host, @$header);

    if ($want eq 'gone') {
        is $answer->{status}, 204, $name;
        is ConsentTest::header($answer, 'Location'), undef, 'leads nowhere';
        is $answer->{body}, '', 'nothing with it';
        like ConsentTest::header($answer, 'Cache-Control'), qr/no-store/,
            'for this choice alone';

    } else {
        is $answer->{status}, $status, $name;
        is ConsentTest::header($answer, 'Location'), $to, 'leads there';
        is $answer->{body}, 'moved', 'with its text';
    }

    is $t->head_of("/$i", @host, @$header)->{status}, $answer->{status},
        'HEAD'
        if "@$header" !~ /POST/;

    for my $other (ask("/$i", @host, @$header, @all),
                   ask("/observe/$i", @host, @$header))
    {
        is $other->{status}, $status, 'all granted, or observed: as it is';
        is ConsentTest::header($other, 'Location'), $to, 'leads there';
    }
}

$t->done();
