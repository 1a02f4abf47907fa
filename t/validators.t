#!/usr/bin/perl
#
# HEAD, conditional requests and ranges: the answer belongs to the choice.

use warnings;
use strict;

use FindBin;
use lib "$FindBin::Bin/lib";

use ConsentTest;
use Test::More;

my $t = ConsentTest->new();
my $html = '<html><body><img src="https://ads.test/p.gif"><p>x</p></body>'
           . '</html>';

$t->upstream(sub {
    my ($request) = @_;
    my $h = $request->{headers};
    my $tag = $request->{uri} =~ /weak/ ? 'W/"up"' : '"up"';

    if ($request->{uri} =~ /echo/) {
        return (ConsentTest::head(200, 'Content-Type: text/html'),
                join "\n", @{ $request->{lines} });
    }

    if (($h->{'if-none-match'} // '') eq $tag) {
        return ConsentTest::head(304, "ETag: $tag");
    }

    if ($h->{range}) {
        return (ConsentTest::head(206, 'Content-Type: text/html',
                                  'Content-Range: bytes 0-9/70'),
                substr $html, 0, 10);
    }

    return (ConsentTest::head(200, 'Content-Type: text/html', "ETag: $tag",
                              'Content-Length: ' . length $html,
                              'Last-Modified: Sat, 01 Nov 2025 00:00:00 GMT',
                              'Accept-Ranges: bytes', 'Content-MD5: abc'),
            $request->{method} eq 'HEAD' ? () : $html);
});

$t->write_file('html/page.html', $html);
$t->write_file('html/a.css', 'a{}' x 100);

$t->run_site(<<'END');
    location /up { proxy_pass http://%%UPSTREAM%%; }
    location / { root %%DIR%%/html; }
END

my @doc = ('Sec-Fetch-Dest', 'document');
my @none = $t->choose('reject');
my @all = $t->choose('accept');


sub field {
    return ConsentTest::header(@_) // '';
}


sub fields {
    my ($page) = @_;

    return join "\n", sort map { "$_->[0]: $_->[1]" }
           grep { $_->[0] !~ /^(?:Date|Connection|Transfer-Encoding)$/ }
           @{ $page->{headers} };
}


for my $uri ('/page.html', '/up', '/up?weak') {

    # HEAD says what GET says.

    my $page = $t->get($uri, @doc, @none);
    my $head = $t->head_of($uri, @doc, @none);

    is fields($head), fields($page), "HEAD as GET: $uri";
    is $head->{body}, '', 'without a body';
    is field($page, 'Content-Length'), '', 'no length';
    is field($page, 'Accept-Ranges'), '', 'no ranges';
    is field($page, 'Last-Modified'), '', 'no date';
    is field($page, 'Content-MD5'), '', 'no digest';

    is fields($t->head_of($uri, @doc, @all)), fields($t->get($uri, @doc, @all)),
        'HEAD as GET, all granted';


    # 304 only for the same choice.

    my $tag = field($page, 'ETag');
    my $own = field($t->get($uri, @doc, @all), 'ETag');

    like $tag, qr{^W/".*~pc[sw]-[0-9a-f]{8}"$}, 'own entity tag';
    like $own, qr{~pc[sw]-00000000"$}, 'another where all is granted';

    my $again = $t->get($uri, @doc, @none, 'If-None-Match' => $tag);
    is $again->{status}, 304, 'the same choice: 304';
    is field($again, 'ETag'), $tag, 'with the same tag';

    is $t->get($uri, @doc, @none, 'If-None-Match' => qq("other", $tag))
        ->{status}, 304, 'in a list';
    is $t->get($uri, @doc, 'If-None-Match' => $tag)->{status}, 200,
        'another choice: 200';
    is $t->get($uri, @doc, @all, 'If-None-Match' => $tag)->{status}, 200,
        'all granted: 200';
    is $t->get($uri, @doc, @none, 'If-None-Match' => $own)->{status}, 200,
        'tag of an untouched page: 200';
    is $t->get($uri, @doc, @all, 'If-None-Match' => $own)->{status}, 304,
        'all granted before and now: 304';
    is $t->get($uri, @doc, @none, 'If-None-Match' => '*')->{status}, 200,
        'any tag: 200';
    is $t->get($uri, @doc, @none, 'If-None-Match' => $tag,
               'Accept-Language' => 'de')->{body} =~ /x/
       ? 200 : 304, field($page, 'Content-Language') eq 'de' ? 304 : 200,
        'another language: 200';
}

my $date = field($t->get('/page.html', @all), 'Last-Modified');

is $t->get('/page.html', @doc, @all, 'If-Modified-Since' => $date)->{status},
    304, 'by date, all granted';
is $t->get('/page.html', @doc, @none, 'If-Modified-Since' => $date)->{status},
    200, 'by date, not all granted';

my $css = $t->get('/a.css', @none);
is $t->get('/a.css', 'Sec-Fetch-Dest' => 'style', @none,
           'If-None-Match' => field($css, 'ETag'))->{status},
    304, 'what is no page keeps its validators';
is $t->get('/a.css', 'Sec-Fetch-Dest' => 'style', @none,
           Range => 'bytes=0-2')->{status}, 206, 'and its ranges';


# Ranges of pages.

is $t->get('/page.html', @doc, @none, Range => 'bytes=0-9')->{status}, 200,
    'no range of a page';
is $t->get('/up', @doc, @none, Range => 'bytes=0-9')->{status}, 200,
    'none asked of the upstream';
is $t->get('/up', @none, Range => 'bytes=0-9')->{status}, 502,
    'a part of a page is not delivered';
is $t->get('/up', @doc, @all, Range => 'bytes=0-9')->{status}, 206,
    'all granted: a range';


# What the upstream is asked.

my @ask = ('Accept-Encoding' => 'gzip, br', Range => 'bytes=0-1',
           'If-Range' => '"x"', 'If-None-Match' => '"x"',
           'If-Modified-Since' => $date, 'X-Last' => 'here');

my $seen = $t->get('/up?echo', @doc, @none, @ask)->{body};
unlike $seen, qr/^(?:Accept-Encoding|Range|If-)/m, 'stripped';
like $seen, qr/^X-Last: here/m, 'others stay';

$seen = $t->get('/up?echo', @doc, @all, @ask)->{body};
like $seen, qr/^Accept-Encoding: gzip, br/m, 'all granted: as asked';

$seen = $t->get('/up?echo', 'Sec-Fetch-Dest' => 'image', @none, @ask)->{body};
like $seen, qr/^Accept-Encoding: gzip, br/m, 'an image: as asked';

$t->done();
