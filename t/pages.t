#!/usr/bin/perl
#
# Pages end to end: what is held back, what stays, the banner, and pages
# where all is granted.

use warnings;
use strict;

use FindBin;
use lib "$FindBin::Bin/lib";

use ConsentTest;
use Test::More;

my $t = ConsentTest->new();

my $html = <<'END';
<!doctype html>
<html lang="en"><head><title>News</title>
<script src="https://stats.test/s.js" async></script>
<script>window.q = window.q || []; startStats("id-1");</script>
<script>var state = {"loader": "startStats(", "n": 1};</script>
<script src="/own.js"></script>
<script src="https://cdn.test/lib.js"></script>
<link rel="stylesheet" href="https://cdn.test/a.css">
<link rel="preconnect" href="https://ads.test">
</head><body class="page">
<p>Text &amp; more</p>
<iframe src="https://video.test/embed/1" width="300"></iframe>
<img src="https://ads.test/p.gif" alt="">
<img src="https://unknown.test/u.png" srcset="https://unknown.test/2.png 2x">
<img src="/own.png">
<noscript><img src="https://ads.test/n.gif"></noscript>
</body></html>
END

$t->write_file('html/page.html', $html);
$t->write_file('html/page.xhtml', <<'END');
<?xml version="1.0"?><html xmlns="http://www.w3.org/1999/xhtml"><head/>
<body><script src="https://ads.test/x.js"/><p>x</p></body></html>
END
$t->write_file('html/data.json', '{"a":"<script src=https://ads.test/a.js>"}');
$t->write_file('html/own.js', 'document.write("<img src=https://ads.test>")');

$t->run(<<'END');
    consent_rules %%RULES%%;
    root %%DIR%%/html;

    server {
        listen %%LISTEN%%;
        server_name www.site.example;
        consent enforce;
        location /bare/ { alias %%DIR%%/html/; consent_banner off; }
        location /open/ { alias %%DIR%%/html/; consent_unclassified allow; }
        location /free/ { alias %%DIR%%/html/; consent off; }
        location /moved { return 301 /page.html; }
        location /said {
            default_type text/html;
            return 200 "<img src=https://ads.test/x.gif>";
        }
        error_page 404 /page.html;
    }

    server {
        listen %%LISTEN%%;
        server_name all.site.example;
        consent enforce;
        consent_regime opt-out;
        location /bare/ { alias %%DIR%%/html/; consent_banner off; }
    }
END


# Nothing chosen.

my $page = $t->get('/page.html');
my $body = $page->{body};

is $page->{status}, 200, 'page is served';
ok $page->{complete}, 'whole';
is scalar(ConsentTest::headers($page, 'Content-Length')), 0, 'no length';

like $body, qr{<script [^>]*data-pc-src="https://stats\.test/s\.js"},
    'script is held back';
unlike $body, qr{[\s"']src="https://stats\.test}, 'its URL is no src';
like $body, qr{<script[^>]*\stype="text/plain"[^>]*>window\.q}, 'inline held';
like $body, qr{<script>var state = }, 'data that names a tracker stays';
like $body, qr{<script src="/own\.js"></script>}, 'own script stays';
like $body, qr{<script src="https://cdn\.test/lib\.js"></script>},
    'necessary service stays';
like $body, qr{<link rel="stylesheet" href="https://cdn\.test/a\.css">},
    'its stylesheet too';
unlike $body, qr{\shref="https://ads\.test}, 'hint is held back';
like $body, qr{\ssrc="/privacy-choices/placeholder\?service=video&},
    'frame points at the placeholder';
unlike $body, qr{[\s"']src="https://ads\.test}, 'pixel is held back';
like $body, qr{data-pc-srcset="https://unknown\.test/2\.png 2x"},
    'srcset of an unknown third party is held back';
like $body, qr{data-pc-service="unclassified"}, 'and marked';
like $body, qr{data-pc-service="stats"}, 'known ones name their service';
like $body, qr{<img src="/own\.png">}, 'own image stays';
like $body, qr{<p>Text &amp; more</p>}, 'text stays';
like $body, qr{<body class="page">\s*<privacy-choices}, 'banner behind body';

is $t->get('/page.html')->{body}, $body, 'the same again';


# Banner: only into what a person sees.

my %banner = (
    'a document' => [ 1, 'Sec-Fetch-Dest', 'document' ],
    'a frame' => [ 0, 'Sec-Fetch-Dest', 'iframe' ],
    'a fetch' => [ 0, 'Sec-Fetch-Dest', 'empty' ],
    'an XMLHttpRequest' => [ 0, 'X-Requested-With', 'XMLHttpRequest' ],
    'no browser' => [ 1, 'Accept', '*/*' ],
    'a fetch, unsaid' => [ 0, 'Accept', '*/*', 'Referer', 'http://a.test/' ],
    'a click, unsaid' => [ 1, 'Accept', 'text/html,*/*;q=0.8',
                           'Referer', 'http://a.test/' ],
    'a navigation, unsaid' => [ 1, 'Accept', 'text/html,*/*;q=0.8',
                                'Upgrade-Insecure-Requests', '1' ],
);

for (sort keys %banner) {
    my ($want, @header) = @{ $banner{$_} };
    my $page = $t->get('/page.html', @header);

    is $page->{body} =~ /<privacy-choices/ ? 1 : 0, $want, "banner: $_";
    like $page->{body}, qr/data-pc-src="https:/, "held back: $_";
}

$page = $t->get('/bare/page.html');
unlike $page->{body}, qr/privacy-choices>/, 'no banner where it is off';
like $page->{body}, qr/data-pc-src="https:/, 'but held back';

$page = $t->get('/missing');
is $page->{status}, 404, 'error page';
like $page->{body}, qr/data-pc-src="https:/, 'error page is rewritten';

$page = $t->get('/said', 'Upgrade-Insecure-Requests' => 1);
like $page->{body}, qr/data-pc-src=https:/, 'what "return" says is rewritten';
like $page->{body}, qr/<privacy-choices /, 'and asks';
unlike $t->get('/said', 'Sec-Fetch-Dest' => 'iframe')->{body},
    qr/<privacy-choices /, 'not in a frame';


# Policies of a location.

$page = $t->get('/open/page.html');
like $page->{body}, qr{ src="https://unknown\.test/u\.png"}, 'unknown allowed';
unlike $page->{body}, qr{ src="https://ads\.test}, 'known ones are not';

is $t->get('/free/page.html')->{body}, $html, 'consent off: untouched';


# What is no page.

is $t->get('/data.json')->{body}, $t->read_file('html/data.json'), 'JSON';
is $t->get('/own.js')->{body}, $t->read_file('html/own.js'), 'script';

$page = $t->get('/page.xhtml');
unlike $page->{body}, qr{ src="https://ads\.test}, 'XHTML is rewritten';
unlike $page->{body}, qr{<privacy-choices}, 'without a banner';

$page = $t->get('/moved');
is ConsentTest::header($page, 'Location'),
    $t->origin() . ':' . $t->{$t->{protocol} eq 'http' ? 'port' : 'tls_port'}
    . '/page.html', 'redirect';
unlike $page->{body}, qr{privacy-choices}, 'is left alone';


$page = $t->get('/privacy-choices/');
is ConsentTest::header($page, 'Content-Length'), length $page->{body},
    'the settings page is ours: not rewritten';


# Choices.

my @all = $t->choose('accept');

for my $uri ('/page.html', '/bare/page.html') {
    $page = $t->get($uri, @all);
    is $page->{body}, $html, "all granted, byte for byte: $uri";
    is ConsentTest::header($page, 'Content-Length'), length $html, 'length';
    is ConsentTest::header($page, 'Content-Security-Policy'), undef,
        'no policy';
    is ConsentTest::header($page, 'Cache-Control'), 'private, no-cache',
        'but it is this visitor\'s';
}

my @none = $t->choose('reject');

$page = $t->get('/page.html', @none);
unlike $page->{body}, qr{ src="https://(?:stats|ads|unknown)\.test},
    'refused: held back';
unlike $page->{body}, qr{<privacy-choices[^>]*data-pc-ask}, 'not asked again';

my @some = $t->choose('save', 'analytics');

$page = $t->get('/page.html', @some);
like $page->{body}, qr{<script src="https://stats\.test/s\.js" async>},
    'analytics granted: script stays';
like $page->{body}, qr{<script>window\.q}, 'inline stays';
unlike $page->{body}, qr{ src="https://ads\.test}, 'marketing does not';

$page = $t->get('/page.html', Cookie => 'privacy_choice=garbage');
unlike $page->{body}, qr{ src="https://stats\.test}, 'malformed: no choice';


# Opt-out: all granted, but asked until there is a choice.

$t->{host} = 'all.site.example';

$page = $t->get('/page.html');
like $page->{body}, qr{<privacy-choices}, 'opt-out: banner';
like $page->{body}, qr{ src="https://ads\.test}, 'nothing held back';
is $t->get('/bare/page.html')->{body}, $html, 'without banner: untouched';

$page = $t->get('/bare/page.html', 'Sec-GPC' => '1');
unlike $page->{body}, qr{ src="https://ads\.test/p}, 'GPC denies marketing';
like $page->{body}, qr{ src="https://stats\.test}, 'and nothing else';

$page = $t->get('/bare/page.html', 'Sec-GPC' => '0');
is $page->{body}, $html, 'only "1" counts';

$t->done();
