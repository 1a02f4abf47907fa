#!/usr/bin/perl
#
# What a busy connection holds, counted by allocations, wherever in a page its
# client stops reading: at each STEP bytes of every page, nothing granted, the
# whole catalogue, each page read anew, less what it holds where consent is off.
#
# usage: busy.pl ALLOCATED.so STEP   (make bench-busy)

use warnings;
use strict;

use File::Find;
use File::Temp qw/ tempdir /;
use FindBin;
use lib "$FindBin::Bin/../../t/lib";
use Socket qw/ SOL_SOCKET SO_RCVBUF inet_aton /;
use Time::HiRes qw/ sleep time /;

use ConsentTest;

my ($library, $step) = @ARGV;
my $root = $ConsentTest::root;
my $pages = tempdir('consent-pages-XXXXXX', TMPDIR => 1, CLEANUP => 1);
my $shared = ($ENV{CONSENT_SHARED} // "$root/../shared") . '/data/pages.tar.xz';
my @files;

if (-e $shared) {
    system('tar', 'xf', $shared, '-C', $pages) == 0 or die "tar: $?\n";
}

find(sub { push @files, $File::Find::name if /\.html$/ },
     -e $shared ? $pages : "$root/tests/conformance/pages");
@files = sort @files;

my $t = ConsentTest->new(protocol => 'http', preload => "$root/$library");
my %port = map { $_ => ConsentTest::free_port() } qw/ off enforce /;

$ENV{BENCH_ALLOCATED} = $t->write_file('allocated', "\0" x 8);
open my $count, '<:raw', $ENV{BENCH_ALLOCATED} or die "allocated: $!\n";

$t->upstream(sub {
    my ($request) = @_;
    my ($i) = $request->{uri} =~ /(\d+)/;

    return (ConsentTest::head(200, 'Content-Type: text/html'),
            $t->read_file($files[$i]));
});

$t->run("consent_rules $root/rules/*.json; consent_reuse off;
         consent_zone bench:1m; proxy_max_temp_file_size 0;
         server { listen %%LISTEN%%; }" . join '', map {
    "server { listen 127.0.0.1:$port{$_} sndbuf=4k; consent $_;
              location / { proxy_pass http://%%UPSTREAM%%; } }"
} sort keys %port);


sub allocated {
    sysseek $count, 0, 0;
    sysread $count, my $bytes, 8;

    return unpack 'q', $bytes;
}

# Once it has been the same for long enough.

sub settled {
    my ($last, $same) = (allocated(), 0);

    while ($same < 10) {
        sleep 0.004;

        my $now = allocated();

        $same = $now == $last ? $same + 1 : 0;
        $last = $now;
    }

    return $last;
}

# A client that reads so many bytes, and no more.

sub stops {
    my ($how, $i, $bytes) = @_;
    my $s = IO::Socket::INET->new(Proto => 'tcp') or die "socket: $!\n";
    my $got = 0;

    setsockopt $s, SOL_SOCKET, SO_RCVBUF, pack 'i', 2048;
    $s->connect($port{$how}, inet_aton('127.0.0.1')) or die "connect: $!\n";
    syswrite $s, "GET /$i HTTP/1.1\r\nHost: www.p$i.example\r\n"
                 . "Connection: close\r\nSec-Fetch-Dest: document\r\n\r\n";

    while ($got < $bytes) {
        my $n = sysread $s, my $text, 2048 or last;

        $got += $n;
    }

    return $got < $bytes ? undef : $s;
}

# 0 for one who got the whole page.

sub held {
    my $before = settled();
    my $s = stops(@_) or return;

    return settled() - $before;
}


my @held;

# What a worker keeps for all who ask for a page, it has by the third time.

for my $i (0 .. $#files) {
    for my $how ('off', 'enforce', 'enforce') {
        stops($how, $i, 1 << 30);
    }

    for (my $at = $step / 2; $at < -s $files[$i]; $at += $step) {
        my ($ours, $plain) = map { held($_, $i, $at) // 0 } qw/ enforce off /;

        # Else it is all in the kernel's buffers.
        push @held, $ours - $plain if $plain > 4096;
    }
}

@held = sort { $a <=> $b } @held;

sub at { return sprintf '%.1f', $held[int $_[0] * $#held] / 1024 }

printf "%d pages, %d stops; KiB more than where consent is off:\n",
       scalar @files, scalar @held;
printf "p50 %s, p75 %s, p90 %s, p99 %s, p99.9 %s, the most %s; %.1f %% of "
       . "them above 16\n", map({ at($_) } 0.5, 0.75, 0.9, 0.99, 0.999, 1),
       100 * grep({ $_ > 16 * 1024 } @held) / @held;
$t->stop();
