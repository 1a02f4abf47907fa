#!/usr/bin/perl
#
# The endpoint under attack.  Every attempt gets a clear status, nothing is
# stored, and neither the header, nor the log, nor the records take on what
# was sent.

use warnings;
use strict;

use FindBin;
use IO::Select;
use IO::Socket::INET;
use lib "$FindBin::Bin/lib";
use Time::HiRes qw/ sleep time /;

use ConsentTest;
use Test::More;

my $form = 'application/x-www-form-urlencoded';
my $t = ConsentTest->new();
my $here = "http://$t->{host}";
my $evil = 'https://evil.example';

$t->upstream(sub {
    return (ConsentTest::head(200, 'Content-Type: text/plain'), 'upstream');
});

$t->write_file('keys', "k2 ffeeddccbbaa99887766554433221100\n"
               . "k1 00112233445566778899aabbccddeeff\n");

$t->write_file('other', "k1 0123456789abcdef0123456789abcdef\n");

$t->run(<<'END_CONF');
    consent_rules %%RULES%%;
    consent_zone attack:1m;

    server {
        listen %%LISTEN%%;
        server_name www.site.example;
        consent enforce;
        consent_key_file %%DIR%%/keys;
        consent_record %%DIR%%/records.jsonl;
        client_body_timeout 4s;
        client_header_timeout 2s;
        access_log %%DIR%%/logs/access.log;

        location / { proxy_pass http://%%UPSTREAM%%; }
        location = /granted { return 200 $consent_granted; }
    }

    server {
        listen %%LISTEN%%;
        server_name other.example;
        consent enforce;
        consent_key_file %%DIR%%/other;
        location / { proxy_pass http://%%UPSTREAM%%; }
    }
END_CONF


# 1 if the answer, or the record, shows that a choice was kept.

sub recorded { return -s "$t->{dir}/records.jsonl" || 0 }

sub nothing_stored {
    my ($answer, $before, $name) = @_;
    my @own = grep { /^privacy_choice=[^;]/ }
              ConsentTest::headers($answer, 'Set-Cookie');

    ok !@own && recorded() == $before, "$name: nothing stored";
}

sub attempt {
    my ($name, $status, $method, $uri, $body, @headers) = @_;
    my $before = recorded();
    my $answer = $t->request($method, $uri, $body, @headers);

    like $answer->{status}, qr/^(?:$status)$/, "$name: $status";
    nothing_stored($answer, $before, $name);

    return $answer;
}

my $choice = '/privacy-choices/choice';
my @form = ('Content-Type' => $form);
my @json = ('Content-Type' => 'application/json');


# Cross-site POST: what forms, scripts and frames of other sites can send.

my %cross = (
    'a form' => [ @form, Origin => $evil, 'Sec-Fetch-Site' => 'cross-site' ],
    'a form of an old browser' => [ @form, Origin => $evil ],
    'a form of a very old one' => [ @form, Referer => "$evil/x" ],
    'a sandboxed frame' => [ @form, Origin => 'null',
                             'Sec-Fetch-Site' => 'cross-site' ],
    'an old sandboxed frame' => [ @form, Origin => 'null' ],
    'a form of the same site' => [ @form, Origin => 'http://a.site.example',
                                   'Sec-Fetch-Site' => 'same-site' ],
    'a bookmark' => [ @form, 'Sec-Fetch-Site' => 'none' ],
    'a word of its own' => [ @form, 'Sec-Fetch-Site' => 'Same-Origin' ],
    'two words' => [ @form, 'Sec-Fetch-Site' => 'same-origin, cross-site' ],
    'an empty word' => [ @form, 'Sec-Fetch-Site' => '' ],
    'an origin that begins like ours' => [ @form,
                                           Origin => "$here.evil.example" ],
    'an origin that ends like ours' => [ @form,
        Origin => 'https://evilwww.site.example' ],
    'a user name like ours' => [ @form, Origin => "$here\@evil.example" ],
    'a path like ours' => [ @form, Referer => "$evil/$here/" ],
    'an empty origin' => [ @form, Origin => '' ],
    'two origins' => [ @form, Origin => "$evil $here" ],
    'text that is JSON' => [ 'Content-Type' => 'text/plain',
                             Origin => $here ],
    'parts' => [ 'Content-Type' => 'multipart/form-data; boundary=a',
                 Origin => $here ],
    'a file' => [ 'Content-Type' => 'application/octet-stream' ],
);

for my $name (sort keys %cross) {
    attempt($name, '403|415', 'POST', $choice, 'action=accept',
            @{ $cross{$name} });
}


# Methods.

for my $method (qw/ GET PUT DELETE PATCH OPTIONS PROPFIND TRACE MKCOL LOCK /) {
    attempt("$method choice", 405, $method, $choice, 'action=accept', @form);
}

attempt('HEAD choice', 405, 'HEAD', $choice, undef);
attempt('a made-up method', '405', 'CHOOSE', $choice, 'action=accept', @form);
attempt('a method in lower case', '400', 'post', $choice, 'action=accept',
        @form);
attempt('a method by header', 405, 'GET', $choice, 'action=accept', @form,
        'X-HTTP-Method-Override' => 'POST');
attempt('a method by argument', 405, 'GET',
        "$choice?_method=POST&action=accept", undef);
attempt('arguments are no form', 400, 'POST', "$choice?action=accept", 'x=y',
        @form);


# Paths around the endpoint: what means it is it, what does not is the site's.

my %path = (
    '/privacy-choices/../privacy-choices/choice' => '303',
    '//privacy-choices//choice' => '303',
    '/%70rivacy-choices/choice' => '303',
    '/privacy-choices/%63hoice' => '303',
    '/privacy-choices/./choice?x=/../..' => '303',
    '/privacy-choices/choice/' => '404',
    '/privacy-choices/choice%00' => '400|404',
    '/privacy-choices/choice%20' => '404',
    '/privacy-choices/choice;a=b' => '404',
    '/privacy-choices/choice.php' => '404',
    '/privacy-choices/Choice' => '404',
    '/privacy-choices/assets/../choice' => '303',
    '/privacy-choices/assets/%2e%2e/%2e%2e/%2e%2e/etc/passwd' => '400',
    '/privacy-choices/..%2f..%2fetc/passwd' => '400|200',
    '/privacy-choices/%2e%2e/x' => '200',
    '/Privacy-Choices/choice' => '200',
    '/privacy-choices%2fchoice' => '303',
    '/privacy-choices%252fchoice' => '200',
    '/privacy-choices\\choice' => '200',
);

for my $uri (sort keys %path) {
    my $before = recorded();
    my $answer = $t->request('POST', $uri, 'action=reject', @form);

    like $answer->{status}, qr/^(?:$path{$uri})$/, "path: $uri";
    is recorded() > $before ? 1 : 0, $path{$uri} eq '303' ? 1 : 0,
        'a choice only where it is the endpoint';
    unlike $answer->{body}, qr/root:/, 'and no file';
}


# Bodies.

attempt('a giant length', 413, 'POST', $choice, 'x' x 20000, @form);

my %raw = (
    'a length beyond numbers' => [ '400', 'Content-Length: '
                                   . '9' x 25 . "\r\n\r\n" ],
    'a negative length' => [ '400', "Content-Length: -1\r\n\r\n" ],
    'two lengths' => [ '400', "Content-Length: 13\r\nContent-Length: 3\r\n\r\n"
                       . 'action=accept' ],
    'length and chunks' => [ '400', "Content-Length: 13\r\n"
                             . "Transfer-Encoding: chunked\r\n\r\n0\r\n\r\n" ],
    'chunks without an end' => [ '408|413|', "Transfer-Encoding: chunked\r\n"
                                 . "\r\n5000\r\n" . 'x' x 20480 . "\r\n" ],
    'a chunk beyond numbers' => [ '400|413', "Transfer-Encoding: chunked\r\n"
                                  . "\r\nffffffffffffffffff\r\nx" ],
    'no length' => [ '400', "\r\n" ],
    'a length of none' => [ '400', "Content-Length: 0\r\n\r\n" ],
);

for my $name (sort keys %raw) {
    my ($status, $rest) = @{ $raw{$name} };
    my $before = recorded();
    my $answer = $t->raw("POST $choice HTTP/1.1\r\nHost: $t->{host}\r\n"
                         . "Connection: close\r\nContent-Type: $form\r\n"
                         . $rest);

    like $answer->{status} || '', qr/^(?:$status)$/, "$name: $status";
    nothing_stored($answer, $before, $name);
}

my %body = (
    'a form of 900 services' =>
        [ 400, join('&', map { "service.s$_=1" } 1 .. 900), @form ],
    'percent signs' => [ 400, '%' x 16000, @form ],
    'ampersands' => [ 400, '&' x 16000, @form ],
    'zeros' => [ 400, "\0" x 16000, @form ],
    'an action with a NUL' => [ 400, 'action=accept%00', @form ],
    'JSON, deep' => [ 400, '[' x 16000, @json ],
    'JSON, deep objects' => [ 400, '{"a":' x 3000, @json ],
    'JSON with a NUL' => [ 400, "{\"action\":\"accept\"\0}", @json ],
    'JSON behind its end' => [ 400, '{"action":"accept"}{"action":"reject"}',
                               @json ],
    'JSON, no object' => [ 400, '"accept"', @json ],
    'half a surrogate' => [ 400, '{"action":"\ud800"}', @json ],
);

for my $name (sort keys %body) {
    my ($status, $body, @headers) = @{ $body{$name} };

    attempt($name, $status, 'POST', $choice, $body, @headers);
}


# Slow bodies: they cost a connection for as long as nginx is told to wait,
# and no one else anything.

my (@slow, $start);

for (1 .. 20) {
    my $s = IO::Socket::INET->new(PeerAddr => "127.0.0.1:$t->{port}");

    syswrite $s, "POST $choice HTTP/1.1\r\nHost: $t->{host}\r\n"
                 . "Content-Type: $form\r\nContent-Length: 13\r\n\r\naction";
    push @slow, $s;
}

$start = time();
is $t->get('/privacy-choices/state')->{status}, 200, 'slow bodies:'
    . ' nobody waits';
cmp_ok time() - $start, '<', 3.5, 'not until they are given up';

my $ended = 0;

for my $s (@slow) {
    my $answer = '';

    IO::Select->new($s)->can_read(15) or next;
    sysread $s, $answer, 4096;
    $ended++ if $answer eq '' || $answer =~ /^HTTP\S+ 408/;
}

is $ended, 20, 'and each of them is ended';

my $before = recorded();
my $s = IO::Socket::INET->new(PeerAddr => "127.0.0.1:$t->{port}");
syswrite $s, "POST $choice HTTP/1.1\r\nHost: $t->{host}\r\nContent-Type: "
             . "$form\r\nContent-Length: 20\r\n\r\naction=accept";
close $s;
sleep 0.2;
is recorded(), $before, 'a body cut short stores nothing';


# Injection into headers, the log, the records and the page.

my @poison = (
    "/a%0d%0aSet-Cookie:%20x=1", "/a%0aX-Evil:%201", "/%E5%98%8A%E5%98%8DX:1",
    "/a%00b", "/\"><script>alert(1)</script>", '/%22onload=%22x',
    "/a\\..\\..", "//evil.example", "/\\evil.example", "/%09/evil.example",
    "https://evil.example", "javascript:alert(1)", "/%2f/evil.example",
    "\x{85}/evil.example", "/..//evil.example/", "/.//evil.example",
);

for my $value (@poison) {
    my $encoded = $value =~ s/([^\w%.-])/sprintf '%%%02x', ord $1/ger;
    my $answer = $t->request('POST', $choice, "action=reject&return=$encoded",
                             @form);
    my ($head) = split /\r\n\r\n/, $answer->{raw}, 2;
    my $to = ConsentTest::header($answer, 'Location');

    unlike $head, qr/^(?:X-Evil|X:|Set-Cookie: x=)/m, "no header: $value";
    like $to, qr{^/(?![/\\])[^\s\\\0]*$}, 'leads to a path of ours';
    is scalar(() = $head =~ /^Location:/mg), 1, 'once';

    $answer = $t->get("/privacy-choices/?return=$encoded");
    unlike $answer->{body}, qr/<script>alert|"onload="/, 'nor into the page';
    unlike $answer->{body}, qr{(?:href|value)="(?:https?:)?//evil},
        'nor a link away';
}

my $answer = $t->get('/privacy-choices/placeholder?service=%22%3E%3Cscript%3E'
    . 'alert(1)%3C/script%3E&purpose=%3Cscript%3E&url=javascript:alert(1)%22'
    . '%3E%3Cscript%3Ealert(1)%3C/script%3E',
    Referer => "$here/\"><script>alert(1)</script>");
unlike $answer->{body}, qr/<script>alert/, 'no script in a placeholder';
unlike $answer->{body}, qr/(?:href|src)="javascript/, 'nor a link to one';

$t->request('POST', $choice, 'action=reject', @form,
            'Accept-Language' => "de\"},\"x\":{\"", 'User-Agent' => "a\"}\n",
            Host => 'www.site.example');
my @lines = split /\n/, $t->read_file('records.jsonl');
unlike join("\n", @lines), qr/"x":\{|User-Agent/, 'records are not injected';
is scalar(grep { !/^\{.*"hash":"[0-9a-f]{64}"\}$/ } @lines), 0,
    'each is a line of its own';

# nginx takes any Host that could be one; it must not reach markup as it is.

for my $host ('www.site.example"><script>alert(1)</script>',
              "www.site.example'onload=x", 'evil.example', '[::1]', '..',
              'www.site.example:99999', 'x' x 300 . '.example') {
    my $answer = $t->get('/privacy-choices/', Host => $host);

    unlike $answer->{raw}, qr/<script>alert|'onload=x/, "Host: $host";
    like $answer->{status}, qr/^(?:200|400)$/, 'a clear status';
}


# Cookies: forged, tossed, doubled, giant.

sub choice_cookie {
    my ($action, @more) = @_;
    my $answer = $t->request('POST', $choice, "action=$action", @form, @more);

    return map { /^(privacy_choice=[^;]+);/ ? $1 : () }
           ConsentTest::headers($answer, 'Set-Cookie');
}

sub granted {
    my ($cookie, @more) = @_;

    return $t->get('/granted', Cookie => $cookie, @more)->{body};
}

my ($yes) = choice_cookie('accept');
my ($no) = choice_cookie('reject');
my ($value) = $yes =~ /=(.*)/;
my @parts = split /\./, $value;
my ($other) = map { /^(privacy_choice=[^;]+);/ ? $1 : () } ConsentTest::headers(
    $t->request('POST', $choice, 'action=accept', @form,
                Host => 'other.example'), 'Set-Cookie');

like granted($yes), qr/marketing/, 'a sound cookie';
is granted($no), 'necessary', 'and a no';

my %forged = (
    'no MAC' => join('.', @parts[0 .. 5]),
    'an empty MAC' => join('.', @parts[0 .. 5], ''),
    'the MAC "0"' => join('.', @parts[0 .. 5], '0'),
    'no key and the MAC "0"' => join('.', $parts[0], '0', @parts[2 .. 5], '0'),
    'another key' => join('.', $parts[0], 'k1', @parts[2 .. 6]),
    'a key that is none' => join('.', $parts[0], 'zz', @parts[2 .. 6]),
    'another version' => join('.', 2, @parts[1 .. 6]),
    'another time' => join('.', @parts[0, 1], $parts[2] + 1, @parts[3 .. 6]),
    'other grants' => join('.', @parts[0 .. 2], 'a', @parts[4 .. 6]),
    'another id' => join('.', @parts[0 .. 4], 'A' x 22, $parts[6]),
    'a MAC of another choice' => join('.', @parts[0 .. 5],
                                      (split /\./, $no)[-1]),
    'a MAC too long' => "${value}A",
    'a MAC too short' => substr($value, 0, -1),
    'one more part' => "$value.x",
    'nothing' => '',
    'dots' => '.' x 100,
    'a sound one in quotes, and more' => "\"$value\"x",
    'percent-encoded' => $value =~ s/\./%2e/gr,
    'a giant one' => 'x' x 4000,
    'of another site\'s key' => ($other // '=x') =~ s/^.*?=//r,
    'a time to come' => join('.', @parts[0, 1], 9999999999, @parts[3 .. 6]),
);

for my $name (sort keys %forged) {
    is granted("privacy_choice=$forged{$name}"), 'necessary',
        "a cookie with $name grants nothing";
}

my @last = ('A' .. 'Z', 'a' .. 'z', 0 .. 9, '-', '_');
my @taken = grep { $_ ne substr($value, -1)
                   && granted('privacy_choice=' . substr($value, 0, -1) . $_)
                      ne 'necessary' } @last;
is "@taken", '', 'no other last letter of the MAC is taken';

# A subdomain can set a cookie for the whole domain: it comes twice then.

is granted("$no; $yes"), 'necessary', 'tossed: a yes beside a no';
is granted("$yes; $no"), 'necessary', 'in either order';
is granted("$yes; privacy_choice=x"), 'necessary', 'garbage beside a yes';
is granted($no, Cookie => $yes), 'necessary', 'in a line of its own';
is granted("Privacy_Choice=$value"), 'necessary', 'names have a case';
is granted("xprivacy_choice=$value"), 'necessary', 'a longer name';
is granted("a=\"; privacy_choice=$value; b=\""), granted($yes),
    'quotes do not hide a cookie';

for my $jar (join('; ', map { "c$_=1" } 1 .. 1500),
             'a=' . 'x' x 7500, ';' x 7000, '=' x 7000, ', ' x 3500,
             join('; ', ($no) x 50)) {
    my $answer = $t->get('/granted', Cookie => $jar);

    # HTTP/2 may close the connection (RFC 9113, 10.5.1).

    like $answer->{status}, $t->{protocol} =~ /^h[23]/ ? qr/^(?:0|200|400)$/
                                                       : qr/^(?:200|400)$/,
        'a giant Cookie: a clear status';
    is $answer->{body}, 'necessary', 'grants nothing'
        if $answer->{status} == 200;
}

is $t->get('/granted', map { (Cookie => "c$_=1; _st=$_") } 1 .. 200)->{status},
    200, 'two hundred lines of Cookie';
is $t->get('/', map { (Cookie => "_st=$_") } 1 .. 200)->{body}, 'upstream',
    'all of them taken out';


# Reports are anybody's: they list no host, and store nothing.

for my $body ('{"csp-report":{"blocked-uri":"https://evil.example/"}}',
              '[{"type":"csp-violation","body":{"blockedURL":"https://evil.'
              . 'example/"}}]', '{' x 5000, 'x' x 30000, "\0" x 100) {
    is $t->request('POST', '/privacy-choices/report', $body,
                   'Content-Type' => 'application/csp-report',
                   Origin => $evil)->{status}, 204, 'a report from anywhere';
}

unlike ConsentTest::header($t->get('/', Cookie => $yes =~ s/a$/a/r),
                           'Content-Security-Policy') // '', qr/evil/,
    'and no policy lists what it names';


# The log: a line a request, nothing of it from what was sent.

$t->stop();

my $log = $t->read_file('logs/access.log');
is scalar(grep { $_ ne '' && !/^127\.0\.0\.1 - - \[/ } split /\n/, $log), 0,
    'no line of the log was made up';
unlike $t->log(), qr/\[(?:error|crit|alert)\].*consent(?!: choice refused)/,
    'the error log has nothing of ours';
like $t->log(), qr/\[error\].*consent: choice refused: .* another origin/,
    '... but what an operator whose proxy changes Host has to know';

$t->done();
