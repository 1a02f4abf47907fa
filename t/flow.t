#!/usr/bin/perl
#
# Streams: what comes goes on at once, slow readers hold up the source, memory
# stays within bounds, and when one side goes so does the other.

use warnings;
use strict;

use FindBin;
use IO::Select;
use IO::Socket::INET;
use lib "$FindBin::Bin/lib";
use Socket qw/ SOL_SOCKET SO_RCVBUF SO_SNDBUF /;
use Time::HiRes qw/ sleep time /;

use ConsentTest;
use Test::More;

my $t = ConsentTest->new();

my $img = '<img src="https://ads.test/p.gif">';
my $script = '<script>var a = 1; /* ' . 'x' x 500 . ' */</script>';
my $row = "<p class=\"row\">text</p>$img$script" x 20;
my @html = ('Content-Type: text/html; charset=utf-8');

# KiB that a worker may grow by, however much passes through it.
my $room = 3072;


# Streams go on until nobody takes them; how many bytes were taken each of them
# puts into a file.

my $port;
my $server = IO::Socket::INET->new(Listen => 64, LocalAddr => '127.0.0.1')
    or die "upstream: $!";

$port = $server->sockport();

sub stream {
    my ($client) = @_;
    my $head = '';

    while ($head !~ /\r\n\r\n/) {
        sysread $client, $head, 4096, length $head or return;
    }

    my ($kind) = $head =~ m{^\S+ /(?:now/)?(\w+)};
    my $sent = 0;

    setsockopt $client, SOL_SOCKET, SO_SNDBUF, pack 'i', 65536;

    if ($kind eq 'events') {
        syswrite $client, ConsentTest::head(200,
                                            'Content-Type: text/event-stream');
        for (1 .. 4) {
            syswrite $client, "data: $_ $img\n\n";
            sleep 0.3;
        }
        return;
    }

    if ($kind eq 'parts') {
        syswrite $client, ConsentTest::head(200, @html);
        for (1 .. 4) {
            syswrite $client, "<p>$_</p>$img";
            sleep 0.3;
        }
        return;
    }

    if ($kind eq 'torn') {
        syswrite $client, ConsentTest::head(200, @html,
                                            'Content-Length: 5000');
        syswrite $client, "<p>begin</p><img alt=\"x\" src=\"https://ads.t";
        return;
    }

    syswrite $client, ConsentTest::head(200, @html);
    syswrite $client, '<script>' if $kind eq 'code';
    syswrite $client, '<img alt="' if $kind eq 'tag';

    my $more = $kind eq 'rows' ? $row : 'var a = 1; ' x 1000;

    while (defined(my $n = syswrite $client, $more)) {
        $sent += $n;

        # Never to be read half written.
        $t->write_file("now.$$", $sent);
        rename "$t->{dir}/now.$$", "$t->{dir}/sent.$kind.$$";
        last if $sent > 400_000_000;
    }

    $t->write_file("ended.$kind", $sent);
}

my $pid = fork // die "fork: $!";

if ($pid == 0) {
    $SIG{PIPE} = $SIG{CHLD} = 'IGNORE';

    while (1) {
        my $client = $server->accept() or next;

        if (!fork) {
            stream($client);
            POSIX::_exit(0);
        }
    }
}

push @{ $t->{pids} }, $pid;
$t->{upstream_port} = $port;

$t->run(<<'CONF');
    consent_rules %%RULES%%;
    consent_banner off;
    proxy_max_temp_file_size 0;

    server {
        listen %%LISTEN%%;
        consent enforce;
        location / { proxy_pass http://%%UPSTREAM%%; }
        location /now/ { proxy_pass http://%%UPSTREAM%%; proxy_buffering off; }
        location /gzip/ { proxy_pass http://%%UPSTREAM%%/rows;
                          gzip on; gzip_proxied any; }
    }
CONF


sub sent {
    my ($kind) = @_;
    my $sum = 0;

    $sum += $t->read_file($_) || 0 for glob "$t->{dir}/sent.$kind.*";

    return $sum;
}

sub size {
    my ($pid) = split ' ',
        $t->read_file("/proc/$t->{pid}/task/$t->{pid}/children");

    return $t->read_file("/proc/$pid/status") =~ /^VmRSS:\s+(\d+) kB/m
           ? $1 : 0;
}

sub open_stream {
    my ($uri, $small, @more) = @_;
    my $s = IO::Socket::INET->new(Proto => 'tcp') or die "socket: $!";

    setsockopt $s, SOL_SOCKET, SO_RCVBUF, pack 'i', 4096 if $small;
    $s->connect($t->{port}, Socket::inet_aton('127.0.0.1'))
        or die "connect: $!";
    syswrite $s, join "\r\n", "GET $uri HTTP/1.0", "Host: $t->{host}", @more,
                 '', '';

    return $s;
}


# What is written is read at once: events, and pages.

for my $uri ('/now/events', '/now/parts') {
    local $t->{protocol} = 'http';

    my @late;

    # Where much else runs, a client may sleep through a part or two.

    for my $round (1 .. 4) {
        my $answer = $t->get($uri);
        my @when;

        for my $i (1 .. 4) {
            my $mark = $uri =~ /events/ ? "data: $i" : "<p>$i</p>";
            my ($first) = grep { index(substr($answer->{raw}, 0, $_->[1]),
                                       $mark) >= 0 } @{ $answer->{times} };

            push @when, $first ? $first->[0] : 0;
        }

        @late = grep { $when[$_] - $when[$_ - 1] < 0.15 } 1 .. 3;
        last if !@late;
    }

    is "@late", '', "$uri: each part comes by itself";
}

is $t->get('/now/events')->{body},
    join('', map { "data: $_ $img\n\n" } 1 .. 4), 'events as they were';


# An upstream that goes within a tag: the answer ends there and then, and shows
# that it is not whole.

my $start = time();
my $answer = $t->get('/torn');

cmp_ok time() - $start, '<', 8, 'a torn page ends with its upstream';
like $answer->{body}, qr{<p>begin</p>}, 'what came is there';
unlike $answer->{body}, qr{ src="https}, 'but no half tag';
is $answer->{complete}, 0, 'and it is not whole';


# Streams without end: much passes through, and no one can tell by the memory.

$t->get('/parts');

my $before = size();

for my $uri ('/rows', '/now/rows', '/gzip/', '/code', '/tag') {
    my ($kind) = $uri =~ /(rows|code|tag|gzip)/;
    my @more = $kind eq 'gzip' ? 'Accept-Encoding: gzip' : ();
    my $file = $kind eq 'gzip' ? 'rows' : $kind;
    my $s = open_stream($uri, 0, @more);
    my ($got, $text, $wrong) = (0, '', 0);
    my $end = time() + 10;

    unlink glob("$t->{dir}/sent.$file.*"), "$t->{dir}/ended.$file";

    while (time() < $end && IO::Select->new($s)->can_read(1)) {
        my $n = sysread $s, $text, 65536 or last;
        $got += $n;
        $wrong++ if $text =~ / src="https/;
        last if $got > 12_000_000;
    }

    for (1 .. 100) {
        last if sent($file) > 4_000_000;
        sleep 0.1;
    }

    cmp_ok sent($file), '>', 3_000_000, "$uri: much came";
    is $wrong, 0, '... nothing denied';
    cmp_ok size() - $before, '<', $room, '... and little was kept';

    close $s;

    for (1 .. 60) {
        last if -s "$t->{dir}/ended.$file";
        sleep 0.05;
    }

    ok -s "$t->{dir}/ended.$file", '... and with the client the upstream ends';
}


# One who reads a byte now and then.

unlink glob "$t->{dir}/sent.rows.*";

my @slow = map { open_stream($_ % 2 ? '/rows' : '/now/rows', 1) } 1 .. 10;
my $text;

for (1 .. 40) {
    sysread $_, $text, 1 for @slow;
    sleep 0.05;
}

my ($one, $same) = (0, 0);

for (1 .. 150) {
    my $now = sent('rows');

    $same = $now - $one < 100_000 ? $same + 1 : 0;
    $one = $now;
    last if $same == 3;
    sleep 0.3;
}

is $same, 3, 'slow readers hold up the upstream';
cmp_ok $one, '<', 80_000_000, 'which has sent no more than what sockets take';
note 'sent: ', $one;
cmp_ok size() - $before, '<', $room, 'and memory stays as it is';
note 'KiB more: ', size() - $before;
close $_ for @slow;

is $t->get('/parts')->{status}, 200, 'others are served';

$t->done();
