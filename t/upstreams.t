#!/usr/bin/perl
#
# Pages that come by other protocols than HTTP/1: each upstream speaks just
# enough of its own, and says in X-Saw what it was told of cookies and codings.

use warnings;
use strict;

use FindBin;
use IO::Compress::Gzip qw/ gzip /;
use lib "$FindBin::Bin/lib";

use ConsentTest;
use Test::More;

my $t = ConsentTest->new();

my $page = '<!doctype html><html><head><title>x</title>'
           . '<script src="https://stats.test/s.js"></script></head><body>'
           . '<img src="https://ads.test/p.gif"><p>'
           . 'text ' x 4000 . '</p><img src="https://ads.test/q.gif">'
           . '</body></html>';
my $data = '{"a":"<img src=https://ads.test/p.gif>"}';
my $live = qr{\ssrc="https://(?:ads|stats)\.test};

gzip \$page, \my $gz;


# Reads until there are so many bytes, or it matches.

sub have {
    my ($s, $text, $until) = @_;

    while (ref $until ? $$text !~ $until : length $$text < $until) {
        sysread $s, $$text, 65536, length $$text or return 0;
    }

    return 1;
}

# Pieces of so many bytes where the path ends with a number; else one.

sub put {
    my ($s, $uri, $text) = @_;
    my ($size) = $uri =~ m{/(\d+)$};

    for (defined $size ? unpack "(a$size)*", $text : $text) {
        syswrite $s, $_ or return;
        select undef, undef, undef, 0.0002 if defined $size;
    }
}

sub saw {
    my ($cookie, $coding) = @_;

    return join '|', map { $_ // '-' } $cookie, $coding;
}

sub answer {
    my ($uri, @saw) = @_;
    my ($type, $body) = $uri =~ /data/ ? ('application/json', $data)
                                       : ('text/html; charset=utf-8', $page);

    return "Status: 200 OK\r\nContent-Type: $type\r\nETag: \"a\"\r\nX-Saw: "
           . saw(@saw) . "\r\n\r\n$body";
}


# https://uwsgi-docs.readthedocs.io/en/latest/Protocol.html

sub uwsgi {
    my ($s) = @_;
    my ($text, %vars) = ('');

    have($s, \$text, 4) or return;

    my $size = unpack 'xv', $text;

    have($s, \$text, 4 + $size) or return;
    %vars = unpack '(v/a*)*', substr $text, 4, $size;

    put($s, $vars{REQUEST_URI}, "HTTP/1.1 200 OK\r\n"
        . answer(@vars{qw/ REQUEST_URI HTTP_COOKIE HTTP_ACCEPT_ENCODING /}));
}

# https://python.ca/scgi/protocol.txt

sub scgi {
    my ($s) = @_;
    my $text = '';

    have($s, \$text, qr/^\d+:/) or return;

    my ($head, $size) = $text =~ /^((\d+):)/;

    have($s, \$text, length($head) + $size + 1) or return;

    my %vars = substr($text, length $head, $size)
               =~ /([^\0]*)\0([^\0]*)\0/g;

    put($s, $vars{REQUEST_URI},
        answer(@vars{qw/ REQUEST_URI HTTP_COOKIE HTTP_ACCEPT_ENCODING /}));
}

# FastCGI, 3.3: type, id, length, padding; 4 is for names and values, 5 for the
# body, 6 for what comes back.

sub record {
    my ($type, $text) = @_;

    return pack('CCnnCx', 1, $type, 1, length $text, 0) . $text;
}

sub size {
    my ($text) = @_;
    my $long = ord($$text) > 127;
    my $n = unpack $long ? 'N' : 'C', $$text;

    substr $$text, 0, $long ? 4 : 1, '';

    return $n & 0x7fffffff;
}

sub fastcgi {
    my ($s) = @_;
    my ($text, $params, $type) = ('', '', 0);

    while ($type != 5) {
        have($s, \$text, 8) or return;
        (undef, $type, undef, my ($size, $pad)) = unpack 'CCnnC', $text;
        have($s, \$text, 8 + $size + $pad) or return;
        $params .= substr $text, 8, $size if $type == 4;
        substr $text, 0, 8 + $size + $pad, '';
    }

    my %vars;

    while (length $params) {
        my ($n, $m) = (size(\$params), size(\$params));
        my ($name, $value) = unpack "a${n}a$m", $params;

        substr $params, 0, $n + $m, '';
        $vars{$name} = $value;
    }

    put($s, $vars{REQUEST_URI}, join '',
        map({ record(6, $_) } unpack '(a900)*',
            answer(@vars{qw/ REQUEST_URI HTTP_COOKIE HTTP_ACCEPT_ENCODING /})),
        record(6, ''), record(3, "\0" x 8));
}

# The key is the path; of /coded the flag says that it is in gzip.

sub memcached {
    my ($s) = @_;
    my $text = '';

    have($s, \$text, qr/\r\n/) or return;

    my ($key) = $text =~ /^get (\S+)/ or return;
    my ($flags, $body) = $key =~ /coded/ ? (2, $gz)
                         : $key =~ /data/ ? (0, $data) : (0, $page);

    put($s, $key, sprintf "VALUE %s %d %d\r\n%s\r\nEND\r\n", $key, $flags,
        length $body, $body);
}

# RFC 9113, 4.1: length, type, flags, stream; RFC 7541, 6.2.2: fields that need
# no table.  Without a window's update, a peer takes 65535 bytes.

sub frame {
    my ($type, $flags, $stream, $text) = @_;

    return substr(pack('N', length $text), 1)
           . pack('CCN', $type, $flags, $stream) . $text;
}

sub field {
    my ($name, $value) = @_;

    return pack 'CC/a*C/a*', 0, $name, $value;
}

sub grpc {
    my ($s, $uri) = @_;
    my ($text, $type, $flags) = ('', 0, 0);

    have($s, \$text, 24) or return;
    substr $text, 0, 24, '';
    syswrite $s, frame(4, 0, 0, '');

    while ($type != 1 || !($flags & 4)) {
        have($s, \$text, 9) or return;
        my $size = unpack 'N', "\0" . substr $text, 0, 3;
        ($type, $flags) = unpack 'x3CC', $text;
        have($s, \$text, 9 + $size) or return;
        syswrite $s, frame(4, 1, 0, '') if $type == 4 && !($flags & 1);
        substr $text, 0, 9 + $size, '';
    }

    my ($mime, $body) = $uri =~ /data/ ? ('application/grpc', $data)
                                       : ('text/html', $page);

    put($s, $uri, join '',
        frame(1, 4, 1, "\x88" . field('content-type', $mime)
              . field('etag', '"a"')),
        map({ frame(0, 0, 1, $_) } unpack '(a5000)*', $body),
        frame(1, 5, 1, field('grpc-status', '0')));
    sysread $s, $text, 65536;
}


my %serve = (uwsgi => \&uwsgi, scgi => \&scgi, fastcgi => \&fastcgi,
             memcached => \&memcached, grpc => \&grpc);
my @kinds = grep { $_ ne 'grpc' || $t->speaks('h2') } sort keys %serve;
my $locations = '';

# A path stands in HTTP/2 in a code that is not read here: one server for each.

for my $kind (@kinds) {
    for my $uri (qw{ /page /page/97 /data }) {
        my $port = $t->server(sub { $serve{$kind}->($_[0], $uri) });
        my $to = ($kind eq 'grpc' ? 'grpc://' : '') . "127.0.0.1:$port";
        my $more = $kind eq 'grpc'        ? ''
                   : $kind eq 'memcached' ? 'set $memcached_key $uri;
                                             memcached_gzip_flag 2;'
                   : "${kind}_param REQUEST_URI \$request_uri;";
        my $type = $uri eq '/data' ? 'default_type application/json;' : '';

        $locations .= "location /$kind$uri { ${kind}_pass $to; $more $type }\n";
    }
}

$t->run(<<"END_CONF");
    consent_rules %%RULES%%;

    server {
        listen %%LISTEN%%;
        consent enforce;
        consent_banner off;
        default_type text/html;
        charset utf-8;
        $locations
    }
END_CONF

my @doc = ('Sec-Fetch-Dest' => 'document', 'Accept-Encoding' => 'br');
my (undef, $all) = $t->choose('accept');

for my $kind (@kinds) {
    my $denied = $t->get("/$kind/page", @doc, Cookie => 'a=1; _st=2');

    is $denied->{status}, 200, "$kind: a page";
    unlike $denied->{body}, $live, 'nothing denied';
    like $denied->{body}, qr{data-pc-src="https://ads\.test/q\.gif".*</html>$},
        'all of it';

    my $pieces = $t->get("/$kind/page/97", @doc, Cookie => 'a=1; _st=2');

    is $pieces->{body}, $denied->{body}, 'the same in pieces';

    my $granted = $t->get("/$kind/page", @doc, Cookie => "$all; _st=2");

    is $granted->{body}, $page, 'as it is, where all is granted';
    is $t->get("/$kind/data", @doc)->{body}, $data, 'data as they are';

    # Neither of these tells its upstream of a cookie.

    next if $kind eq 'memcached' || $kind eq 'grpc';

    is ConsentTest::header($denied, 'X-Saw'), 'a=1|-',
        'it sees no cookie that is denied, and no coding to send';
    is ConsentTest::header($granted, 'X-Saw'), "$all; _st=2|br",
        'and all of them where that is granted';
    like ConsentTest::header($denied, 'ETag'), qr{^W/"a~pcs-}, 'its tag';
}

my $coded = $t->get('/memcached/page/coded', @doc);

unlike $coded->{body}, $live, 'memcached: a page in a coding, nothing denied';
like $coded->{body}, qr{data-pc-src="https://ads\.test/q\.gif".*</html>$},
    'all of it';

$t->done();
