#!/usr/bin/perl
#
# Bodies in pieces of any size: from an upstream, through SSI, to gzip.

use warnings;
use strict;

use FindBin;
use lib "$FindBin::Bin/lib";

use ConsentTest;
use IO::Uncompress::Gunzip qw/ gunzip /;
use IO::Compress::Gzip qw/ gzip /;
use IO::Socket::INET;
use Test::More;
use Time::HiRes qw/ sleep /;

my $t = ConsentTest->new();

my $html = '<!doctype html><html><head><title>T</title>'
    . '<script src="https://stats.test/s.js"></script>'
    . '<script>startStats("a")</script></head><body><p>one</p>'
    . '<iframe src="https://video.test/embed/1"></iframe>'
    . '<img src="https://ads.test/p.gif"><p>two</p></body></html>';

my $big = $html =~ s{<p>one</p>}{'<p>' . 'filler text ' x 400 . '</p>'
                                . '<b><i>x</i></b>' x 5000}er;


sub handler {
    my ($request) = @_;
    my $uri = $request->{uri} =~ s/^.*\?//r;
    my $head = ConsentTest::head(200, 'Content-Type: text/html');

    if ($uri =~ /^bytes$/) {
        return ($head, map { ($_, \0.001) } split //, $html);
    }

    if ($uri =~ /^split=(\d+)$/) {
        return ($head, substr($html, 0, $1), \0.05, substr($html, $1));
    }

    if ($uri eq 'slow' || $uri eq 'late') {
        my $type = 'Content-Type: text/html'
                   . ($uri eq 'slow' ? '; charset=utf-8' : '');

        return (ConsentTest::head(200, $type), '<html><body><p>first</p>', \1,
                '<img src="https://ads.test/p.gif">', \1,
                '<p>last</p></body></html>');
    }

    if ($uri eq 'stalls') {
        return ($head, '<html><body><p>first</p>', \2.2,
                '<meta charset=iso-2022-jp><img src="https://ads.test/p.gif">'
                . "\e\$B<p>last</p></body></html>");
    }

    if ($uri eq 'cut') {
        return ($head, '<html><body><p>first</p><script src="https://ads.t');
    }

    if ($uri eq 'chunked') {
        return (ConsentTest::head(200, 'Content-Type: text/html',
                                  'Transfer-Encoding: chunked'),
                map({ sprintf("%x\r\n%s\r\n", length, $_) }
                    $html =~ /(.{1,7})/gs),
                "0\r\n\r\n");
    }

    if ($uri eq 'gzip') {
        my $take = $request->{headers}{'accept-encoding'} // '';
        my $out = $html;

        return ($head, $html) if $take !~ /gzip/;

        gzip \$html, \$out;
        return (ConsentTest::head(200, 'Content-Type: text/html',
                                  'Content-Encoding: gzip'), $out);
    }

    if ($uri eq 'forced') {
        my $out;

        gzip \$html, \$out;
        return (ConsentTest::head(200, 'Content-Type: text/html',
                                  'Content-Encoding: gzip'), $out);
    }

    return ($head, $big) if $uri eq 'big';
    return ($head, '') if $uri eq 'empty';

    return ($head, $html);
}


$t->upstream(\&handler);

$t->write_file('html/ssi.html',
    '<html><body><p>a</p><!--# include virtual="/part.html" -->'
    . '<img src="https://ads.test/a.gif"><!--# include virtual="/up?plain" -->'
    . '</body></html>');
$t->write_file('html/part.html',
    '<img src="https://stats.test/b.gif"><p>p</p>');
$t->write_file('html/tag.html',
    '<html><body><!--# echo var="open" encoding="none" -->'
    . 'src="https://ads.test/x.js"></script></body></html>');
$t->write_file('html/big.html', $big);
$t->write_file("html/script$_.html", "<!doctype html><title>x</title><script>"
                                     . 'x' x $_ . ';startStats("a")</script>')
    for 60_000, 70_000;
$t->write_file('html/static.html', $html);

my $gz;
gzip \$html, \$gz;
$t->write_file('html/static.html.gz', $gz);

my $conf = <<'END';
    consent_rules %%RULES%%;
    consent enforce;
    consent_banner off;
    root %%DIR%%/html;

    server {
        listen %%LISTEN%%;
        proxy_http_version 1.1;

        location /up { proxy_pass http://%%UPSTREAM%%; }
        location /now {
            proxy_pass http://%%UPSTREAM%%;
            proxy_buffering off;
            gzip on; gzip_min_length 0; gzip_proxied any;
        }
        location /small {
            proxy_pass http://%%UPSTREAM%%;
            proxy_buffers 4 1k; proxy_buffer_size 1k;
            proxy_busy_buffers_size 2k;
        }
        location /gz {
            proxy_pass http://%%UPSTREAM%%;
            gzip on; gzip_min_length 0; gzip_proxied any;
        }
        location /gunzip { proxy_pass http://%%UPSTREAM%%; gunzip on; gzip on;
                           gzip_min_length 0; gzip_proxied any; }
        location /ssi {
            alias %%DIR%%/html/;
            ssi on;
            sendfile on;
            set $open "<script ";
        }
        location /file/ {
            alias %%DIR%%/html/;
            sendfile on;
            output_buffers 1 512;
            gzip_static GZIP_STATIC;
        }
        location /aio/ {
            alias %%DIR%%/html/;
            AIO_THREADS
            output_buffers 2 512;
        }
        location /rate/ { alias %%DIR%%/html/; limit_rate 200k; }
        location /whole/ {
            alias %%DIR%%/html/;
            chunked_transfer_encoding off;
        }
        location /list/ { alias %%DIR%%/html/; autoindex on; }
        location = /part.html { consent off; sendfile on; }
    }
END

my ($threads) = $t->check_conf('aio threads;');

$conf =~ s/AIO_THREADS/$threads ? 'aio threads;' : ''/e;

my ($ok) = $t->check_conf($conf =~ s/GZIP_STATIC/on/r);
$conf =~ s/gzip_static GZIP_STATIC;/$ok ? 'gzip_static on;' : ''/e;

$t->run($conf);

my $want = $t->get('/up?plain')->{body};

like $want, qr/data-pc-src="https:\/\/stats/, 'held back';
unlike $want, qr/[\s"']src="https:/, 'nothing else leaves';

is $t->get('/up?chunked')->{body}, $want, 'chunked by 7 bytes';
is $t->get('/up?bytes')->{body}, $want, 'byte by byte';
is $t->get('/now?bytes')->{body}, $want, 'byte by byte, unbuffered';

my @wrong = grep { $t->get("/now?split=$_")->{body} ne $want }
            map { $_ * 11 } 1 .. length($html) / 11;
is "@wrong", '', 'split anywhere';

my $page = $t->get('/up?empty');
is $page->{status}, 200, 'empty page';
is $page->{body}, '', 'stays empty';
ok $page->{complete}, 'and ends';


# A large page, more than the buffers hold; small buffers; a slow reader.

my $large = $t->get('/up?big')->{body};

is length($large), length($big) + length($want) - length($html), 'large page';
is $t->get('/small?big')->{body}, $large, 'small buffers';
is $t->get('/now?big')->{body}, $large, 'unbuffered';
is $t->get('/file/big.html')->{body}, $large, 'from a file';
is $t->get('/aio/big.html')->{body}, $large, 'which threads read';
is $t->get('/rate/big.html')->{body}, $large, 'no quicker than may be';
is $t->get('/whole/big.html')->{body}, $large, 'without chunks';
like $t->get('/list/', 'Sec-Fetch-Dest', 'document')->{body},
    qr{<a href="big.html">.*</html>}s, 'a list that nginx makes';

like $t->get('/file/script60000.html')->{body},
    qr{<script type="text/plain" [^>]*>x+;startStats\("a"\)</script>$},
    'a script within the bound is held back';
like $t->get('/file/script70000.html')->{body},
    qr{<script>x+;startStats\n\#</script>$},
    'a longer one has gone out, and is cut short';


# Nothing waits longer than it must.

{
    local $t->{protocol} = 'http';
    $page = $t->get('/now?slow');
}

my @times = @{ $page->{times} };
my ($first) = grep { substr($page->{raw}, 0, $_->[1]) =~ /first/ } @times;

cmp_ok $times[-1][0] - $first->[0], '>', 1.5, 'text goes out as it comes';
like $page->{body}, qr{last</p></body></html>$}, 'and all of it';
is $t->get('/now?late')->{body}, $page->{body},
    'and if it must wait for its charset';


# What is to go out at once waits a second for its charset, and no longer:
# what is declared from there on, it is read so that it does not matter.

for my $coding ('', 'gzip') {
    local $t->{protocol} = 'http';

    $page = $t->get('/now?stalls', 'Accept-Encoding' => $coding);
    @times = map { $_->[0] } @{ $page->{times} };

    if ($coding) {
        my $packed = $page->{body};

        gunzip \$packed, \$page->{body};
    }

    cmp_ok $times[-1] - $times[0], '>', 0.6, 'no charset in time';
    like $page->{raw}, qr/^Content-Type: text\/html\r$/m, 'none is made up';
    like $page->{body}, qr{first.* data-pc-src="https://ads.*\x1a\$B<p>last}s,
        'and no reading of the page is another one';
}

like $t->get('/now?stalls')->{body}, qr{first.*ads\.test.*last}s,
    'over each protocol';

# One who has gone by then, and another one on the same connection.

my $client = IO::Socket::INET->new(PeerAddr => "127.0.0.1:$t->{port}");
syswrite $client, "GET /now?stalls HTTP/1.1\r\nHost: a.test\r\n\r\n";
sleep 0.3;
close $client;

{
    local $t->{protocol} = 'http';
    $page = $t->raw(join '', map { "GET /now?$_ HTTP/1.1\r\nHost: a.test\r\n"
                                   . ($_ eq 'slow' ? "Connection: close\r\n"
                                                   : '') . "\r\n" }
                             'bytes', 'split=9', 'slow');
}

is scalar(() = $page->{raw} =~ m{^HTTP/1.1 200 }mg), 3,
    'nothing is left of requests that came to their end';

$page = $t->get('/up?cut');
unlike $page->{body}, qr{ src="https://ads}, 'a tag cut off is no tag';
like $page->{body}, qr{<p>first</p>}, 'what came before it is there';


# Compression, both sides.

$page = $t->get('/gz?gzip', 'Accept-Encoding' => 'gzip');
is ConsentTest::header($page, 'Content-Encoding'), 'gzip',
    'compressed for the client';

my $plain;
gunzip \$page->{body}, \$plain;
is $plain, $want, 'and rewritten';

is $t->get('/gz?gzip')->{body}, $want, 'not for one who does not take it';

$page = $t->get('/gunzip?forced', 'Accept-Encoding' => 'gzip');
is ConsentTest::header($page, 'Content-Encoding'), 'gzip', 'gunzip on';
gunzip \$page->{body}, \$plain;
is $plain, $want, 'a compressed page is read and compressed again';

$page = $t->get('/up?forced', 'Accept-Encoding' => 'gzip');
is ConsentTest::header($page, 'Content-Encoding'), undef, 'without gunzip';
is $page->{body}, $want, 'it is read all the same';

SKIP: {
    skip 'no gzip_static', 2 if !$ok;

    $page = $t->get('/file/static.html', 'Accept-Encoding' => 'gzip');
    is $page->{status}, 200, 'gzip_static';
    is $page->{body}, $want, 'the plain file is taken';
}


# SSI: the page is judged as it is put together.

$page = $t->get('/ssi/ssi.html');
like $page->{body}, qr{<p>p</p>}, 'included';
like $page->{body}, qr{<p>two</p>}, 'included from the upstream';
unlike $page->{body}, qr{ src="https:}, 'all parts are held back';
ok $page->{complete}, 'whole';

$page = $t->get('/ssi/tag.html');
unlike $page->{body}, qr{<script src="https:}, 'a tag out of two parts';

$t->done();
