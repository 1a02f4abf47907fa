#!/usr/bin/perl
#
# Cookies both ways: what the upstream sees, what the browser gets, and what
# is taken back from it.

use warnings;
use strict;

use FindBin;
use lib "$FindBin::Bin/lib";

use ConsentTest;
use Test::More;

my $t = ConsentTest->new();


sub handler {
    my ($request) = @_;
    my $type = $request->{uri} =~ /image/ ? 'image/gif' : 'text/html';
    my ($more) = $request->{uri} =~ /more=(\d+)/;

    return (ConsentTest::head(
        200, "Content-Type: $type", $more ? 'X-More: ' . 'x' x $more : (),
        'Set-Cookie: _st=1; Path=/', 'Set-Cookie: _st_X1=2; Path=/; Secure',
        'Set-Cookie: _ads=3; Domain=site.example; Path=/',
        'Set-Cookie: sid=4; Path=/; HttpOnly', 'Set-Cookie: visible=5',
        'Set-Cookie: lang=en; Path=/',
        'Set-Cookie: _st_old=; Max-Age=0; Path=/'),
        join "\n", '<html><body>', @{ $request->{lines} }, '</body></html>');
}


$t->upstream(\&handler);

$t->write_file('own.json', <<'END');
{ "version": 1, "services": [ {
    "id": "shop", "name": "Shop", "purposes": ["necessary"], "match": [],
    "storage": [
      { "kind": "cookie", "name": "vis*", "retention": "P7D" } ] } ] }
END

$t->run(<<'END');
    consent_rules %%RULES%%;

    server {
        listen %%LISTEN%%;
        consent enforce;
        consent_banner off;

        location / { proxy_pass http://%%UPSTREAM%%; }
        location /open/ {
            consent_unclassified allow;
            proxy_pass http://%%UPSTREAM%%;
        }
        location /shop/ {
            consent_rules rules.json own.json;
            proxy_pass http://%%UPSTREAM%%;
        }
        location /observe/ {
            consent observe;
            proxy_pass http://%%UPSTREAM%%;
        }
        location /log {
            proxy_pass http://%%UPSTREAM%%;
            proxy_set_header X-Seen "$cookie__st,$cookie_sid";
        }
        location /passed {
            proxy_pass http://%%UPSTREAM%%;
            proxy_set_header X-Cookie $http_cookie;
        }
    }
END


sub set_names {
    my ($page) = @_;

    return join ' ', map { /^([^=]+)=[^;]/ ? $1 : () }
           ConsentTest::headers($page, 'Set-Cookie');
}


# To the browser.

is set_names($t->get('/')), 'sid lang', 'Set-Cookie: denied names leave';
is set_names($t->get('/image')), 'sid lang', 'on every response';
is set_names($t->get('/open/')), 'sid visible lang', 'unknown names allowed';
is set_names($t->get('/shop/')), 'sid visible lang', 'a rule of the operator';
is set_names($t->get('/observe/')), '_st _st_X1 _ads sid visible lang',
    'observe takes none';
is set_names($t->get('/', $t->choose('accept'))),
    '_st _st_X1 _ads sid visible lang', 'all granted';
is set_names($t->get('/', $t->choose('save', 'analytics'))),
    '_st _st_X1 sid lang', 'analytics granted';

ok scalar(grep { /^_st_old=; Max-Age=0/ }
          ConsentTest::headers($t->get('/'), 'Set-Cookie')),
    'a deletion by the site stays';


# To the upstream.

sub sent {
    my ($page) = @_;

    return join '|', $page->{body} =~ /^Cookie: ([^\r\n]*)$/mg;
}


my $jar = 'sid=4; _st=1; other=x; _ads=3; lang=en';

is sent($t->get('/', Cookie => $jar)), 'sid=4; other=x; lang=en',
    'Cookie: denied names leave, unknown ones stay';
is sent($t->get('/', Cookie => '_st=1; _ads=2')), '', 'nothing left: no line';
is sent($t->get('/', Cookie => '_st=1', 'X-After' => '1')), '', 'not the last';
like $t->get('/', Cookie => '_st=1', 'X-After' => '1')->{body},
    qr/X-After: 1/, 'and others stay';
is sent($t->get('/', Cookie => 'sid=4', Cookie => '_st=1; lang=en')),
    'sid=4; lang=en', 'several lines';
is sent($t->get('/', Cookie => '_st=1', Cookie => '_ads=3')), '',
    'several lines, nothing left';
is sent($t->get('/observe/', Cookie => $jar)), $jar, 'observe takes none';
like $t->get('/log', Cookie => $jar)->{body}, qr/^X-Seen: ,4/m,
    'variables of nginx';
like $t->get('/passed', Cookie => $jar)->{body},
    qr/X-Cookie: sid=4; other=x; lang=en/, '$http_cookie';

my @all = $t->choose('accept');
is sent($t->get('/', Cookie => "$all[1]; $jar")), "$all[1]; $jar",
    'all granted';


# Back from the browser.

sub expired {
    my ($page) = @_;

    return join ' ', sort map { /^([^=]+)=; Max-Age=0.*?(?:Domain=(\S+))?$/i
                                ? "$1\@" . ($2 // '') : () }
           grep { !/_st_old/ } ConsentTest::headers($page, 'Set-Cookie');
}


is expired($t->get('/', Cookie => $jar)),
    '_ads@ _ads@site.example _ads@www.site.example'
    . ' _st@ _st@site.example _st@www.site.example', 'denied names expire';
is expired($t->get('/', Cookie => $jar, Host => 'site.example')),
    '_ads@ _ads@site.example _st@ _st@site.example', 'on a bare domain';
is expired($t->get('/', Cookie => '_st=1', Host => 'localhost')), '_st@',
    'on a host without domain';
is expired($t->get('/', Cookie => '_st=1', Host => '192.0.2.1')), '_st@',
    'on an address';
is expired($t->get('/image', Cookie => $jar)), '',
    'not where a cache might keep it';
is expired($t->get('/observe/', Cookie => $jar)), '', 'not when observing';

# Many of them: no header that a proxy before us could not hold, and in the end
# each one has had its turn.

my %gone;
my $many = join '; ', map { sprintf '_st_%03d=1', $_ } 1 .. 60;

for my $round (1 .. 60) {
    my $answer = $t->get('/', Cookie => $many);
    my ($head) = split /\r\n\r\n/, $answer->{raw}, 2;

    $gone{$_}++ for expired($answer) =~ /(_st_\d+)\@/g;
    $gone{long}++ if length $head > 4000;
}

is delete $gone{long}, undef, 'sixty denied names: a header below 4k';
cmp_ok scalar(keys %gone), '>', 55, 'all of them expire in turn';

# Nor do they make a header too long that is long by itself: it needs no larger
# buffer (4 KiB, 8 KiB) for them.

for my $length (0, 400, 800, 1200, 2000, 2400, 2800,
            3000, 3200, 3300, 3350, 3400, 3450, 3500, 4000, 6000) {
    my ($with, $without) = map {
        (split /\r\n\r\n/, $t->get("/?more=$length", Cookie => $_)->{raw})[0]
    } $many, '';

    is length($with) + 4 > 4096 ? 1 : 0, length($without) + 4 > 4096 ? 1 : 0,
        "$length bytes more: in 4 KiB as it was without";
    cmp_ok length $with, '<', 8192, 'or in 8';
}

$many = join '; ', map { sprintf '_st_%s=1', 'x' x (70 * $_) } 1 .. 12;
cmp_ok length(expired($t->get('/', Cookie => $many))), '>', 100,
    'among long names short ones go';
is expired($t->get('/', Cookie => '_st_' . 'x' x 3000 . '=1')), '',
    'one too long for any header stays';

my @reject = $t->choose('reject');
my $page = $t->request('POST', '/privacy-choices/choice', 'action=withdraw',
    'Content-Type' => 'application/x-www-form-urlencoded',
    'Origin' => "http://$t->{host}", 'Sec-Fetch-Site' => 'same-origin',
    Cookie => "$all[1]; $jar");
like expired($page), qr/_ads\@.*_st\@/, 'a withdrawal expires at once';

$t->done();
