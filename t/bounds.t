#!/usr/bin/perl
#
# Pages made to be costly: the worker's memory stays as it is, what is denied
# stays held, all of it is counted, and ordinary pages go on being served.

use warnings;
use strict;

use FindBin;
use JSON::PP;
use lib "$FindBin::Bin/lib";

use ConsentTest;
use Test::More;

my $t = ConsentTest->new();

# KiB that a worker may take more than after its first page, and for each
# request that waits: the rewriter's bound is 128 KiB a request, nginx's own
# buffers are small; what allocators and page tables add is generous.

my $room = 2048;
my $each = 512;

my $img = '<img src="https://ads.test/p.gif">';
my $live = qr/[\s"']src="https:\/\/ads/;


# Name, page, and what must not stand in it when it comes out.

my @pages = (
    [ 'a tag of 50 MB',
      '<img alt="' . 'x' x 50_000_000 . '" src="https://ads.test/p.gif"><p>',
      $live ],
    [ 'one without an end',
      '<p>a</p><img src="https://ads.test/p.gif" alt="' . 'x' x 20_000_000,
      $live ],
    [ 'a million attributes',
      '<img' . ' a=b' x 1_000_000 . ' src="https://ads.test/p.gif">', $live ],
    [ 'a million that are known',
      '<img' . ' src="https://ads.test/p.gif"' x 1_000_000 . '>', $live ],
    [ '100,000 svg in svg', '<svg>' x 100_000 . $img, $live ],
    [ '100,000 foreignObject', '<svg><foreignObject>' x 100_000 . $img,
      $live ],
    [ 'an endless comment', $img . '<!-- ' . 'a comment -- ' x 2_000_000,
      $live ],
    [ 'an endless script',
      '<script>' . "var a = 1;\n" x 2_000_000 . 'startStats("a")',
      qr/startStats\(/ ],
    [ 'an import map of 10 MB',
      '<script type="importmap">{"imports":{' . '"a":"/b.js",' x 800_000
      . '"c":"https://ads.test/c.js"}}</script>',
      qr/<script type="importmap/ ],
    [ 'a srcset of 10 MB',
      '<img srcset="' . '/b.gif 1x,' x 1_000_000
      . 'https://ads.test/p.gif 2x">', qr/[\s"']srcset=/ ],
    [ 'a srcdoc of 10 MB',
      '<iframe srcdoc="' . '<p>b</p>' x 1_300_000
      . "<img src='https://ads.test/p.gif'>\"></iframe>", qr/[\s"']srcdoc=/ ],
    [ 'a million addresses in a style',
      '<p style="' . 'a:url(https://ads.test/p.gif);' x 1_000_000 . '">',
      qr/[\s"']style=/ ],
    [ 'a million base', '<base href="http://[">' x 1_000_000 . $img, $live ],
    [ 'values ever longer',
      join('', map { '<img src="/?&amp;' . 'x' x (64 * $_) . '">' }
               1 .. 1000) . $img, $live ],
);

for my $i (0 .. $#pages) {
    $t->write_file("html/$i.html", $pages[$i][1]);
}

$t->write_file('html/plain.html', "<p>x</p>$img");

$t->run(<<'END');
    consent_rules %%RULES%%;
    consent_zone test:1m;

    server {
        listen %%LISTEN%%;
        root %%DIR%%/html;
        consent enforce;

        location = /status { consent off; consent_status; }
    }
END


sub worker {
    my ($pid) = split ' ',
        $t->read_file("/proc/$t->{pid}/task/$t->{pid}/children");

    return $pid;
}


# The most that a process has had in memory so far, in KiB.

sub most {
    my ($pid) = @_;

    return $t->read_file("/proc/$pid/status") =~ /^VmHWM:\s+(\d+) kB/m
           ? $1 : undef;
}


sub counted {
    my $held = decode_json($t->get('/status')->{body});
    my $n = 0;

    $n += $_->{elements} for values %{ $held->{held} };

    return $n;
}


my $plain = $t->get('/plain.html')->{body};
like $plain, qr/data-pc-src="https:\/\/ads/, 'an ordinary page';

my @lazy;
my $pid = worker();
my $begin = most($pid);

for my $i (0 .. $#pages) {
    my ($name, $text, $wrong) = @{ $pages[$i] };
    my $before = counted();

    # in HTTP/1.0, so that nothing has to be unchunked
    my $page = $t->raw("GET /$i.html HTTP/1.0\r\n"
                       . "Host: $t->{host}\r\n\r\n");

    # like() would print all of it
    ok $page->{status} == 200 && length $page->{body} > 500_000
       && $page->{body} !~ $wrong, "$name: held back";
    cmp_ok counted(), '>', $before, '... and counted';
}


# One that does not read: what has to be copied must not pile up.

for my $i (0 .. $#pages) {
    my $s = IO::Socket::INET->new(PeerAddr => "127.0.0.1:$t->{port}")
        or die "connect: $!";

    syswrite $s, "GET /$i.html HTTP/1.0\r\nHost: $t->{host}\r\n\r\n";
    push @lazy, $s;
}

sleep 1;

SKIP: {
    skip 'no /proc here', 2 if !defined $begin;

    is worker(), $pid, 'one worker for all of it';
    cmp_ok most($pid), '<', $begin + $room + @lazy * $each,
        'its memory stayed within bounds';
    note 'KiB more than after the first page: ', most($pid) - $begin;
}

close $_ for @lazy;

is $t->get('/plain.html')->{body}, $plain, 'an ordinary page, as before';

$t->done();
