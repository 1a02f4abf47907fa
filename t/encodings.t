#!/usr/bin/perl
#
# Pages that come in a content coding: gzip, deflate, br and zstd are read,
# from upstreams, caches and files, and compressed again by nginx's filters.

use warnings;
use strict;

use FindBin;
use lib "$FindBin::Bin/lib";

use Compress::Zlib;
use ConsentTest;
use Digest::MD5 qw/ md5_hex /;
use IO::Compress::Gzip qw/ gzip /;
use IO::Uncompress::Gunzip qw/ gunzip /;
use Socket qw/ SOL_SOCKET SO_RCVBUF /;
use Test::More;
use Time::HiRes qw/ sleep /;

my $t = ConsentTest->new();

my $html = '<!doctype html><html><head><title>T</title>'
    . '<script src="https://stats.test/s.js"></script></head><body><p>one</p>'
    . join('', map { "<p>$_ " . 'text ' x ($_ % 40) . '</p>' } 1 .. 2000)
    . '<img src="https://ads.test/p.gif"><p>two</p></body></html>';

my @codings = qw/ gzip deflate br zstd /;


sub by_program {
    my ($program, $text) = @_;
    my $file = $t->write_file("packed/$program", $text);

    return scalar qx{$program -5 -c $file};
}


sub pack_as {
    my ($coding, $text) = @_;
    my $out;

    return by_program('brotli', $text) if $coding eq 'br';
    return by_program('zstd', $text) if $coding eq 'zstd';
    return Compress::Zlib::compress($text) if $coding eq 'deflate';

    gzip \$text, \$out;

    return $out;
}


sub raw_deflate {
    my ($d) = deflateInit(-WindowBits => -MAX_WBITS);

    return $d->deflate($_[0]) . $d->flush();
}


my %packed = map { $_ => pack_as($_, $html) } @codings;
my $long = $html =~ s{<p>two}{
    join '', map { '<p>' . md5_hex($_) x 100 } 1 .. 800
}er;
my %long = map { $_ => pack_as($_, $long) } @codings;
my %part = map { $_ => pack_as($_, '<img src="https://ads.test/i.gif">') }
           @codings;
my $wide = pack_as('gzip', "\xff\xfe" . join '', map { "$_\0" } split //,
                           $html);
my $bomb = pack_as('gzip', '<html><body>' . '<p></p> ' x 2_000_000);

# 40 MB out of some hundred bytes.
my $tight = do {
    my $file = $t->write_file('packed/bomb', '<html><body>' . 'x' x 40e6);
    scalar qx{brotli -q 5 -c $file};
};


sub head {
    return ConsentTest::head(200, @_);
}


sub flushed {
    my ($d) = deflateInit(-WindowBits => MAX_WBITS);
    my @pieces;

    for my $text ('<html><body><p>first</p>',
                  '<img src="https://ads.test/1.gif">', '<p>last</p>')
    {
        my $out = $d->deflate($text);
        push @pieces, $out . $d->flush(Z_SYNC_FLUSH), \0.7;
    }

    return (@pieces, $d->flush());
}


my %special = (
    raw      => sub { (head('Content-Type: text/html',
                            'Content-Encoding: deflate'),
                       raw_deflate($html)) },
    xgzip    => sub { (head('Content-Type: text/html',
                            'Content-Encoding: X-GZIP'), $packed{gzip}) },
    members  => sub { (head('Content-Type: text/html',
                            'Content-Encoding: gzip'),
                       pack_as('gzip', substr $html, 0, 500),
                       pack_as('gzip', substr $html, 500)) },
    lines    => sub { (head('Content-Type: text/html',
                            'Content-Encoding: br',
                            'Content-Encoding: identity'), $packed{br}) },
    stacked  => sub { (head('Content-Type: text/html',
                            'Content-Encoding: br',
                            'Content-Encoding: gzip'),
                       pack_as('gzip', $packed{br})) },
    json     => sub { (head('Content-Type: application/json',
                            'Content-Encoding: br'), $packed{br}) },
    error    => sub { (ConsentTest::head(404, 'Content-Type: text/html',
                                         'Content-Encoding: zstd'),
                       $packed{zstd}) },
    wide     => sub { (head('Content-Type: text/html',
                            'Content-Encoding: gzip'), $wide) },
    bomb     => sub { (head('Content-Type: text/html',
                            'Content-Encoding: gzip'), $bomb) },
    tight    => sub { (head('Content-Type: text/html',
                            'Content-Encoding: br'), $tight) },
    plain    => sub { (head('Content-Type: text/html',
                            'Content-Encoding: gzip'), $html) },
    empty    => sub { (head('Content-Type: text/html',
                            'Content-Encoding: gzip')) },
    flush    => sub { (head('Content-Type: text/html; charset=utf-8',
                            'Content-Encoding: deflate'), flushed()) },
    accepted => sub { (head('Content-Type: text/html'),
                       'asked: ' . ($_[0]{headers}{'accept-encoding'}
                                    // 'nothing')) },
);


sub handler {
    my ($request) = @_;
    my ($name, $how) = $request->{uri} =~ m{(\w+)(?:\?(\w+))?$};

    return $special{$name}->($request) if $special{$name};

    my $body = $packed{$name} or return ConsentTest::head(404);
    my @head = ('Content-Type: text/html', "Content-Encoding: $name",
                'ETag: "up"', 'Content-Length: ' . length $body);

    return head(@head) if $request->{method} eq 'HEAD';

    $how //= '';

    if ($how eq 'bytes') {
        my $cut = 40;

        return (head(@head), (map { ($_, \0.001) } split //,
                              substr $body, 0, $cut),
                substr($body, $cut, -$cut),
                map { (\0.001, $_) } split //, substr $body, -$cut);
    }

    return (head(@head[0, 1]), map { ($_, \0.0003) }
                               $long{$name} =~ /(.{1,500})/gs)
        if $how eq 'long';

    return (head(@head[0, 1]), substr $body, 0, length($body) / 2)
        if $how eq 'cut';

    if ($how eq 'broken') {
        my $half = length($body) / 2;
        return (head(@head[0, 1]), substr($body, 0, $half),
                "\xff" x 200, substr($body, $half));
    }

    return (head('Content-Type: text/html; charset=utf-8', $head[1]),
            $part{$name}) if $how eq 'part';

    return (head('Content-Type: text/html; charset=utf-8', $head[1]),
            pack_as($name, '<p>a</p><!--# include virtual="/ssi/'
                           . "$codings[1]?part\" -->b")) if $how eq 'ssi';

    return (head(@head), $body);
}


$t->upstream(\&handler);

$t->write_file("html/$_.html", $packed{$_}) for @codings;

my $has_brotli = ConsentTest::debian_module('brotli_filter');

$t->{load} = [ $has_brotli ] if $has_brotli;

my $conf = <<'END';
    consent_rules %%RULES%%;
    consent enforce;
    consent_banner off;
    proxy_cache_path %%DIR%%/cache keys_zone=c:1m;

    server {
        listen %%LISTEN%%;
        location /up/ { proxy_pass http://%%UPSTREAM%%; }
        location /now/ {
            proxy_pass http://%%UPSTREAM%%;
            proxy_buffering off;
        }
        location /small/ {
            proxy_pass http://%%UPSTREAM%%;
            proxy_buffers 4 1k; proxy_buffer_size 1k;
            proxy_busy_buffers_size 2k;
        }
        location /gz/ {
            proxy_pass http://%%UPSTREAM%%;
            gzip on; gzip_min_length 0; gzip_proxied any;
        }
        location /gunzip/ { proxy_pass http://%%UPSTREAM%%; gunzip on; }
        location /ssi/ { proxy_pass http://%%UPSTREAM%%; ssi on; }
        location /sub/ {
            proxy_pass http://%%UPSTREAM%%;
            sub_filter two 2; sub_filter one 1;
        }
        location /cached/ {
            proxy_pass http://%%UPSTREAM%%;
            proxy_cache c; proxy_cache_valid any 1h; proxy_buffering on;
            add_header X-Cache $upstream_cache_status;
        }
        location /pass/ {
            proxy_pass http://%%UPSTREAM%%;
            consent_undecodable pass;
        }
        location /observe/ {
            proxy_pass http://%%UPSTREAM%%;
            consent observe;
            add_header X-Blocked $consent_blocked;
        }
        location = /status { consent_status; consent off; }
        location /file/ {
            alias %%DIR%%/html/;
            sendfile on;
            location ~ gzip { add_header Content-Encoding gzip; }
            location ~ deflate { add_header Content-Encoding deflate; }
            location ~ br { add_header Content-Encoding br; }
            location ~ zstd { add_header Content-Encoding zstd; }
        }
END

$conf .= <<'END' if $has_brotli;
        location /br/ {
            proxy_pass http://%%UPSTREAM%%;
            brotli on; brotli_min_length 0;
        }
END

$t->run("$conf}");

my @doc = ('Sec-Fetch-Dest', 'document');
my @all = $t->choose('accept');
my @any = ('Accept-Encoding', 'gzip, deflate, br, zstd');


sub field {
    return ConsentTest::header(@_) // '';
}


# A client that does not read at once.

sub slowly {
    my ($uri) = @_;
    my $raw = '';
    my $s = IO::Socket::INET->new(
        PeerAddr => "127.0.0.1:$t->{port}",
        Sockopts => [ [ SOL_SOCKET, SO_RCVBUF, 4096 ] ]
    ) or return '';

    syswrite $s, "GET $uri HTTP/1.1\r\nHost: a.test\r\nConnection: close\r\n"
                 . "Sec-Fetch-Dest: document\r\n\r\n";
    sleep 0.3;
    1 while sysread $s, $raw, 65536, length $raw;

    return ConsentTest::parse($raw)->{body};
}


sub fields {
    my ($page) = @_;

    return join "\n", sort map { "$_->[0]: $_->[1]" }
           grep { $_->[0] !~ /^(?:Date|Connection|Transfer-Encoding)$/ }
           @{ $page->{headers} };
}


sub memory {
    my ($worker) = split ' ',
                   $t->read_file("/proc/$t->{pid}/task/$t->{pid}/children");
    my ($kb) = $t->read_file("/proc/$worker/status") =~ /VmHWM:\s+(\d+)/;

    return $kb / 1024;
}


my $want = $t->get('/up/gzip', @doc)->{body};

is length($html =~ s/ src=/ data-pc-src=/gr), length($html) + 16, 'two tags';
like $want, qr{data-pc-src="https://stats.*data-pc-src="https://ads}s, 'read';
unlike $want, qr{ src="https:}, 'and held back';
like $want, qr{^<!doctype html>.*<p>two</p></body></html>$}s, 'whole';

for my $c (@codings) {
    my $page = $t->get("/up/$c", @doc, @any);

    is $page->{body}, $want, "$c is read";
    is field($page, 'Content-Encoding'), '', 'and goes out as it is then';
    is field($page, 'ETag') =~ m{^W/"up~pcw-}, 1, 'with a tag of its own';

    my $again = $t->get("/up/$c", @doc, @any,
                        'If-None-Match' => field($page, 'ETag'));
    is $again->{body}, $want, 'which the upstream would understand';

    is fields($t->head_of("/up/$c", @doc, @any)), fields($page),
        'HEAD says what GET says';

    is $t->get($_, @doc)->{body}, $want, $_
        for map({ ("$_/$c", "$_/$c?bytes") } qw{ /up /now /small }),
            "/gunzip/$c", "/file/$c.html";

    $page = $t->get("/gz/$c", @doc, 'Accept-Encoding' => 'gzip');
    gunzip \$page->{body}, \my $plain;
    is field($page, 'Content-Encoding'), 'gzip', "$c, compressed again";
    is $plain, $want, 'by nginx';
    is field($page, 'Vary') =~ /Accept-Encoding/ ? 1 : 0, 0,
        'gzip_vary is off';

    SKIP: {
        skip 'no brotli filter', 1 if !$has_brotli;

        my $file = $t->write_file('packed/out',
                       $t->get("/br/$c", @doc, @any)->{body});
        is scalar(qx{brotli -dc < $file}), $want, "$c, out in br";
    }

    is $t->get("/up/$c", @doc, @any, @all)->{body}, $packed{$c},
        'all granted: untouched';

    $page = $t->get("/observe/$c", @doc, @any);
    is $page->{body}, $packed{$c}, 'observed: untouched';

    like $t->get("/ssi/$c?ssi", @doc)->{body},
        qr{^<p>a</p><img [^>]*data-pc-src="https://ads.test/i.gif">b$},
        "$c, seen by SSI, and included";

    is $t->get("/sub/$c", @doc)->{body},
        $want =~ s{>one<}{>1<}r =~ s{>two<}{>2<}r, "$c, seen by sub_filter";


    # Cached as it came, for all.

    $page = $t->get("/cached/$c", @doc, @any, @all);
    is $page->{body}, $packed{$c}, 'into the cache';
    $page = $t->get("/cached/$c", @doc, @any);
    is field($page, 'X-Cache'), 'HIT', 'out of the cache';
    is $page->{body}, $want, 'read';
    $page = $t->get("/cached/$c", @doc, @any, @all);
    is field($page, 'X-Cache'), 'HIT', 'out of the cache';
    is $page->{body}, $packed{$c}, 'untouched';


    # Broken and cut.

    for my $how (qw/ cut broken /) {
        $page = $t->get("/up/$c?$how", @doc);

        ok !$page->{complete} || $page->{status} == 502, "$c, $how";
        unlike $page->{body}, qr{ src="https:}, 'held back until there';
    }
}

# What waits for the client waits whole.

my $read = $t->get('/up/gzip?long', @doc)->{body};

cmp_ok length $read, '>', 2_000_000, 'a long page';
like $read, qr{</html>$}, 'to its end';

for my $coding (@codings) {
    ok slowly("/up/$coding?long") eq $read, "$coding, read slowly";
    ok slowly("/small/$coding?long") eq $read, 'from small buffers';
}

is $t->get("/up/$_", @doc)->{body}, $want, $_ for qw/ raw xgzip members lines /;
is $t->get('/up/error', @doc)->{status}, 404, 'an error page';
is $t->get('/up/error', @doc)->{body}, $want, 'is read, too';
is $t->get('/up/json')->{body}, $packed{br}, 'what is no page is not';
is $t->get('/up/empty', @doc)->{body}, '', 'an empty page';
is $t->get('/up/accepted', @doc, @any)->{body}, 'asked: nothing',
    'the upstream is asked for plain pages';
is $t->get('/up/accepted', @doc, @any, @all)->{body}, "asked: $any[1]",
    'but not where they go through';

for my $uri (qw{ /up/stacked /up/plain /pass/plain /now/plain /up/wide }) {
    my $page = $t->get($uri, @doc);

    is $page->{status}, 502, "not delivered: $uri";
    like $page->{body}, qr/^This page was not delivered/, 'a short text';
    is field($page, 'Content-Length'), length $page->{body}, 'and no more';
}

my $page = $t->get('/observe/plain', @doc);
is $page->{body}, $html, 'observed: goes through';

$page = $t->get('/status');
like $page->{body}, qr/"stats"\s*:\s*\{[^}]*"elements"\s*:\s*[1-9]/,
    'elements of coded pages are counted' or diag $page->{body};


# What the upstream flushes is not kept.

{
    local $t->{protocol} = 'http';
    $page = $t->get('/now/flush', @doc);
}

my ($first) = grep { substr($page->{raw}, 0, $_->[1]) =~ /first/ }
              @{ $page->{times} };

cmp_ok $page->{times}[-1][0] - $first->[0], '>', 0.5, 'flushed';
like $page->{body}, qr{data-pc-src="https://ads.test/1.gif"><p>last</p>$},
    'and whole';


# Bombs: memory has a bound, and so has what is believed.

my $before = memory();

my $out = $t->get('/up/bomb', @doc);
is length $out->{body}, 12 + 8 * 2_000_000, 'a large page';
cmp_ok memory() - $before, '<', 4, 'with little memory';

$out = $t->get('/up/tight', @doc);
is $out->{complete}, 0, 'a bomb goes off outside';
cmp_ok length $out->{body}, '<', 33 << 20, 'after 32 MiB';

cmp_ok memory() - $before, '<', 24, 'with that of a window';

is $t->get('/up/gzip', @doc)->{body}, $want, 'life goes on';

$t->done();
