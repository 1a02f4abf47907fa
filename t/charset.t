#!/usr/bin/perl
#
# Charsets: mark, then Content-Type, then the page's own word; pages that
# come in pieces; what can't be told; bytes that only look like ASCII.

use warnings;
use strict;

use FindBin;
use lib "$FindBin::Bin/lib";

use ConsentTest;
use Test::More;

my $t = ConsentTest->new();
my $deny = 'https://ads.test/p.gif';
my $img = qq{<img src="$deny">};
my $late = '<!--' . 'x' x 1100 . '-->';

# A page: type, bytes, and the Content-Type it goes out with; undef: it is
# not delivered.

my %page = (
    mark      => [ 'text/html; charset=gbk', "\xef\xbb\xbf$img",
                   'text/html; charset=gbk' ],
    mark16    => [ 'text/html; charset=utf-8', "\xff\xfe<\0p\0>\0", undef ],
    markmeta  => [ 'text/html', "\xfe\xff<meta charset=utf-8>", undef ],
    marknone  => [ 'text/html', "\xef\xbb\xbf<meta charset=gbk>$img",
                   'text/html' ],
    field     => [ 'text/html; charset=gbk', "<meta charset=big5>$img",
                   'text/html; charset=gbk' ],
    field16   => [ 'text/html; charset=utf-16', '<meta charset=utf-8>',
                   undef ],
    field2022 => [ 'text/html;charset="ISO-2022-JP"',
                   '<meta charset=utf-8>', undef ],
    fieldnone => [ 'text/html; charset=nosuch', $img, undef ],
    fieldmeta => [ 'text/html; charset=nosuch', "<meta charset=gb2312>$img",
                   'text/html; charset=gbk' ],
    comma     => [ 'text/html; charset=big5, text/html', $img,
                   'text/html; charset=big5, text/html' ],
    meta      => [ 'text/html', "<meta charset='SJIS'>$img",
                   'text/html; charset=shift_jis' ],
    meta16    => [ 'text/html', "<meta charset=utf-16>$img",
                   'text/html; charset=utf-8' ],
    meta2022  => [ 'text/html', "<meta charset=iso-2022-jp>$img", undef ],
    metahz    => [ 'text/html', "<meta charset=hz-gb-2312>$img", undef ],
    metanone  => [ 'text/html', "<meta charset=nosuch>$img", undef ],
    pragma    => [ 'text/html', '<meta http-equiv="Content-Type" content="'
                   . "text/html; charset=EUC-JP\">$img",
                   'text/html; charset=euc-jp' ],
    comment   => [ 'text/html', "<!-- <meta charset=iso-2022-jp> -->$img",
                   'text/html' ],
    late      => [ 'text/html', "$late<meta charset=iso-2022-jp>$img",
                   'text/html' ],
    xmldecl   => [ 'text/html', "<?xml encoding='koi8-r'?>$img",
                   'text/html; charset=koi8-r' ],
    xml16     => [ 'text/html', "<\0?\0x\0m\0l\0>\0", undef ],
    xhtml     => [ 'application/xhtml+xml', "<?xml version='1.0'?>$img",
                   'application/xhtml+xml' ],
    xhtmldecl => [ 'application/xhtml+xml', "<?xml encoding='big5'?>$img",
                   'application/xhtml+xml; charset=big5' ],
    xhtml16   => [ 'application/xhtml+xml', "<\0h\0t\0", undef ],
    none      => [ 'text/html', $img, 'text/html' ],
    escape    => [ 'text/html', "<p>\e\$B$img", undef ],
    untyped   => [ undef, "<meta charset=gbk>$img", undef ],
);

$page{untyped}[2] = '';
$page{guessed} = [ 'text/html', qq{$late<p>\xe9\\'\xe9\\n\xe9]]\e\$B</p>},
                   'text/html' ];
$page{guessedhost} = [ 'text/html',
                       qq{$late<img src="//a\x83\@cdn.test/p.gif">},
                       'text/html' ];

# Where bytes are of one character, they are not what they look like: bytes
# before, what is denied in the context they make, and what is not.

my @sets = (
    [ 'shift_jis', "\x83\x5c" ], [ 'shift_jis', "\x95\x5c" ],
    [ 'gbk', "\x81\x5c" ],       [ 'gb18030', "\xfe\x5c" ],
    [ 'gb18030', "\x81\x30\x81\x5c" ],
    [ 'big5', "\xa5\x5c" ],      [ 'big5', "\x87\x5c" ],
);

my @traps = (
    [ style  => sub { qq{<style>a{content:"$_[0]"}p{background:url($deny)}}
                      . qq{b{content:"x"}</style>} } ],
    [ url    => sub { qq{<style>a{background:url($_[0])}}
                      . qq{p{background:url($deny)}</style>} } ],
    [ attr   => sub { qq{<p style="--a:'$_[0]';background:url($deny);}
                      . qq{--b:'x'">} } ],
    [ script => sub { qq{<script>var a="$_[0]";startStats("x")</script>} } ],
    [ host   => sub { qq{<img src="//a$_[0]\@ads.test/p.gif">} } ],
    [ cdata  => sub { my $c = $_[0] =~ s/\x5c$/\x5d/r;
                      qq{<svg><![CDATA[$c]><!-- ]]>}
                      . qq{<image href="$deny"/><!-- --></svg>} } ],
);

for my $i (0 .. $#sets) {
    my ($set, $bytes) = @{ $sets[$i] };

    for my $trap (@traps) {
        my $text = $trap->[1]->($bytes);

        $page{"$trap->[0]$i"} = [ "text/html; charset=$set", $text,
                                  "text/html; charset=$set" ];
        $page{"$trap->[0]meta$i"} = [ 'text/html',
                                      "<meta charset=$set>$text",
                                      "text/html; charset=$set" ];
    }
}


sub handler {
    my ($request) = @_;
    my ($how, $name) = $request->{uri} =~ m{/(\w+)\?(\w+)$};
    my ($type, $body) = @{ $page{$name} };
    my $head = ConsentTest::head(200,
        defined $type ? "Content-Type: $type" : ());

    return ($head, $body) if $how ne 'bytes';
    return ($head, map { ($_, \0.0005) } split //, $body);
}


$t->upstream(\&handler);

$t->run(<<'END');
    consent_rules %%RULES%%;
    consent enforce;
    consent_banner off;
    consent_zone z:1m;

    server {
        listen %%LISTEN%%;
        location /whole { proxy_pass http://%%UPSTREAM%%; }
        location /bytes { proxy_pass http://%%UPSTREAM%%; proxy_buffering off; }
        location /pass {
            consent_undecodable pass;
            proxy_pass http://%%UPSTREAM%%;
        }
        location /observe { consent observe; proxy_pass http://%%UPSTREAM%%; }
        location /asks { consent_banner on; proxy_pass http://%%UPSTREAM%%; }
        location /named/ { alias %%DIR%%/html/; charset gbk; }
        location /plain/ { alias %%DIR%%/html/; }
        location = /status { consent_status; }
    }
END

my @doc = ('Sec-Fetch-Dest', 'document');
my $live = qr{(?<!data-pc-)(?:src|href)="https://ads|url\(https://ads};
my $undecodable = 0;

for my $name (sort keys %page) {
    my ($type, $body, $want) = @{ $page{$name} };
    my $got = $t->get("/whole?$name", @doc);

    if (length $body < 400) {
        my $bytes = $t->get("/bytes?$name", @doc);

        is_deeply [ map { $_->{status}, $_->{body},
                          ConsentTest::header($_, 'Content-Type') } $bytes ],
            [ map { $_->{status}, $_->{body},
                    ConsentTest::header($_, 'Content-Type') } $got ],
            "$name: byte by byte";
    }

    if (!defined $want) {
        $undecodable++;
        is $got->{status}, 502, "$name: not delivered";
        like $got->{body}, qr/^This page was not delivered/, "$name: a word";
        is $t->get("/pass?$name", @doc)->{body}, $body, "$name: passed";
        is $t->get("/observe?$name", @doc)->{body}, $body, "$name: observed";
        next;
    }

    is $got->{status}, 200, "$name: delivered";
    is +(ConsentTest::header($got, 'Content-Type') // ''), $want,
        "$name: its type";
    isnt $got->{body}, $body, "$name: something is held back";
    unlike $got->{body}, $live, "$name: nothing denied is left"
        if $name !~ /^cdata/;
    is $t->get("/observe?$name", @doc)->{body}, $body, "$name: observed";
}

is scalar(() = $t->get('/whole?cdata0')->{body} =~ /data-pc-href/g), 1,
    'behind the real end of a CDATA section, not one that looks like it';


# What we put in must be right in every charset.

my $asks = $t->get('/asks?meta', @doc, 'Accept-Language' => 'de');

like $asks->{body}, qr/<privacy-choices/, 'there is a banner';
unlike $asks->{body}, qr/[\x80-\xff]/, 'of ASCII alone';
like $asks->{body}, qr/&#252;/, 'with references for the rest';
like $t->get('/asks?meta16', @doc, 'Accept-Language' => 'de')->{body},
    qr/\xc3\xbc/, 'and in UTF-8 where that is known';


# nginx's own word counts as the upstream's does.

$t->write_file('html/page.html', "<p style=\"--a:'\x81\x5c';"
               . "background:url($deny);--b:'x'\">");
$t->write_file('html/empty.html', '');
$t->write_file('html/wide.html', "\xff\xfe<\0");

is ConsentTest::header($t->get('/named/page.html', @doc), 'Content-Type'),
    'text/html; charset=gbk', 'charset of nginx';
unlike $t->get('/named/page.html', @doc)->{body}, $live, 'is read by it';
is $t->get('/plain/empty.html', @doc)->{status}, 200, 'an empty file';
is $t->get('/plain/wide.html', @doc)->{status}, 502, 'a file in UTF-16';
is $t->head_of('/plain/wide.html', @doc)->{status}, 200,
    'of which HEAD tells nothing';


# HEAD has no body to look into: it says what GET says, apart from a charset
# that only the page knows (RFC 9110, 9.3.2), and none that may be wrong.

$t->write_file('html/declared.html', "<!doctype html><meta charset=gbk>$img");

sub fields {
    my ($page) = @_;

    return join "\n", $page->{status}, sort map { "$_->[0]: $_->[1]" }
           grep { $_->[0] !~ /^(?:Date|Connection|Transfer-Encoding)$/ }
           @{ $page->{headers} };
}

for my $uri ('/whole?meta', '/whole?pragma', '/whole?xmldecl', '/whole?late',
             '/whole?field', '/whole?fieldmeta', '/asks?meta16',
             '/plain/declared.html', '/named/declared.html')
{
    my $get = fields($t->get($uri, @doc));

    $get =~ s/^(Content-Type: [^;\n]*).*/$1/m
        if $uri !~ /named|field$/;

    is fields($t->head_of($uri, @doc)) =~ s/; charset=nosuch//r, $get,
        "HEAD as GET: $uri";
}


# Not declared: whatever the browser guesses, it sees what we saw.

is $t->get('/whole?guessed', @doc)->{body},
    qq{$late<p>\xe9 \\'\xe9\\n\xe9 ]]\x1a\$B</p>}, 'made unambiguous';
is $t->get('/observe?guessed', @doc)->{body}, $page{guessed}[1],
    'but not where nothing is to be changed';
is $t->get('/whole?guessedhost', @doc)->{body}
       =~ /<img[^>]* data-pc-src="/ ? 1 : 0,
    1, 'a host that one reading has, and another has not';


my $status = $t->get('/status')->{body};

like $status, qr/"undecodable":\d+/, 'counted';
cmp_ok +($status =~ /"undecodable":(\d+)/)[0], '>=', $undecodable,
    'each of them';

$t->done();
