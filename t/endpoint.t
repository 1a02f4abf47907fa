#!/usr/bin/perl

# What is answered under consent_path, and POST choice above all.

use warnings;
use strict;

use FindBin;
use lib "$FindBin::Bin/lib";

use ConsentTest;
use Test::More;

my $form = 'application/x-www-form-urlencoded';
my $json = 'application/json';

my $t = ConsentTest->new();
my $here = "http://$t->{host}";
my $there = 'https://elsewhere.example';

$t->write_file('html/index.html', '<!doctype html><title>x</title>');
$t->write_file('html/missing.html', 'nothing here');
$t->write_file('keys', "k1 00112233445566778899aabbccddeeff\n");

$t->write_file('html/services.html', '<!doctype html><title>x</title>'
               . '<script src="https://h100.example.org/a.js"></script>');

$t->write_file('html/held.html', '<!doctype html><title>x</title>'
               . '<script src="https://h150.example.org/a.js"></script>');

# More services than a policy can list

$t->write_file('many.json', '{"version":1,"services":['
    . join(',', map { qq({"id":"s$_","name":"S","purposes":["analytics"],)
                      . qq("match":[{"host":"h$_.example.org"}]}) } 1 .. 300)
    . ']}');

my $http = <<'END_CONF';
    consent_rules %%RULES%%;
    consent_zone test:1m;

    server {
        listen %%LISTEN%%;
        server_name www.site.example;
        root %%DIR%%/html;

        consent enforce;
        consent_key_file %%DIR%%/keys;
        consent_contact mailto:privacy@site.example;
        consent_look position=corner radius=4;

        add_header Content-Security-Policy "default-src 'none'; sandbox";
        add_header X-Frame-Options DENY;
    }

    server {
        listen %%LISTEN%%;
        server_name www.other.example;
        root %%DIR%%/html;

        consent enforce;
        consent_regime opt-out;
        consent_path /privacy/;
        consent_cookie choice domain=other.example path=/x max_age=1d
                       samesite=strict;
    }

    server {
        listen %%LISTEN%%;
        server_name large.example;
        root %%DIR%%/html;

        consent enforce;
        consent_rules %%DIR%%/many.json;
    }

    server {
        listen %%LISTEN%%;
        server_name observed.example;
        root %%DIR%%/html;

        consent observe;
    }
END_CONF

$t->run($http);


# A choice by form; the answer as it came.

sub post_form {
    my ($body, @more) = @_;

    return $t->request('POST', '/privacy-choices/choice', $body,
                       'Content-Type' => $form, Origin => $here, @more);
}

sub post_json {
    my ($body, @more) = @_;

    return $t->request('POST', '/privacy-choices/choice', $body,
                       'Content-Type' => $json, Origin => $here, @more);
}

sub header { return ConsentTest::header(@_) // '' }

sub own_cookie {
    my ($page, $name) = @_;
    $name //= 'privacy_choice';

    for (ConsentTest::headers($page, 'Set-Cookie')) {
        return $_ if /^\Q$name\E=[^;]/;
    }

    return '';
}

sub cookie_of {
    my ($page) = @_;

    return own_cookie($page) =~ /^([^;]+)/ ? $1 : 'none=';
}

sub state {
    my ($cookie) = @_;

    return $t->get('/privacy-choices/state', Cookie => $cookie)->{body};
}


# Reading

my $page = $t->get('/privacy-choices/');
is $page->{status}, 200, 'preference centre';
like header($page, 'Content-Type'), qr{^text/html; charset=utf-8}, 'is HTML';
is header($page, 'Cache-Control'), 'no-store, private', 'is not kept';
like $page->{body}, qr/<form method="post" action="\/privacy-choices\/choice"/,
    'has a form';
is own_cookie($page), '', 'sets no cookie';

$page = $t->get('/privacy-choices/?return=%2Fshop%3Fa%3Db%26c');
like $page->{body}, qr{name="return" value="/shop\?a=b&amp;c"},
    'leads back to where one came from';
$page = $t->get('/privacy-choices/?return=%2F%2Felsewhere.example%2F');
unlike $page->{body}, qr/elsewhere/, 'but to no other origin';

$page = $t->head_of('/privacy-choices/');
is $page->{status}, 200, 'HEAD';
is $page->{body}, '', 'HEAD has no body';

$page = $t->get('/privacy-choices/state');
is $page->{status}, 200, 'state';
is header($page, 'Content-Type'), 'application/json', 'is JSON';
is header($page, 'Cache-Control'), 'no-store, private', 'is not kept';
like $page->{body}, qr/"regime":"opt-in","made":false,"asks":true/,
    'nobody chose';

$page = $t->get('/privacy-choices/services');
like $page->{body}, qr/"id":"video"/, 'services';

$page = $t->get('/privacy-choices/receipt');
like $page->{body}, qr/^\{"v":1,"made":false,"site":"www\.site\.example"/,
    'receipt without a choice';
unlike $page->{body}, qr/"id"/, 'has no id';

$page = $t->get('/privacy-choices/placeholder?service=video&purpose=embeds'
                . '&url=https%3A%2F%2Fvideo.test%2Fembed%2F1',
                Referer => "$here/blog?p=1");
is $page->{status}, 200, 'placeholder';
like $page->{body}, qr/Video/, 'names the service';
like $page->{body}, qr{video\.test}, 'names the host';
like $page->{body}, qr{value="/blog\?p=1"}, 'leads back to the framing page';

$page = $t->get('/privacy-choices/placeholder?service=x&purpose=y&url=%00%',
                Referer => "$there/blog?p=1");
is $page->{status}, 200, 'placeholder with odd arguments';
unlike $page->{body}, qr{blog}, 'leads to no other origin';

$page = $t->get('/privacy-choices/');
my ($asset) = $page->{body}
              =~ m{"(/privacy-choices/assets/[0-9a-f]+/[^"]+\.(?:js|css))"};
ok $asset, 'the centre has a file with it';

$page = $t->get($asset // '/');
is $page->{status}, 200, 'asset';
is header($page, 'Cache-Control'), 'public, max-age=31536000, immutable',
    'is kept for good';
like header($page, 'Content-Type'), qr{^text/(?:css|javascript)}, 'type';

$page = $t->get('/privacy-choices/assets/0/pc.js');
is $page->{status}, 404, 'asset of another version';
is header($page, 'Cache-Control'), 'no-store, private', '404 is not kept';

$page = $t->get('/.well-known/gpc.json');
is $page->{status}, 200, 'gpc.json';
is header($page, 'Content-Type'), 'application/json', 'is JSON';
like $page->{body}, qr/^\{"gpc":true,"lastUpdate":"20\d\d-\d\d-\d\d"\}$/,
    'what it says';
is $t->get('/.well-known/gpc.json', Host => 'observed.example')->{status}, 404,
    'no promise where nothing is enforced';


$page = $t->get('/privacy-choices');
is $page->{status}, 301, 'the path without its slash';
is header($page, 'Location'), '/privacy-choices/', 'leads to it';
is header($t->get('/privacy-choices?return=/a%26b'), 'Location'),
    '/privacy-choices/?return=/a%26b', 'with its arguments';
is $t->request('POST', '/privacy-choices', 'action=accept')->{status}, 405,
    'and takes no choice';
is $t->get('/privacy-choice')->{status}, 404, 'a shorter one is the site\'s';


# Methods and names

is $t->get('/privacy-choices/nothing')->{status}, 404, 'unknown name';
is $t->get('/privacy-choices/assets/')->{status}, 404, 'folder';
is $t->get('/privacy-choices/state/x')->{status}, 404, 'more of a path';

$page = $t->get('/privacy-choices/choice');
is $page->{status}, 405, 'GET choice';
is header($page, 'Allow'), 'POST', 'Allow';

$page = $t->request('DELETE', '/privacy-choices/state', undef);
is $page->{status}, 405, 'DELETE state';
is header($page, 'Allow'), 'GET, HEAD', 'Allow';


# Choosing by form

$page = post_form('action=accept&return=%2Fshop%3Fa%3D1');
is $page->{status}, 303, 'form';
is header($page, 'Location'), '/shop?a=1', 'back to the page';
is header($page, 'Cache-Control'), 'no-store, private', 'is not kept';

my $set = own_cookie($page);
like $set, qr/^privacy_choice=1\.k1\.\d+\.[a-z+]+\.[\w-]{12}\.[\w-]{22}
              \.[\w-]{22};/x, 'a signed cookie';
my $secure = $t->origin() =~ /^https/ ? '; Secure' : '';

like $set, qr/; Path=\/; Max-Age=15\d{6}; SameSite=Lax$secure; HttpOnly$/,
    'its attributes';
unlike $set =~ s/$secure//r, qr/Secure|Domain/, 'neither Secure nor Domain';

like state(cookie_of($page)), qr/"made":true,"asks":false.*"denied":\[\]/,
    'all is granted';
like state(cookie_of($page) =~ s/.$/0/r), qr/"made":false/,
    'a forged cookie is no choice';

$page = $t->get('/privacy-choices/receipt', Cookie => cookie_of($page));
like $page->{body}, qr/"made":true,"id":"[\w-]{22}","issued":"20[^"]+Z",
                       "valid_until":"20[^"]+Z"/x, 'receipt of a choice';

$page = post_form('action=reject', 'X-Forwarded-Proto' => 'https');
is header($page, 'Location'), '/privacy-choices/?saved=1',
    'without a return to the centre';
like own_cookie($page), qr/; Secure; HttpOnly$/, 'Secure behind TLS';
like state(cookie_of($page)), qr/"granted":\["necessary"\]/, 'rejected';

$page = post_form('action=save&granted=analytics&granted=telepathy'
                  . '&service.video=1&service.ads=&service.nobody=1');
like state(cookie_of($page)),
    qr/"granted":\["necessary","analytics"\].*"services":\{"video":true\}/,
    'saved as given';

my ($id) = cookie_of($page) =~ /\.([\w-]{22})\.[\w-]{22}$/;
$page = post_form('action=withdraw', Cookie => cookie_of($page));
like cookie_of($page), qr/\.\Q$id\E\./, 'a visitor keeps their id';
like state(cookie_of($page)), qr/"granted":\["necessary"\]/, 'withdrawn';

for my $bad ('//elsewhere.example/', 'https://elsewhere.example/', '/\\e.com',
             '\\/e.com', "/\te.com", "/a\r\nX: y", 'javascript:x', '',
             '/a b', 'x/y', '///e.com', "/\x7f")
{
    my $encoded = $bad =~ s/(.)/sprintf '%%%02x', ord $1/gesr;

    $page = post_form("action=reject&return=$encoded");
    is header($page, 'Location'), '/privacy-choices/?saved=1',
        "never to $encoded";
}

is header(post_form('action=reject&return=/a+b'), 'Location'),
    '/privacy-choices/?saved=1', 'a plus is a space';


# Choosing by JSON

$page = post_json('{"action":"save","granted":["analytics","x"],'
                  . '"services":{"video":true,"stats":false,"nobody":true}}');
is $page->{status}, 200, 'JSON';
is header($page, 'Content-Type'), 'application/json', 'answered by JSON';
like $page->{body}, qr/"granted":\["necessary","analytics"\]/, 'the state';
my $read = state(cookie_of($page));
like $read, qr/"services":\{"stats":false,"video":true\}/, 'the services';
is $page->{body}, $read, 'as GET state has it';

for my $bad ('', '{', '[]', '"accept"', '{}', '{"action":1}',
             '{"action":"x"}', '{"action":"accept"} x',
             '{"action":"accept","granted":"all"}',
             '{"action":"accept","granted":[1]}',
             '{"action":"accept","services":[]}',
             '{"action":"accept","services":{"video":1}}',
             '[' x 12000)
{
    $page = post_json($bad);
    is $page->{status}, 400, 'bad JSON: ' . substr $bad, 0, 40;
    is own_cookie($page), '', 'nothing stored';
}

for my $bad ('', 'granted=analytics', 'action=', 'action=Accept',
             'action=reject&action=accept', 'action=save&service.video=2')
{
    $page = post_form($bad);
    is $page->{status}, 400, "bad form: $bad";
    is own_cookie($page), '', 'nothing stored';
}


# Who may not

my @refused = (
    [ 415, 'no type', 'action=accept' ],
    [ 415, 'text', 'action=accept', 'Content-Type' => 'text/plain' ],
    [ 415, 'JSON as text', '{"action":"accept"}',
      'Content-Type' => 'text/plain;application/json' ],
    [ 415, 'a longer name', 'action=accept', 'Content-Type' => "${form}x" ],
    [ 413, 'too large', 'action=accept&x=' . 'x' x 17000,
      'Content-Type' => $form ],
    [ 403, 'another origin', 'action=accept', 'Content-Type' => $form,
      Origin => $there ],
    [ 403, 'another origin, with a proxy that says so', 'action=accept',
      'Content-Type' => $form, Origin => $there,
      'X-Forwarded-Host' => "$t->{host}, elsewhere.example" ],
    [ 403, 'a subdomain', 'action=accept', 'Content-Type' => $form,
      Origin => 'http://sub.www.site.example' ],
    [ 403, 'another port', 'action=accept', 'Content-Type' => $form,
      Origin => "$here:8443" ],
    [ 403, 'a longer host', 'action=accept', 'Content-Type' => $form,
      Origin => "$here.elsewhere.example" ],
    [ 403, 'null', 'action=accept', 'Content-Type' => $form,
      Origin => 'null' ],
    [ 403, 'nothing that is an origin', 'action=accept',
      'Content-Type' => $form, Origin => 'x' ],
    [ 403, 'cross-site', 'action=accept', 'Content-Type' => $form,
      'Sec-Fetch-Site' => 'cross-site' ],
    [ 403, 'same-site', 'action=accept', 'Content-Type' => $form,
      'Sec-Fetch-Site' => 'same-site', Origin => $here ],
    [ 403, 'another referer', 'action=accept', 'Content-Type' => $form,
      Referer => "$there/www.site.example" ],
);

for (@refused) {
    my ($status, $name, $body, @headers) = @$_;

    $page = $t->request('POST', '/privacy-choices/choice', $body, @headers);
    is $page->{status}, $status, "$status: $name";
    is own_cookie($page), '', 'nothing stored';
    is header($page, 'Cache-Control'), 'no-store, private', 'not kept';
}

my @allowed = (
    [ 'no sign at all' ],
    [ 'origin', Origin => $here ],
    [ 'origin over TLS before us', Origin => "https://$t->{host}" ],
    [ 'origin in capitals', Origin => uc $here ],
    [ 'null, but same-origin', Origin => 'null',
      'Sec-Fetch-Site' => 'same-origin' ],
    [ 'referer', Referer => "$here/x" ],
    [ 'a proxy that changed Host, by the browser', Origin => $here,
      Host => 'backend:3000', 'Sec-Fetch-Site' => 'same-origin' ],
    [ 'a proxy that changed Host, by its word', Origin => $here,
      Host => 'backend:3000', 'X-Forwarded-Host' => "$t->{host}, inner" ],
    [ 'the same with a port', Origin => "$here:8080", Host => 'backend',
      'X-Forwarded-Host' => "$t->{host}:8080" ],
    [ 'default port', Origin => $here, Host => "$t->{host}:80" ],
    [ 'default port of TLS', Origin => "https://$t->{host}",
      Host => "$t->{host}:443" ],
    [ 'another port', Origin => "$here:8080", Host => "$t->{host}:8080" ],
);

for (@allowed) {
    my ($name, @headers) = @$_;

    $page = $t->request('POST', '/privacy-choices/choice', 'action=reject',
                        'Content-Type' => "$form; charset=utf-8", @headers);
    is $page->{status}, 303, "allowed: $name";
}

$page = $t->raw("POST /privacy-choices/choice HTTP/1.1\r\n"
                . "Host: $t->{host}\r\nConnection: close\r\n"
                . "Content-Type: $form\r\nContent-Length: 17000\r\n\r\n");
is $page->{status}, 413, 'too large: said before it is sent';


# A body in chunks, and one that nginx puts into a file

sub chunked {
    my ($body) = @_;

    return $t->raw("POST /privacy-choices/choice HTTP/1.1\r\n"
                   . "Host: $t->{host}\r\nConnection: close\r\n"
                   . "Content-Type: $form\r\nTransfer-Encoding: chunked\r\n"
                   . "\r\n" . join('', map { sprintf "%x\r\n%s\r\n",
                                             length, $_ }
                                   unpack '(a1000)*', $body)
                   . "0\r\n\r\n");
}

$page = chunked('action=accept');
is $page->{status}, 303, 'in chunks';
$page = post_form('x=' . 'x' x 16000 . '&action=accept');
is $page->{status}, 303, 'a long body';
like state(cookie_of($page)), qr/"denied":\[\]/, 'is read to its end';
$page = chunked('action=accept&x=' . 'x' x 17000);
is $page->{status}, 413, 'too long, in chunks';

for my $case ([ 303, 30000, 'many services' ], [ 413, 31500, 'too long' ]) {
    my ($status, $length, $name) = @$case;

    $page = $t->request('POST', '/privacy-choices/choice',
                        'action=reject&x=' . 'x' x $length,
                        'Content-Type' => $form, Host => 'large.example',
                        Origin => 'http://large.example');
    is $page->{status}, $status, "$name: $length bytes";
}
is own_cookie($page), '', 'nothing stored';


# Cookies of what is denied now go; twins of ours go

my @choice = (Cookie => cookie_of(post_form('action=accept')));
$page = post_form('action=withdraw', Cookie => "$choice[1]; _st=1; keep=2");
my @sets = ConsentTest::headers($page, 'Set-Cookie');
is scalar(grep({ /^_st=; Max-Age=0/ && !/Domain/ } @sets)), 1,
    'expired on the host';
is scalar(grep { /^_st=; Max-Age=0.*Domain=site\.example$/ } @sets), 1,
    'and on the registrable domain';
is scalar(grep { /^keep=/ } @sets), 0, 'others stay';

$page = post_form('action=accept', Cookie => "$choice[1]; _st=1");
is scalar(grep { /^_st=/ } ConsentTest::headers($page, 'Set-Cookie')), 0,
    'nothing is expired that is allowed';

$page = post_form('action=accept',
                  Cookie => "$choice[1]; privacy_choice=x");
@sets = ConsentTest::headers($page, 'Set-Cookie');
is scalar(grep { /^privacy_choice=;.*Domain=www\.site\.example$/ } @sets), 1,
    'a twin on the host';
is scalar(grep { /^privacy_choice=;.*Domain=site\.example$/ } @sets), 1,
    'a twin on the domain';
is scalar(grep { /^privacy_choice=;(?!.*Domain)/ } @sets), 0,
    'ours is not deleted';
like state("$choice[1]; privacy_choice=x"), qr/"granted":\["necessary"\]/,
    'until then they grant nothing';


# Another server: names, regime, no key

$page = $t->request('POST', '/privacy/choice', 'action=accept',
                    'Content-Type' => $form, Host => 'www.other.example',
                    'Sec-GPC' => 1);
is header($page, 'Location'), '/privacy/?saved=1', 'another prefix';
like own_cookie($page, 'choice'), qr/^choice=1\.0\.\d+\.[^;]*\+!gpc\.[^;]*\.0;
    \ Path=\/x;\ Max-Age=86400;\ Domain=other\.example;\ SameSite=Strict;
    (?:\ Secure;)?\ HttpOnly$/x, 'another cookie';

my ($gpc) = own_cookie($page, 'choice') =~ /^([^;]+)/;
like $t->get('/privacy/state', Host => 'www.other.example',
             'Sec-GPC' => 1)->{body},
    qr/"regime":"opt-out".*"gpc":true.*"denied":\["marketing"\]/,
    'Sec-GPC denies marketing';
like $t->get('/privacy/state', Host => 'www.other.example', 'Sec-GPC' => 1,
             Cookie => $gpc)->{body},
    qr/"denied":\[\]/, 'a yes that knew of it holds';

$page = $t->get('/privacy-choices/', Host => 'www.other.example');
is $page->{status}, 404, 'not under the default prefix';


# Reports

sub report {
    return $t->request('POST', '/privacy-choices/report', shift,
                       'Content-Type' => 'application/csp-report',
                       Host => 'large.example');
}

my @some = (Host => 'large.example');
$page = $t->request('POST', '/privacy-choices/choice',
                    'action=save&granted=analytics', @some,
                    'Content-Type' => $form);
push @some, Cookie => cookie_of($page);

sub policy {
    return header($t->get('/services.html', @some, @_),
                  'Content-Security-Policy');
}

unlike policy(), qr/example\.org/, 'of many services none is listed';
like policy(), qr/ h100\.example\.org /, 'but one that stood in a page';
unlike policy(), qr/h150|h200/, 'not one that did not';

$t->get('/held.html', Host => 'large.example');
like policy(), qr/ h150\.example\.org /, 'nor was it to be an allowed one';

$page = report('{"csp-report":{"blocked-uri":"https://h200.example.org/x"}}');
is $page->{status}, 204, 'a report';
is $page->{body}, '', 'without an answer';
is header($page, 'Cache-Control'), 'no-store, private', 'is not kept';
like policy(), qr/ h100\.example\.org .* h200\.example\.org /,
    'and one that was reported';

for my $bad ('', '{', '[]', '{"csp-report":1}', '{"csp-report":{}}',
             '{"csp-report":{"blocked-uri":1}}',
             '{"csp-report":{"blocked-uri":"inline"}}',
             '{"csp-report":{"blocked-uri":"https://elsewhere.example"}}',
             '[' x 12000, 'x' x 20000)
{
    is report($bad)->{status}, 204, 'report: ' . substr $bad, 0, 40;
}

unlike policy(), qr/elsewhere/, 'an unknown host is not listed';


# Our own pages have a policy of their own, not the site's, and may be framed
# by the site.

$page = $t->get('/privacy-choices/');
is header($page, 'X-Frame-Options'), '', 'the site\'s framing is not ours';
like header($page, 'Content-Security-Policy'),
    qr/^default-src 'none';.*; frame-ancestors 'self'$/, 'nor its policy';
unlike header($page, 'Content-Security-Policy'), qr/sandbox/, 'nor its sandbox';
like $page->{body}, qr/href="mailto:privacy\@site\.example"/, 'whom to ask';
like $page->{body}, qr{<link[^>]+/assets/[\w-]+/theme\.css"}, 'with a theme';

my ($theme) = $page->{body} =~ m{"(/privacy-choices/assets/[^"]+/theme\.css)"};

$page = $t->get($theme);
is $page->{status}, 200, 'which is there';
like $page->{body}, qr/--round:4px/, 'as it was set';
is $t->get('/privacy-choices/assets/0/theme.css')->{status}, 404,
    'in this version alone';


# A placeholder's original, once: asked for at the placeholder, and nowhere
# else.

sub once {
    my ($url, @headers) = @_;

    return $t->get('/privacy-choices/placeholder?service=video&once=1&url='
                   . $url, @headers);
}

my $tube = 'https%3A%2F%2Fvideo.test%2Fembed%2F1';
my @asked = (Referer => 'http://www.site.example/privacy-choices/placeholder'
                        . '?service=video');

$page = once($tube, @asked);
like $page->{body}, qr/<iframe src="https:\/\/video\.test\/embed\/1"/, 'once';
like header($page, 'Content-Security-Policy'), qr/frame-src http: https:/,
    'and let through';

for my $case ([ 'a link of somebody', $tube ],
              [ 'a page of the site', $tube,
                Referer => 'http://www.site.example/a' ],
              [ 'another site', $tube, Referer =>
                'http://other.example/privacy-choices/placeholder?service=' ],
              [ 'another service\'s URL', 'https%3A%2F%2Felse.test%2F',
                @asked ],
              [ 'no URL of the web', 'javascript%3Aalert(1)', @asked ])
{
    my ($name, @args) = @$case;

    $page = once(@args);
    unlike $page->{body}, qr/<iframe/, "not once: $name";
    unlike header($page, 'Content-Security-Policy'), qr/frame-src/,
        'nor let through';
}


# Forgetting: no cookie is left.

$page = post_form('action=accept&return=/');
my ($given) = header($page, 'Set-Cookie') =~ /^([^;]+)/;

$page = post_form('action=forget&return=/privacy-choices/?forgotten=1',
                  Cookie => $given);
is $page->{status}, 303, 'forget';
like header($page, 'Set-Cookie'), qr/^privacy_choice=; Path=\/; Max-Age=0/,
    'the cookie goes';
like header($page, 'Location'), qr/\?forgotten=1$/, 'and back';
like $t->get('/privacy-choices/?forgotten=1')->{body},
    qr/role="status">Your choice is deleted/, 'which says so';
is post_form('action=forget&return=/')->{status}, 303, 'without one: the same';


# Refused: a person is told why, a program is not.

$page = $t->request('POST', '/privacy-choices/choice', 'action=accept',
                    'Content-Type' => 'application/x-www-form-urlencoded',
                    Origin => 'null', 'Sec-Fetch-Site' => 'cross-site');
is $page->{status}, 403, 'a form from nowhere';
like $page->{body}, qr/<h1>Your choice was not saved<.*href="\/privacy-ch/s,
    'is told why, and where to go';
is header($page, 'Set-Cookie'), '', 'and nothing is kept';

$t->done();
