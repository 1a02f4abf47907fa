#!/usr/bin/perl
#
# What a page that comes again lets out is gathered into few writes.  That waits
# for nothing that the upstream does, and slow readers get all of it, or are
# given up, as with any other page.

use warnings;
use strict;

use FindBin;
use IO::Select;
use IO::Socket::INET;
use lib "$FindBin::Bin/lib";
use Socket qw/ SOL_SOCKET SO_RCVBUF /;
use Time::HiRes qw/ sleep time /;

use ConsentTest;
use Test::More;

my $text = join '', map { "<p>Paragraph $_ of a page that is long.</p>\n" }
           1 .. 12_000;
my $held = '<script src="https://stats.test/s.js"></script>'
           . '<img src="https://ads.test/p.gif">';
my $html = "<!doctype html><html><body>$held$text$held</body></html>";
my $pause = 6;

# Pauses and ends too early only once it has been seen often enough.

sub answer {
    my ($t, $request) = @_;
    my ($way) = $request->{uri} =~ m{^/(\w+)};
    my @head = ('Content-Type: text/html; charset=utf-8',
                'Content-Length: ' . length $html);
    my $half = 40_000;

    return (ConsentTest::head(200, $head[0]), '<img alt="' . 'x' x 9_000,
            \2, '"> end') if $way eq 'begun';
    return (ConsentTest::head(200, @head), substr($html, 0, $half), \$pause,
            substr $html, $half)
        if $way eq 'pauses' && -e "$t->{dir}/often";
    return (ConsentTest::head(200, @head), substr $html, 0, 30_000)
        if $way eq 'torn' && -e "$t->{dir}/often";
    return (ConsentTest::head(200, @head), $html);
}

# Asks, and reads after so many seconds, in pieces of some size.

sub slowly {
    my ($t, $path, $wait, $piece) = @_;
    my ($got, $last) = ('', time());

    my $s = IO::Socket::INET->new(Proto => 'tcp') or die "socket: $!";
    setsockopt $s, SOL_SOCKET, SO_RCVBUF, pack 'i', 4096;
    connect $s, Socket::pack_sockaddr_in($t->{port},
                                         Socket::inet_aton('127.0.0.1'))
        or die "connect: $!";

    syswrite $s, "GET $path HTTP/1.1\r\nHost: www.site.example\r\n"
                 . "Sec-Fetch-Dest: document\r\nConnection: close\r\n\r\n";
    sleep $wait;

    my $begun = time();

    while (time() - $begun < 20
           && IO::Select->new($s)->can_read(10)
           && sysread $s, $got, $piece, length $got)
    {
        $last = time();
    }

    return (ConsentTest::parse($got), $last - $begun);
}

my $t = ConsentTest->new();

$t->upstream(sub { answer($t, @_) });
$t->run(<<'END_CONF');
    consent_rules %%RULES%%;
    proxy_max_temp_file_size 0;

    server {
        listen %%LISTEN%% sndbuf=4k;
        server_name www.site.example;
        send_timeout 1s;
        consent enforce;
        location / { proxy_pass http://%%UPSTREAM%%; }
        location = /status { consent off; consent_status; }
    }
END_CONF

my %expected;

for my $path (qw{ /page /pauses /torn }) {
    $expected{$path} = $t->get($path)->{body};
    is $t->get($path)->{body}, $expected{$path},
        "$path, once more" for 1 .. 2;
}

like $t->get('/status')->{body}, qr/"again":\s*[3-9]/,
    '... and it was no other';

$t->write_file('often', '');

my ($page) = slowly($t, '/page', 0.3, 3000);

is $page->{body}, $expected{'/page'}, 'a slow reader has all of it';

# Nobody reads while the upstream pauses, behind less than is gathered.

($page, my $took) = slowly($t, '/pauses', 1.8, 65_536);
ok !$page->{complete}, 'who does not read is waited for as is told';
cmp_ok $took, '<', 3, 'and not until the upstream goes on';

$page = $t->get('/torn');
ok !$page->{complete}, 'what broke off is not complete';
cmp_ok length $page->{body}, '>', 25_000, 'and what came of it came out';
is index($expected{'/torn'}, $page->{body}), 0, 'as before';

# The header of a page of which all that is there begins a tag.

$page = $t->raw("GET /begun HTTP/1.1\r\nHost: www.site.example\r\n"
                . "Sec-Fetch-Dest: document\r\nConnection: close\r\n\r\n");
cmp_ok $page->{times}[-1][0] - $page->{times}[0][0], '>', 0.3,
    'the header does not wait for the body';
like $page->{body}, qr/<img alt="x+"> end/, 'which comes behind it';

unlink "$t->{dir}/often";
$t->done();
