#!/usr/bin/perl
#
# Beside nginx's other filters: what they put into a page is judged like the
# rest of it, and what they do to it still works.

use warnings;
use strict;

use FindBin;
use lib "$FindBin::Bin/lib";

use ConsentTest;
use IO::Uncompress::Gunzip qw/ gunzip /;
use Test::More;

my $t = ConsentTest->new();
my $ad = '<img src="https://ads.test/%s.gif">';

my $has_xslt = ConsentTest::debian_module('xslt_filter');

$t->{load} = [ $has_xslt ] if $has_xslt;


sub ad {
    return sprintf $ad, $_[0];
}


# Parts that come slowly, large, in pieces, or from a part of a part.

$t->upstream(sub {
    my ($request) = @_;
    my ($name) = $request->{uri} =~ m{(\w+)$};
    my $head = ConsentTest::head(200, 'Content-Type: text/html');

    return ($head, ad('slow1'), \0.3, ad('slow2')) if $name eq 'slow';
    return ($head, ad('quick')) if $name eq 'quick';
    return ($head, map { ("<p>$_</p>" x 100, ad("l$_")) } 1 .. 400)
        if $name eq 'large';
    return ($head, '<b><!--# include virtual="/up/quick" --></b>')
        if $name eq 'nested';
    return ($head, '<img src="https://ads.te') if $name eq 'half';
    return (ConsentTest::head(500, 'Content-Type: text/html'), ad('error'))
        if $name eq 'fails';
    return (ConsentTest::head(200, 'Content-Type: text/html'),
            "<html><body><p>\xf0\xd2\xc9\xd7\xc5\xd4</p>" . ad('koi')
            . '</body></html>') if $name eq 'koi';
    return (ConsentTest::head(200, 'Content-Type: text/xml'),
            '<?xml version="1.0"?><page><ad>xml</ad></page>')
        if $name eq 'xml';

    return ($head, '<html><head><title>T</title></head><body>' . ad('page')
                   . '<p>end</p></body></html>');
});

my %ssi = (
    order  => '<!--# include virtual="/up/slow" -->1'
              . '<!--# include virtual="/up/quick" -->2'
              . '<!--# include virtual="/up/slow" -->3',
    wait   => '<!--# include virtual="/up/slow" wait="yes" -->1'
              . '<!--# include virtual="/up/quick" -->',
    large  => '<!--# include virtual="/up/large" -->1'
              . '<!--# include virtual="/up/large" -->',
    nested => '<!--# include virtual="/up/nested" -->',
    half   => '<!--# include virtual="/up/half" -->st/half.gif" alt="">',
    fails  => '<!--# include virtual="/up/fails" -->1'
              . '<!--# include virtual="/none" -->2',
    set    => '<!--# include virtual="/up/quick" set="v" -->'
              . '<!--# echo var="v" encoding="none" -->',
    if     => '<!--# if expr="$arg_x = /y/" -->' . ad('yes')
              . '<!--# else -->' . ad('no') . '<!--# endif -->',
    block  => '<!--# block name="b" -->' . ad('stub') . '<!--# endblock -->'
              . '<!--# include virtual="/none" stub="b" -->',
);

$t->write_file("html/ssi/$_.html",
               "<html><body>$ssi{$_}<p>end</p></body></html>") for keys %ssi;
$t->write_file('html/before.html', '<!doctype html>' . ad('before'));
$t->write_file('html/after.html', ad('after'));
$t->write_file('page.xslt', <<'END');
<xsl:stylesheet version="1.0"
                xmlns:xsl="http://www.w3.org/1999/XSL/Transform">
<xsl:output method="html" encoding="utf-8"/>
<xsl:template match="/page"><html><body>
<img src="https://ads.test/{ad}.gif"/><p>end</p></body></html></xsl:template>
</xsl:stylesheet>
END

my $conf = <<'END';
    consent_rules %%RULES%%;
    consent_banner off;
    consent enforce;

    server {
        listen %%LISTEN%%;
        root %%DIR%%/html;
        proxy_buffers 8 4k;

        location /up/ { proxy_pass http://%%UPSTREAM%%; ssi on; }
        location /ssi/ { ssi on; }
        location /ssi/gz/ {
            alias %%DIR%%/html/ssi/;
            ssi on; gzip on; gzip_min_length 0;
        }
        location /add/ {
            proxy_pass http://%%UPSTREAM%%;
            add_before_body /before.html;
            add_after_body /after.html;
        }
        location /sub/ {
            proxy_pass http://%%UPSTREAM%%;
            sub_filter '</title>'
                '</title><script src="https://stats.test/s.js"></script>';
            sub_filter 'ads.test/page' 'ads.test/other';
            sub_filter '<p>end</p>' '<p>end</p><img src="https://cdn.test/o">';
        }
        location /charset/ {
            proxy_pass http://%%UPSTREAM%%;
            charset utf-8;
            source_charset koi8-r;
        }
        charset_map koi8-r utf-8 {
            F0 D09F; D2 D180; C9 D0B8; D7 D0B2; C5 D0B5; D4 D182;
        }
    }
END

$conf =~ s{(    server \{)}{
    $1
        location /xslt/ {
            proxy_pass http://%%UPSTREAM%%;
            xslt_stylesheet $t->{dir}/page.xslt;
        }
} if $has_xslt;

# charset_map belongs to http.
$conf =~ s/(        charset_map.*?\}\n)//s;
$conf = "$1$conf";

$t->run($conf);

my @none = $t->choose('reject');
my @all = $t->choose('accept');


# A page with all granted is what the others make of it; with nothing granted
# it is the same with each ad held back, in its place.

sub judged {
    my ($uri, $want, $name, @headers) = @_;
    my $free = $t->get($uri, @all, @headers);
    my $held = $t->get($uri, @none, @headers);
    my $body = $held->{body};

    is join(' ', $free->{body} =~ m{="https://ads\.test/(\w+)\.gif"}g), $want,
        "$name: all are there";
    is join(' ', $body =~ m{data-pc-src="https://ads\.test/(\w+)\.gif"}g),
        $want, 'and all are held back';
    unlike $body, qr{ src="https://(?:ads|stats)}, 'no other way';
    ok $held->{complete}, 'whole';

    $body =~ s{ data-pc-(?:service|purpose)="\w+"}{}g;
    $body =~ s{ src="data:[^"]*"}{}g;
    $body =~ s{ type="text/plain"}{}g;
    $body =~ s{data-pc-src}{src}g;
    $body =~ s{; charset=[\w-]+}{};
    is $body, $free->{body}, 'nothing else changes';

    return $held;
}


judged('/ssi/order.html', 'slow1 slow2 quick slow1 slow2', 'SSI, slow parts');
judged('/ssi/wait.html', 'slow1 slow2 quick', 'SSI, one waits');
judged('/ssi/large.html', join(' ', map { "l$_" } 1 .. 400, 1 .. 400),
       'SSI, large parts');
judged('/ssi/nested.html', 'quick', 'SSI in SSI');
judged('/ssi/half.html', 'half', 'SSI, a tag out of two parts');
judged('/ssi/fails.html', 'error', 'SSI, parts that fail');
judged('/ssi/set.html', 'quick', 'SSI, a part in a variable');
judged('/ssi/if.html?x=y', 'yes', 'SSI, a condition');
judged('/ssi/if.html', 'no', 'SSI, the other');
judged('/ssi/block.html', 'stub', 'SSI, a stub');
judged('/add/page', 'before page after', 'addition');
judged('/sub/page', 'other', 'sub_filter');

my $page = $t->get('/sub/page', @none);
like $page->{body}, qr{data-pc-src="https://stats.test/s.js"},
    'what sub_filter puts in is held back';
like $page->{body}, qr{ src="https://cdn.test/o"}, 'or not';

$page = $t->get('/ssi/gz/nested.html', @none, 'Accept-Encoding' => 'gzip');
gunzip \$page->{body}, \my $plain;
like $plain, qr{data-pc-src="https://ads.test/quick.gif"},
    'SSI, compressed in the end';

$page = judged('/charset/koi', 'koi', 'charset');
is ConsentTest::header($page, 'Content-Type'), 'text/html; charset=utf-8',
    'the new one';
like $page->{body}, qr{\xd0\x9f\xd1\x80\xd0\xb8\xd0\xb2\xd0\xb5\xd1\x82},
    'and the text in it';

SKIP: {
    skip 'no xslt filter', 5 if !$has_xslt;

    judged('/xslt/xml', 'xml', 'xslt');
}

$t->done();
