#!/usr/bin/perl
#
# Early Hints (103), which nginx passes on since 1.29: nothing denied in them.

use warnings;
use strict;

use FindBin;
use lib "$FindBin::Bin/lib";

use ConsentTest;
use Test::More;

my $t = ConsentTest->new();

plan skip_all => 'this nginx has no Early Hints' if $t->version() < 1.029;

$t->upstream(sub {
    return ("HTTP/1.1 103 Early Hints\r\n"
            . "Link: <https://ads.test/a.js>; rel=preload; as=script\r\n"
            . "Link: </own.css>; rel=preload; as=style, "
            . "<https://stats.test>; rel=preconnect\r\n"
            . "Set-Cookie: _ads=1\r\n\r\n", \0.2,
            ConsentTest::head(200, 'Content-Type: text/html'), '<p>page</p>');
});

$t->run(<<'END');
    consent_rules %%RULES%%;
    consent_banner off;
    early_hints 1;

    server {
        listen %%LISTEN%%;
        consent enforce;
        proxy_http_version 1.1;
        location / { proxy_pass http://%%UPSTREAM%%; }
        location /off/ { consent off; proxy_pass http://%%UPSTREAM%%; }
        location /observe/ { consent observe; proxy_pass http://%%UPSTREAM%%; }
    }
END

my @none = $t->choose('reject');


sub hints {
    my ($raw) = $t->get(@_)->{raw} =~ m{^HTTP/\d\S* 103.*?\r\n(.*?)\r\n\r\n}s;

    return $raw // '';
}


for my $uri ('/off/', '/observe/') {
    my $hints = hints($uri, @none);

    like $hints, qr{ads\.test}, "$uri: as they come";
    like $hints, qr{stats\.test}, 'all of them';
}

my $hints = hints('/', @none);

like $hints, qr{Link: </own\.css>; rel=preload; as=style}i, 'what is ours';
unlike $hints, qr{ads\.test|stats\.test}, 'and nothing that is denied';
unlike $hints, qr{_ads}, 'nor cookies';

$hints = hints('/', $t->choose('save', 'analytics'));
unlike $hints, qr{ads\.test}, 'not all is granted';
like $hints, qr{stats\.test}, 'but this is';

$hints = hints('/', $t->choose('accept'));
like $hints, qr{ads\.test.*stats\.test}s, 'all is granted';

$t->done();
