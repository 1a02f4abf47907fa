#!/usr/bin/perl
#
# Slow, broken and hostile upstreams and clients, as a table.  Whatever comes,
# the worker lives, others are served meanwhile, and nothing denied is
# delivered.

use warnings;
use strict;

use FindBin;
use IO::Compress::Gzip qw/ gzip /;
use IO::Select;
use IO::Socket::INET;
use lib "$FindBin::Bin/lib";
use Socket qw/ SOL_SOCKET SO_LINGER SO_RCVBUF /;
use Time::HiRes qw/ sleep time /;

use ConsentTest;
use Test::More;

# Upstreams pause many times, and on a busy machine each pause is longer: what
# tells those who wait for the rest is that they would wait for a minute.

my $wait = 40;
my $t = ConsentTest->new(wait => $wait);

my $img = '<img src="https://ads.test/p.gif">';
my $script = '<script src="https://stats.test/s.js"></script>';
my $live = qr{[\s"'/]src\s*=\s*["']?https://(?:ads|stats)
              |<script>[^<]*startStats\(}x;
my $html = "<!doctype html><html><head><title>x</title>$script"
           . "<script>startStats(\"a\")</script></head><body><p>x</p>$img"
           . '<iframe src="https://video.test/embed/1"></iframe></body></html>';
my $long = $html =~ s{<p>x</p>}{"<p>filler</p>$img" x 2000}er;

my ($gz, $bomb);
gzip \$html, \$gz;
gzip \("<p>$img</p>" . 'x' x 5_000_000 . $img), \$bomb;

my $ok = 'HTTP/1.1 200 OK';
my $type = 'Content-Type: text/html; charset=utf-8';


sub answer {
    my ($lines, @body) = @_;

    return (join("\r\n", $ok, $type, @$lines) . "\r\n\r\n", @body);
}

sub chunks {
    my ($size, $text) = @_;

    return map { sprintf "%x\r\n%s\r\n", length, $_ } unpack "(a$size)*",
                                                              $text;
}


# What an upstream does: name, the bytes it writes (a reference is a pause), and
# what may be the status that comes of it.  No status: no answer at all.

my $chunked = 'Transfer-Encoding: chunked';

my @upstreams = (
    [ 'closes at once', [ ], '502' ],
    [ 'sends half a status line', [ 'HTTP/1.1 2' ], '502' ],
    [ 'speaks another protocol', [ "SSH-2.0-OpenSSH_9.2\r\n" ], '502|200|0' ],
    [ 'sends HTML without a header', [ $html ], '502|200|0' ],
    [ 'sends HTTP/0.9', [ "<html>$img" ], '502|200|0' ],
    [ 'ends within the header', [ "$ok\r\n$type\r\nX-A" ], '502' ],
    [ 'never ends the header', [ "$ok\r\n$type\r\n",
                                 map { ("X-$_: a\r\n", \0.01) } 1 .. 20 ],
      '502' ],
    [ 'sends a giant header', [ "$ok\r\n$type\r\nX: " . 'x' x 100_000
                                . "\r\n\r\n", $html ], '502' ],
    [ 'sends a thousand header lines',
      [ "$ok\r\n$type\r\n", map({ "X$_: a\r\n" } 1 .. 300), "\r\n", $html ],
      '200|502' ],
    [ 'sends a header byte by byte',
      [ map({ ($_, \0.001) } split //, "$ok\r\n$type\r\n\r\n"), $html ],
      '200' ],
    [ 'sends 200 Set-Cookie lines',
      [ answer([ map { "Set-Cookie: _st_$_=1; Path=/" } 1 .. 100 ], $html) ],
      '200' ],
    [ 'sends 100 Link lines',
      [ answer([ map { "Link: <https://ads.test/$_.js>; rel=preload;as=script"
                     } 1 .. 60 ], $html) ], '200' ],
    [ 'sends a NUL in its header', [ "$ok\r\n$type\r\nX: a\0b\r\n\r\n$html" ],
      '200|502' ],
    [ 'sends two types',
      [ "$ok\r\nContent-Type: text/plain\r\n$type\r\n\r\n$html" ], '200' ],
    [ 'promises more than it sends',
      [ answer([ 'Content-Length: 100000' ], $html) ], '200' ],
    [ 'promises less than it sends',
      [ answer([ 'Content-Length: 100' ], $html) ], '200' ],
    [ 'promises nothing, and sends', [ answer([ 'Content-Length: 0' ],
                                              $html) ], '200' ],
    [ 'promises a negative length',
      [ answer([ 'Content-Length: -5' ], $html) ], '200|502' ],
    [ 'promises two lengths',
      [ answer([ 'Content-Length: 5', 'Content-Length: 500' ], $html) ],
      '200|502' ],
    [ 'sends length and chunks',
      [ answer([ 'Content-Length: 5', $chunked ], chunks(9, $html),
               "0\r\n\r\n") ], '200|502' ],
    [ 'sends chunks of one byte',
      [ answer([ $chunked ], chunks(1, $html), "0\r\n\r\n") ], '200' ],
    [ 'ends chunks early', [ answer([ $chunked ], chunks(50, $html)) ],
      '200' ],
    [ 'ends within a chunk', [ answer([ $chunked ], "ffff\r\n$html") ],
      '200' ],
    [ 'sends a chunk size of no number',
      [ answer([ $chunked ], "zz\r\n$html") ], '200|502|0' ],
    [ 'sends a chunk size beyond numbers',
      [ answer([ $chunked ], "fffffffffffffffff\r\n$html") ], '200|502|0' ],
    [ 'sends a body with a 204', [ "HTTP/1.1 204 No\r\n$type\r\n\r\n$html" ],
      '204' ],
    [ 'sends a body with a 304', [ "HTTP/1.1 304 No\r\n$type\r\n\r\n$html" ],
      '304' ],
    [ 'sends status 999', [ "HTTP/1.1 999 X\r\n$type\r\n\r\n$html" ],
      '999|502' ],
    [ 'sends status 000', [ "HTTP/1.1 000 X\r\n$type\r\n\r\n$html" ],
      '0|000|502' ],
    [ 'sends an error with a page', [ "HTTP/1.1 500 X\r\n$type\r\n\r\n$html" ],
      '500' ],
    [ 'sends informational answers without end',
      [ map({ "HTTP/1.1 100 Continue\r\n\r\n" } 1 .. 50),
        answer([], $html) ], '100|200|502|0' ],
    [ 'upgrades unasked', [ "HTTP/1.1 101 Switching\r\nUpgrade: x\r\n"
                            . "Connection: upgrade\r\n\r\n<p>x</p>" ],
      '101|502|0' ],
    [ 'ends within a tag', [ answer([], '<p>x</p><img src="https://ads.te') ],
      '200' ],
    [ 'ends within a script',
      [ answer([], '<p>x</p><script>var a; startStats("') ], '200' ],
    [ 'ends within an attribute, in a length',
      [ answer([ 'Content-Length: 5000' ],
               '<p>x</p><img alt="x" src="https://ads.test/p.gif"') ], '200' ],
    [ 'pauses within each tag',
      [ answer([], map { ($_, \0.02) }
                   '<im', 'g s', 'rc=', '"htt', 'ps://ad', 's.test/"', '>') ],
      '200' ],
    [ 'ends before its charset is known',
      [ "$ok\r\nContent-Type: text/html\r\nContent-Length: 5000\r\n\r\n<ht",
        \0.1 ], '200|502|0' ],
    [ 'sends gzip that breaks off',
      [ answer([ 'Content-Encoding: gzip' ], substr $gz, 0, -20) ],
      '200|502|0' ],
    [ 'sends gzip that is none',
      [ answer([ 'Content-Encoding: gzip' ], $html) ], '200|500|502|0' ],
    [ 'sends gzip, and plain behind it',
      [ answer([ 'Content-Encoding: gzip' ], $gz . $html) ], '200|502|0' ],
    [ 'sends a bomb',
      [ answer([ 'Content-Encoding: gzip' ], $bomb) ], '200|502' ],
    [ 'sends a coding that there is not',
      [ answer([ 'Content-Encoding: lzma' ], $html) ], '502' ],
    [ 'sends codings without end',
      [ answer([ 'Content-Encoding: ' . join ', ', ('gzip') x 40 ], $gz) ],
      '502' ],
    [ 'sends a part unasked',
      [ "HTTP/1.1 206 X\r\n$type\r\nContent-Range: bytes 5-9/20\r\n\r\n$html"
      ], '502' ],
    [ 'sends zeros', [ answer([], "\0" x 100_000, $html) ], '200|502' ],
    [ 'sends noise', [ answer([], join('', map { chr $_ * 73 % 256 }
                                           1 .. 50_000), $html) ],
      '200|502' ],
    [ 'sends a tag without end', [ answer([], '<a b="' . 'x' x 400_000,
                                          "\">$img") ], '200' ],
    [ 'sends tags in tags', [ answer([], '<div>' x 50_000, $html) ], '200' ],
    [ 'sends quotes and brackets', [ answer([], '<"\'>' x 50_000, $img) ],
      '200' ],
    [ 'redirects by header alone',
      [ "$ok\r\n$type\r\nRefresh: 0;url=https://ads.test/\r\n\r\n<p>" ],
      '200' ],
    [ 'sends to the file system', [ answer([ 'X-Accel-Redirect: /static/x' ],
                                           $html) ], '200' ],
    [ 'sends round in circles', [ answer([ 'X-Accel-Redirect: /up/51' ],
                                         $html) ], '200|500' ],
);


$t->upstream(sub {
    my ($request) = @_;
    my ($i) = $request->{uri} =~ m{/(\d+)$};

    return answer([], $long) if !defined $i;

    # So that it does not see what is still to be read as a reset.
    return (@{ $upstreams[$i][1] }, \0.02);
});

$t->write_file('html/x', "<p>a file</p>$img");

$t->run(<<'END_CONF');
    consent_rules %%RULES%%;
    gunzip on;

    server {
        listen %%LISTEN%%;
        consent enforce;
        client_header_timeout 2s;
        send_timeout 2s;

        location /up/ {
            proxy_pass http://%%UPSTREAM%%;
            proxy_http_version 1.1;
            proxy_read_timeout 60s;
        }
        location /now/ {
            proxy_pass http://%%UPSTREAM%%;
            proxy_http_version 1.1;
            proxy_read_timeout 60s;
            proxy_buffering off;
        }
        location /static/ {
            internal;
            default_type text/html;
            alias %%DIR%%/html/;
        }
        location /dead/ { proxy_pass http://127.0.0.1:1; }
    }
END_CONF


sub worker {
    my ($pid) = split ' ',
        $t->read_file("/proc/$t->{pid}/task/$t->{pid}/children");

    return $pid // '';
}

my $pid;

sleep 0.02 while !($pid = worker());
my @doc = ('Sec-Fetch-Dest', 'document');

for my $i (0 .. $#upstreams) {
    my ($name, undef, $status) = @{ $upstreams[$i] };

    for my $uri ("/up/$i", "/now/$i") {
        my $start = time();
        my $answer = $t->get($uri, @doc);

        cmp_ok time() - $start, '<', $wait, "$name: no one waits for the rest";

        like $answer->{status}, qr/^(?:$status)$/, "$name: $status, $uri";

        # Of two types, newer versions of nginx take the first.

        ok $answer->{raw} !~ $live
           || ConsentTest::header($answer, 'Content-Type') eq 'text/plain',
           'nothing denied'
            or diag substr $answer->{raw}, 0, 500;
    }

    is worker(), $pid, 'the worker lives';
}

is $t->get('/dead/')->{status}, 502, 'no upstream at all';


# What a client does.

sub connection {
    my ($text) = @_;
    my $s = IO::Socket::INET->new(PeerAddr => "127.0.0.1:$t->{port}")
        or die "connect: $!";

    syswrite $s, $text if defined $text;

    return $s;
}

sub request {
    my ($uri, @lines) = @_;

    return join "\r\n", "GET $uri HTTP/1.1", "Host: $t->{host}",
                @lines, '', '';
}

# Reads to the end, or for so many seconds.

sub drain {
    my ($s, $for) = @_;
    my ($text, $end) = ('', time() + ($for // 5));
    my $select = IO::Select->new($s);

    while ($end > time() && $select->can_read($end - time())) {
        sysread $s, $text, 65536, length $text or last;
    }

    return $text;
}

sub reset_connection {
    my ($s) = @_;

    setsockopt $s, SOL_SOCKET, SO_LINGER, pack 'ii', 1, 0;
    close $s;
}

my @kept;

my @clients = (
    [ 'goes at once', sub { close connection(); '' } ],
    [ 'goes within the request', sub { close connection("GET /up/ HT"); '' } ],
    [ 'goes before the answer', sub { close connection(request('/up/')); '' } ],
    [ 'resets before the answer',
      sub { reset_connection(connection(request('/up/'))); '' } ],
    [ 'resets within the answer',
      sub { my $s = connection(request('/now/'));
            sysread $s, my $text, 3000;
            reset_connection($s); $text } ],
    [ 'goes within the answer',
      sub { my $s = connection(request('/up/'));
            sysread $s, my $text, 3000;
            close $s; $text } ],
    [ 'shuts its side', sub { my $s = connection(request('/up/'));
                              shutdown $s, 1; drain($s) } ],
    [ 'reads nothing', sub { push @kept, connection(request('/up/')); '' } ],
    [ 'reads a byte at a time',
      sub { my $s = connection(request('/up/', 'Connection: close'));
            my $text = '';
            sysread $s, $text, 1, length $text for 1 .. 3000;
            $text . drain($s) } ],
    [ 'has a small window',
      sub { my $s = connection();
            setsockopt $s, SOL_SOCKET, SO_RCVBUF, pack 'i', 256;
            syswrite $s, request('/up/', 'Connection: close');
            drain($s, 0.5) } ],
    [ 'asks a hundred times at once',
      sub { my $s = connection(request('/static/') x 99
                               . request('/up/', 'Connection: close'));
            drain($s) } ],
    [ 'asks at once for pages',
      sub { my $s = connection(request('/up/') x 9
                               . request('/up/', 'Connection: close'));
            drain($s) } ],
    [ 'sends a header slowly',
      sub { my $s = connection('GET /up/ HTTP/1.1' . "\r\n");
            for (1 .. 30) { syswrite $s, "X"; sleep 0.01 }
            push @kept, $s; '' } ],
    [ 'sends a giant line', sub { drain(connection(request(
                                '/up/' . 'x' x 40_000))) } ],
    [ 'sends a giant header', sub { drain(connection(request(
                                  '/up/', 'X: ' . 'x' x 60_000))) } ],
    [ 'sends a thousand header lines',
      sub { drain(connection(request('/up/', map({ "X$_: a" } 1 .. 1000),
                                     'Connection: close'))) } ],
    [ 'sends a thousand Sec-Fetch-Dest',
      sub { drain(connection(request('/up/',
                map({ "Sec-Fetch-Dest: $_" } 'document', ('image') x 500),
                'Connection: close'))) } ],
    [ 'sends noise', sub { drain(connection(join '', map { chr $_ * 91 % 256 }
                                            1 .. 5000)) } ],
    [ 'speaks TLS', sub { drain(connection("\x16\x03\x01\x02\0\x01\0" . "\0"
                                           x 200), 1) } ],
    [ 'speaks HTTP/2', sub { drain(connection("PRI * HTTP/2.0\r\n\r\nSM\r\n"
                                              . "\r\n"), 1) } ],
    [ 'speaks HTTP/0.9', sub { drain(connection("GET /up/\r\n"), 2) } ],
    [ 'speaks HTTP/1.0', sub { drain(connection("GET /up/ HTTP/1.0\r\n\r\n"))
                             } ],
    [ 'names no host', sub { drain(connection("GET /up/ HTTP/1.1\r\n\r\n")) }
    ],
    [ 'names two hosts', sub { drain(connection(request('/up/',
                                   'Host: ads.test', 'Connection: close'))) }
    ],
    [ 'names the tracker as host',
      sub { drain(connection("GET /up/ HTTP/1.0\r\nHost: unknown.test\r\n\r\n"
                             )) } ],
    [ 'asks by a whole URL',
      sub { drain(connection("GET http://$t->{host}/up/ HTTP/1.0\r\n\r\n")) }
    ],
    [ 'asks with a giant query',
      sub { drain(connection(request('/up/?' . 'a' x 7000,
                                     'Connection: close'))) } ],
    [ 'asks for ranges without end',
      sub { drain(connection(request('/up/', 'Connection: close', 'Range: '
                . 'bytes=' . join ',', map { "$_-$_" } 1 .. 900))) } ],
    [ 'asks with tags without end',
      sub { drain(connection(request('/up/', 'Connection: close',
                'If-None-Match: ' . join ', ', map { "W/\"$_~pcs-0000000$_\""
                                                   } 0 .. 300))) } ],
    [ 'asks with a broken tag',
      sub { drain(connection(request('/up/', 'Connection: close',
                'If-None-Match: "~pcs-', 'If-Range: "~pcs-'))) } ],
    [ 'asks with a tag of a suffix alone',
      sub { drain(connection(request('/up/', 'Connection: close',
                'If-None-Match: "~pcs-00000000"',
                'If-Range: W/"~pcw-00000000"'))) } ],
    [ 'takes languages without end',
      sub { drain(connection(request('/up/', 'Connection: close',
                'Accept-Language: ' . join ',', map { "x-$_;q=0.$_" }
                                                1 .. 500))) } ],
    [ 'takes a coding only', sub { drain(connection(request('/up/',
                'Accept-Encoding: br;q=1, *;q=0', 'Connection: close'))) } ],
    [ 'expects what there is not', sub { drain(connection(request('/up/',
                'Expect: 999-never', 'Connection: close'))) } ],
    [ 'sends a body with GET', sub { drain(connection(request('/up/',
                'Content-Length: 5', 'Connection: close') . 'hello')) } ],
    [ 'smuggles a request', sub { drain(connection(request('/up/',
                'Content-Length: 4', 'Transfer-Encoding: chunked',
                'Connection: close') . "0\r\n\r\nGET /x HTTP/1.1\r\n\r\n")) }
    ],
);

for (@clients) {
    my ($name, $does) = @$_;
    my $text = $does->();

    ok $text !~ $live, "$name: nothing denied"
        or diag substr $text, 0, 500;
    is worker(), $pid, 'the worker lives';
}

is $t->get('/up/', @doc)->{body} =~ m{</html>$} ? 1 : 0, 1,
    'and others are served';

close $_ for @kept;
cmp_ok @upstreams + @clients, '>=', 40, 'at least forty scenarios';

# What upstreams and clients do is told at these levels, and not by us; but
# for pages that cannot be read, and broken ones, wherever it is us who decode
# them and not gunzip, which tells of them at the same level.

unlike $t->log(), qr/\[(?:alert|emerg|crit)\]/, 'nothing alarming';
unlike $t->log(),
    qr/\[error\][^\n]*consent: (?!page (?:is broken|that cannot))/,
    'no error of ours';

$t->done();
