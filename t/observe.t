#!/usr/bin/perl
#
# observe: nothing changes, all is counted.

use warnings;
use strict;

use FindBin;
use lib "$FindBin::Bin/lib";

use ConsentTest;
use Test::More;

my $t = ConsentTest->new();
my $html = '<html><head><script src="https://stats.test/s.js"></script></head>'
           . '<body><img src="https://ads.test/p.gif">'
           . '<img src="https://unknown.test/u.gif"></body></html>';

$t->upstream(sub {
    my ($request) = @_;

    return (ConsentTest::head(200, 'Content-Type: text/html',
                              'Content-Length: ' . length $html,
                              'ETag: "x"', 'Set-Cookie: _ads=1',
                              'Link: <https://ads.test>; rel=preconnect',
                              'Cache-Control: max-age=60',
                              'X-Sent: ' . join ';', map { s/:.*//r }
                                           @{ $request->{lines} }),
            $html);
});

my $conf = <<'END';
    consent_rules %%RULES%%;
    log_format consent '$uri $consent_blocked';

    server {
        listen %%LISTEN%%;
        consent MODE;
        consent_banner off;
        access_log %%DIR%%/logs/MODE.log consent;
        location / { proxy_pass http://%%UPSTREAM%%; gzip on; gzip_proxied any;
                     gzip_min_length 0; }
        location /file/ { alias %%DIR%%/html/; }
        location /collect {
            add_header Set-Cookie _ads=1;
            add_header Link "<https://ads.test>; rel=preconnect";
            proxy_pass http://%%UPSTREAM%%;
        }
    }
END

$t->write_file('html/page.html', $html);
$t->run($conf =~ s/MODE/off/gr);

my @ask = (Cookie => '_st=1; sid=2', 'Sec-Fetch-Dest' => 'document',
           'If-Modified-Since' => 'Sat, 01 Nov 2025 00:00:00 GMT');
my @uris = ('/', '/file/page.html', '/collect');


sub answers {
    return map {
        my $page = $t->get($_, @ask);
        join "\n", $page->{status}, $page->{body},
             map { "$_->[0]: $_->[1]" } grep { $_->[0] ne 'Date' }
             @{ $page->{headers} };
    } @uris;
}


my @off = answers();

ok $t->reload($conf =~ s/MODE/observe/gr), 'reload';

my @observe = answers();

is $observe[$_], $off[$_], "the same as without: $uris[$_]" for 0 .. $#uris;

is scalar(grep { $_->[0] eq 'Content-Length' && $_->[1] == length $html }
          @{ $t->get('/', @ask)->{headers} }), 1, 'length stays';

ok $t->reload($conf =~ s/MODE/enforce/gr), 'reload';

answers();
$t->get('/', @ask);
$t->stop();

is $t->read_file('logs/observe.log'), $t->read_file('logs/enforce.log'),
    'the same is counted';

$t->done();
