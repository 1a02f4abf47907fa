#!/usr/bin/perl
#
# Several of nginx's filters at once, and parts of a page that come from
# locations with settings of their own: the page's decide.

use warnings;
use strict;

use FindBin;
use lib "$FindBin::Bin/lib";
use IO::Compress::Gzip qw/ gzip /;
use IO::Uncompress::Gunzip qw/ gunzip /;

use ConsentTest;
use Test::More;

my $img = '<img src="https://ads.test/%s.gif">';
my $word = "\xd0\x9f\xd1\x80\xd0\xb8\xd0\xb2\xd0\xb5\xd1\x82";
my $koi = "\xf0\xd2\xc9\xd7\xc5\xd4";
my $parts = join '', map { "<!--# include virtual=\"/part/$_\" -->" }
            qw/ off observe enforce open /;

sub handler {
    my ($request) = @_;
    my ($kind, $name) = $request->{uri} =~ m{^/([\w-]+)/(\w*)};
    my @type = 'Content-Type: text/html; charset='
               . ($kind eq 'koi' ? 'koi8-r' : 'utf-8');
    my $text = $kind eq 'part' ? sprintf($img, $name)
             : $kind eq 'privacy-choices' ? sprintf($img, 'elsewhere')
             : $kind eq 'koi'
               ? "<!doctype html><body><p>$koi</p>SWAP"
                 . '<!--# include virtual="/part/off" -->'
                 . sprintf($img, 'own') . '<p>end</p>'
             : "<!doctype html><body>$parts" . sprintf($img, 'own')
               . '<p>end</p>';

    if (($request->{headers}{'accept-encoding'} // '') =~ /gzip/) {
        gzip \"$text", \my $packed;
        return (ConsentTest::head(200, @type, 'Content-Encoding: gzip'),
                $packed);
    }

    return (ConsentTest::head(200, @type), $text);
}

my $t = ConsentTest->new();

$t->upstream(\&handler);
$t->run(<<'END_CONF');
    consent_rules %%RULES%%;
    consent_banner off;
    proxy_http_version 1.1;
    proxy_cache_path %%DIR%%/cache keys_zone=pages:1m;
    charset_map koi8-r utf-8 {
        F0 D09F; D2 D180; C9 D0B8; D7 D0B2; C5 D0B5; D4 D182;
    }

    server {
        listen %%LISTEN%%;
        consent enforce;

        location / { proxy_pass http://%%UPSTREAM%%; }

        location /page/ { proxy_pass http://%%UPSTREAM%%; ssi on;
                          proxy_set_header Accept-Encoding ""; }
        location /add/ { proxy_pass http://%%UPSTREAM%%/page/; ssi on;
                         proxy_set_header Accept-Encoding "";
                         add_before_body /part/before;
                         add_after_body /part/off; }
        location /unread/ { proxy_pass http://%%UPSTREAM%%/page/; ssi on;
                            proxy_set_header Accept-Encoding "";
                            consent off; }
        location /seen/ { proxy_pass http://%%UPSTREAM%%/page/; ssi on;
                          proxy_set_header Accept-Encoding "";
                          consent observe; }

        location /part/ { proxy_pass http://%%UPSTREAM%%;
                          proxy_set_header Accept-Encoding ""; }
        location /part/off { proxy_pass http://%%UPSTREAM%%; consent off;
                             proxy_set_header Accept-Encoding ""; }
        location /part/observe { proxy_pass http://%%UPSTREAM%%;
                                 proxy_set_header Accept-Encoding "";
                                 consent observe; }
        location /part/open { proxy_pass http://%%UPSTREAM%%;
                              proxy_set_header Accept-Encoding "";
                              consent_regime notice; }

        location /koi/ {
            proxy_pass http://%%UPSTREAM%%;
            proxy_set_header Accept-Encoding gzip;
            proxy_cache pages;
            proxy_cache_key $uri;
            proxy_cache_valid 1m;
            gunzip on;
            ssi on;
            sub_filter SWAP '<script src="https://stats.test/s.js"></script>';
            charset utf-8;
            override_charset on;
            gzip on;
            gzip_min_length 0;
        }

        location /ends/ {
            ssi on;
            alias %%DIR%%/html/;
        }
    }
END_CONF

$t->write_file('html/state.html',
               '<!doctype html><body>'
               . '<!--# include virtual="/privacy-choices/state" -->'
               . '<!--# include virtual="/privacy-choices/" -->'
               . sprintf($img, 'own') . '<p>end</p>');

my @all = $t->choose('accept');
my @none = $t->choose('reject');

# The names of what loads, and of what is held back.

sub loads {
    return join ' ', $_[0] =~ m{ src="https://(?:ads|stats)\.test/(\w+)}g;
}


sub held {
    return join ' ', $_[0] =~ m{data-pc-src="https://\w+\.test/(\w+)}g;
}


for my $round (1 .. 3) {
    my $page = $t->get('/page/x', @none);

    is held($page->{body}), 'off observe enforce open own',
        'parts from locations where consent is off, observed or open';
    is loads($page->{body}), '', 'are judged as the page is';
    ok $page->{complete}, 'and it is whole';

    $page = $t->get('/page/x', @all);
    is loads($page->{body}), 'off observe enforce open own',
        'all granted: all of them load';
    is held($page->{body}), '', 'and none is held back';
}

my $page = $t->get('/add/x', @none);
is held($page->{body}), 'before off observe enforce open own off',
    'addition and SSI';
is loads($page->{body}), '', 'of them nothing loads';

for my $uri ('/unread/x', '/seen/x') {
    $page = $t->get($uri, @none);
    is loads($page->{body}), 'off observe enforce open own',
        "$uri: parts of a page that is not judged are not, either";
    ok $page->{complete}, 'nor do they break it';
}


# A compressed page in another charset, out of a cache, with SSI, sub_filter
# and compression for the client.  Where all is granted, and the client takes
# the page as it is compressed, nginx leaves it so, with us and without.

for my $how ('from the upstream', 'from the cache', 'again') {
    for my $coding ('', 'gzip') {
        for my $who (\@none, \@all) {
            my $free = $who == \@all;

            next if $free && $coding;

            $page = $t->get('/koi/x', @$who,
                            $coding ? ('Accept-Encoding', $coding) : ());

            is ConsentTest::header($page, 'Content-Encoding') // '', $coding,
                "all at once, $how: in the coding asked for";

            my $text = $page->{body};
            gunzip \$page->{body}, \$text if $coding;

            is $free ? loads($text) : held($text), 's off own',
                $free ? 'what is granted loads' : 'all is held back';
            is $free ? held($text) : loads($text), '', 'and nothing else';
            like $text, qr{<p>$word</p>.*<p>end</p>$}s, 'in the new charset';
        }
    }
}


# What answers under consent_path does so for visitors, not for parts of a page.

$page = $t->get('/ends/state.html', @none);
is $page->{status}, 200, 'a page that includes the endpoint';
is held($page->{body}), 'elsewhere elsewhere own', 'has what is there';
like $page->{body}, qr{<p>end</p>$}, 'and comes to its end';

$t->done();
