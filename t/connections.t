#!/usr/bin/perl
#
# Connections, on both sides: kept, shared by requests, taken over, cut off,
# reset and waited for, as nginx does without us.

use warnings;
use strict;

use FindBin;
use IO::Select;
use IO::Socket::INET;
use lib "$FindBin::Bin/lib";
use Socket qw/ SOL_SOCKET SO_RCVBUF /;
use Test::More;
use Time::HiRes qw/ sleep time /;

use ConsentTest;

my $t = ConsentTest->new(protocol => 'http', split => '');

my $img = '<img src="https://ads.test/p.gif">';
my $held = qr{data-pc-src="https://ads\.test/p\.gif"};
my $page = "<!doctype html><html><body><p>x</p>$img</body></html>";
my $long = '<!doctype html><html><body>' . "<p>filler</p>$img" x 200_000;


# Keeps its connections, and says how many there were; one that asks for it is
# handed over to another protocol, which echoes.

sub answer {
    my ($s, $head, $number) = @_;
    my ($uri) = $head =~ m{^\S+ (\S+)};

    if ($uri =~ m{^/socket}) {
        syswrite $s, "HTTP/1.1 101 Switching Protocols\r\nUpgrade: echo\r\n"
                     . "Connection: upgrade\r\nSet-Cookie: _st=1\r\n"
                     . "Content-Type: text/html\r\n\r\n";

        while (sysread $s, my $text, 65536) {
            syswrite $s, $text;
        }

        return 0;
    }

    my $fields = "Content-Type: text/html; charset=utf-8\r\n"
                 . "X-Connection: $number\r\n";

    if ($uri =~ m{^/trailer}) {
        syswrite $s, "HTTP/1.1 200 OK\r\n${fields}Trailer: X-End\r\n"
            . "Transfer-Encoding: chunked\r\n\r\n"
            . sprintf("%x\r\n%s\r\n", length $page, $page)
            . "0\r\nX-End: end\r\nSet-Cookie: _st=9\r\n\r\n";
        return 1;
    }

    if ($uri =~ m{^/chunked}) {
        syswrite $s, "HTTP/1.1 200 OK\r\n${fields}"
            . "Transfer-Encoding: chunked\r\n\r\n"
            . join('', map { sprintf "%x\r\n%s\r\n", length, $_ }
                       $page =~ /(.{1,9})/gs) . "0\r\n\r\n";
        return 1;
    }

    my $text = $uri =~ m{^/long} ? $long : $page;

    syswrite $s, "HTTP/1.1 200 OK\r\n${fields}Content-Length: "
        . length($text) . "\r\n\r\n$text";

    return 1;
}

$t->{upstream_port} = $t->server(sub {
    my ($s) = @_;
    my $text = '';

    while (1) {
        while ($text !~ /\r\n\r\n/) {
            sysread $s, $text, 65536, length $text or return;
        }

        $text =~ s/^(.*?\r\n\r\n)//s;
        answer($s, $1, $$) or return;
    }
});

my $port = ConsentTest::free_port();

$t->run(<<"CONF");
    consent_rules %%RULES%%;
    consent_banner off;
    consent enforce;
    proxy_http_version 1.1;
    upstream kept { server %%UPSTREAM%%; keepalive 1; }
    map \$http_upgrade \$asked { default upgrade; '' ''; }

    server {
        listen %%LISTEN%%;
        proxy_set_header Connection '';
        send_timeout 1s;
        location / { proxy_pass http://kept; }
        location /socket { proxy_pass http://kept;
                           proxy_set_header Upgrade \$http_upgrade;
                           proxy_set_header Connection \$asked; }
        location /reset/ { proxy_pass http://kept/long/;
                           reset_timedout_connection on; }
        location /few/ { proxy_pass http://kept/; keepalive_requests 2; }
        location /end/ { proxy_pass http://kept/; add_trailer X-End \$status; }
        location /lingers/ { default_type text/html; return 200 '$img';
                             lingering_close always; lingering_timeout 1s; }
        location /refused/ { client_max_body_size 10; lingering_close always;
                             error_page 413 /413.html; proxy_pass http://kept;
                             }
        location = /413.html { return 413 '$img'; default_type text/html; }
    }

    server {
        listen 127.0.0.1:$port proxy_protocol;
        set_real_ip_from 127.0.0.1;
        real_ip_header proxy_protocol;
        add_header X-Address \$remote_addr;
        add_header X-State \$consent_state;
        location / { proxy_pass http://kept; }
    }
CONF

my @none = $t->choose('reject');
my @all = $t->choose('accept');


sub open_to {
    my ($to, $text, $small) = @_;
    my $s = IO::Socket::INET->new(Proto => 'tcp') or die "socket: $!";

    setsockopt $s, SOL_SOCKET, SO_RCVBUF, pack 'i', 4096 if $small;
    $s->connect($to, Socket::inet_aton('127.0.0.1')) or die "connect: $!";
    syswrite $s, $text;

    return $s;
}

# Until it matches, or the other end is done.

sub take {
    my ($s, $until, $text) = @_;
    my $end = time() + 10;

    $text //= '';

    while ($text !~ $until && IO::Select->new($s)->can_read($end - time())) {
        sysread $s, $text, 65536, length $text or last;
    }

    return $text;
}

sub asks {
    my ($uri, @more) = @_;

    return join "\r\n", "GET $uri HTTP/1.1", "Host: $t->{host}", @more, '', '';
}


# Connections to the upstream are used again after pages, however they end.

my %seen;

for my $uri ('/a', '/chunked', '/b', '/a', '/chunked') {
    for my $who (\@none, \@all) {
        my $answer = $t->get($uri, @$who);

        like $answer->{body}, $who == \@none ? $held : qr{\Q$img\E},
            "$uri: a page";
        ok $answer->{complete}, '... whole';
        $seen{ConsentTest::header($answer, 'X-Connection')}++;
    }
}

is scalar(keys %seen), 1, 'all over one connection to the upstream';


# Of one client: one request after another, and several at once.

my $s = open_to($t->{port}, '');

for my $i (1 .. 5) {
    syswrite $s, asks("/chunked?$i");

    my $text = take($s, qr/\r\n0\r\n\r\n$/);

    like $text, $held, "a kept connection: request $i";
}

close $s;
$s = open_to($t->{port}, join '', map { asks($_ % 2 ? '/chunked' : '/x') }
                                  1 .. 9);
my $text = take($s, qr/(?:HTTP.*?\r\n0\r\n\r\n.*?){9}$/s);

is scalar(() = $text =~ /$held/g), 9, 'nine requests at once';
is scalar(() = $text =~ /^HTTP\/1\.1 200 /mg), 9, 'nine answers';
close $s;

$s = open_to($t->{port}, asks('/few/1') . asks('/few/2') . asks('/few/3'));
$text = take($s, qr/^never$/);
is scalar(() = $text =~ /$held/g), 2, 'keepalive_requests: two, and its end';
close $s;


# Trailers: nginx's own; those of an upstream go no further.

$s = open_to($t->{port}, asks('/end/x', 'Connection: close'));
$text = take($s, qr/^never$/);
like $text, qr{$held.*\r\n0\r\nX-End: 200\r\n\r\n$}s, 'add_trailer';
close $s;

$s = open_to($t->{port}, asks('/trailer', 'TE: trailers', 'Connection: close'));
$text = take($s, qr/^never$/);
like $text, $held, 'a page with trailers';
unlike $text, qr/_st=9/, '... and no cookie among them';
close $s;


# A protocol taken over: bytes both ways, as they are.

$s = open_to($t->{port}, asks('/socket', 'Upgrade: echo', 'Connection: upgrade',
                              "Cookie: _st=1; $none[1]"));
$text = take($s, qr/\r\n\r\n/);
like $text, qr{^HTTP/1\.1 101 }, 'handed over';
unlike $text, qr/_st=/, '... without a denied cookie';

for my $bytes ($img, "\0\1\2", 'x' x 100_000) {
    my ($got, $end) = ('', time() + 10);

    syswrite $s, $bytes;

    while (length $got < length $bytes
           && IO::Select->new($s)->can_read($end - time()))
    {
        sysread $s, $got, 65536, length $got or last;
    }

    ok $got eq $bytes, '... as they are: ' . length($bytes) . ' bytes';
}

close $s;


# An address that a proxy tells.

$s = open_to($port, "PROXY TCP4 192.0.2.7 127.0.0.1 1234 80\r\n"
                    . asks('/x', 'Connection: close'));
$text = take($s, qr/^never$/);
like $text, qr/^X-Address: 192\.0\.2\.7\r$/m, 'proxy_protocol, realip';
like $text, $held, '... and the page';
close $s;

$s = open_to($port, "PROXY TCP4 192.0.2.7 127.0.0.1 1234 80\r\n"
    . "POST /privacy-choices/choice HTTP/1.1\r\nHost: $t->{host}\r\n"
    . "Connection: close\r\nContent-Length: 13\r\n"
    . "Sec-Fetch-Site: same-origin\r\n"
    . "Content-Type: application/x-www-form-urlencoded\r\n\r\naction=accept");
$text = take($s, qr/^never$/);
like $text, qr{^HTTP/1\.1 303 .*^Set-Cookie: \S*choice}ms, 'a choice there';
close $s;


# One who does not read: the time is up, with all that was held.

for my $uri ('/long', '/reset/x') {
    my @slow = map { open_to($t->{port}, asks($uri, @$_), 1) }
               [], [ "Cookie: $all[1]" ];
    my $gone = 0;
    my $end = time() + 10;

    sleep 2.5;

    for my $one (@slow) {
        my $n = 1;

        while ($n && time() < $end && IO::Select->new($one)->can_read(2)) {
            $n = sysread $one, $text, 1 << 20;
        }

        $gone++ if !$n;
        close $one;
    }

    is $gone, 2, "$uri: cut off when its time is up";
}

is $t->get('/x')->{status}, 200, 'others are served';


# A body that is not read: the answer comes all the same.

for my $uri ('/lingers/x', '/refused/x') {
    $s = open_to($t->{port}, "POST $uri HTTP/1.1\r\nHost: $t->{host}\r\n"
                 . "Content-Length: 500000\r\n\r\n" . 'x' x 5000);
    sleep 0.1;
    syswrite $s, 'x' x 495_000;
    like take($s, $held), $held, "$uri: its page";
    close $s;
}


# A worker that is to go while somebody reads: at the latest when its time is
# up.

$t->stop();

my $t2 = ConsentTest->new(protocol => 'http', split => '');

$t2->{workers} = '1; worker_shutdown_timeout 1s';
$t2->write_file('html/long.html', $long);
$t2->run_site('location / { root %%DIR%%/html; }');

sub workers {
    return split ' ',
           $t2->read_file("/proc/$t2->{pid}/task/$t2->{pid}/children");
}

$t2->head_of('/long.html');     # by then, there is one

my ($old) = workers();

ok $old, 'a worker';

my @slow = map { open_to($t2->{port}, asks('/long.html', "Cookie: $none[1]"),
                         1) } 1 .. 5;

sleep 0.5;
$t2->reload();

my $end = time() + 8;

sleep 0.1 while time() < $end && grep { $_ == $old } workers();

is scalar(grep { $_ == $old } workers()), 0, 'worker_shutdown_timeout';
is $t2->head_of('/long.html')->{status}, 200, 'the new one serves';
unlike $t2->log(), qr/open socket|\[alert\]/, 'nothing is left behind';
close $_ for @slow;

unlike $t->log(), qr/\[(?:alert|emerg|crit)\]/, 'nor was anything before';
$t2->done();
