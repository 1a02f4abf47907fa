#!/usr/bin/perl
#
# What a connection holds that waits for its reader: of what took long to make,
# as policies and banners, no more than what is left of it.

use warnings;
use strict;

use FindBin;
use IO::Socket::INET;
use lib "$FindBin::Bin/lib";
use Socket qw/ SOL_SOCKET SO_RCVBUF inet_aton /;
use Test::More;
use Time::HiRes qw/ sleep time /;

use ConsentTest;

# KiB that each may take: nginx's buffers, 48, ours, what is kept of each
# site for its other visitors, and what malloc() leaves unused.
my $each = 140;
my $many = 90;

my $t = ConsentTest->new(protocol => 'http', split => '');
my $rules = "$ConsentTest::root/rules/*.json";
my $page = '<!doctype html><html lang="de"><body>'
           . '<p class="row">text</p><img src="https://ads.test/p.gif">' x 9000;

$t->upstream(sub {
    return (ConsentTest::head(200, 'Content-Type: text/html'), $page);
});

$t->run(<<"CONF");
    consent_rules $rules;
    consent_reuse off;
    proxy_max_temp_file_size 0;

    server {
        listen 127.0.0.1:$t->{port} sndbuf=4k;
        consent enforce;
        location / { proxy_pass http://%%UPSTREAM%%; }
    }
CONF


sub worker_size {
    my ($pid) = split ' ',
        $t->read_file("/proc/$t->{pid}/task/$t->{pid}/children");

    return $t->read_file("/proc/$pid/status") =~ /^VmRSS:\s+(\d+) kB/m
           ? $1 : 0;
}

# Once it has been the same for a while.

sub settled {
    my ($last, $same, $end) = (0, 0, time() + 30);

    while ($same < 10 && time() < $end) {
        my $now = worker_size();

        $same = $now == $last ? $same + 1 : 0;
        $last = $now;
        sleep 0.05;
    }

    return $last;
}

# Of a site of its own, and reads no more than the beginning.

my $sites = 0;

sub stalled {
    my $s = IO::Socket::INET->new(Proto => 'tcp') or die "socket: $!";

    setsockopt $s, SOL_SOCKET, SO_RCVBUF, pack 'i', 2048;
    $s->connect($t->{port}, inet_aton('127.0.0.1')) or die "connect: $!";
    syswrite $s, "GET / HTTP/1.1\r\nHost: www.s" . ++$sites . ".example\r\n"
                 . "Sec-Fetch-Dest: document\r\n\r\n";
    sysread $s, my $text, 1000;

    return ($s, $text);
}

my @open = map { stalled() } 1 .. 20;
my $before = settled();

push @open, map { stalled() } 1 .. $many;

my $more = (settled() - $before) / $many;

is scalar(grep { !ref && m{^HTTP/1\.1 200 } } @open), $many + 20,
    'all of them are answered';
cmp_ok $more, '<', $each, 'each holds little, whatever was made for it';
note "KiB each: $more";

$t->done();
