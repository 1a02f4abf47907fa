#!/usr/bin/perl
#
# What is no page passes as it is, whatever it is called; what a browser may
# read as a page is read, whatever it is called; and the banner stands in
# pages alone, not in parts of them.

use warnings;
use strict;

use FindBin;
use lib "$FindBin::Bin/lib";

use ConsentTest;
use Test::More;

my $t = ConsentTest->new();

my $img = '<img src="https://ads.test/p.gif">';
my $page = "<!doctype html><html><head><title>x</title></head>"
           . "<body><p>x</p>$img</body></html>";
my $part = "<li>x</li>$img";
my $json = '{"html":"<img src=\"https://ads.test/p.gif\">"}';
my $feed = '<?xml version="1.0"?><rss><channel><description>'
           . "<![CDATA[$img]]></description></channel></rss>";
my $svg = '<svg xmlns="http://www.w3.org/2000/svg">'
          . '<script href="https://ads.test/a.js"/></svg>';
my $xhtml = '<?xml version="1.0"?><html xmlns="http://www.w3.org/1999/xhtml">'
            . "<head><title>x</title></head><body>"
            . '<img src="https://ads.test/p.gif"/></body></html>';
my $pdf = "%PDF-1.7\n$img\n" . "\0\1\2\3" x 500;
my $gif = "GIF89a$img\0\1";
my $amp = "<!doctype html><html amp><head>"
          . '<script async src="https://cdn.test/v0.js"></script></head>'
          . '<body><amp-img src="https://ads.test/p.gif"></amp-img></body>'
          . '</html>';

my @doc = ('Sec-Fetch-Dest' => 'document', 'Sec-Fetch-Mode' => 'navigate');
my @ajax = ('Sec-Fetch-Dest' => 'empty', 'Sec-Fetch-Mode' => 'cors');
my @frame = ('Sec-Fetch-Dest' => 'iframe');
my @xhr = ('X-Requested-With' => 'XMLHttpRequest', Accept => '*/*');
my @click = (Accept => 'text/html,application/xhtml+xml,*/*;q=0.8',
             'Upgrade-Insecure-Requests' => '1');
my @old = (Accept => 'text/html,*/*;q=0.8');
my @saved = ('Content-Disposition: attachment; filename="x.html"');


# Name, Content-Type, body, request header, and what becomes of it: asis, held,
# or held with a banner; further header lines of the answer.

my @cases = (

    # What is no page.

    [ 'JSON', 'application/json', $json, \@doc, 'asis' ],
    [ 'JSON, with a suffix', 'application/ld+json', $page, \@doc, 'asis' ],
    [ 'text', 'text/plain; charset=utf-8', $page, \@doc, 'asis' ],
    [ 'a script', 'text/javascript', $page, \@doc, 'asis' ],
    [ 'a style', 'text/css', $page, \@doc, 'asis' ],
    [ 'an image', 'image/gif', $gif, \@doc, 'asis' ],
    [ 'PDF', 'application/pdf', $pdf, \@doc, 'asis' ],
    [ 'bytes', 'application/octet-stream', $page, \@doc, 'asis' ],
    [ 'a download', 'application/force-download', $page, \@doc, 'asis' ],
    [ 'RSS', 'application/rss+xml', $feed, \@doc, 'asis' ],
    [ 'Atom', 'application/atom+xml; charset=utf-8', $feed, \@doc, 'asis' ],
    [ 'XML', 'application/xml', $feed, \@doc, 'asis' ],
    [ 'a sitemap', 'text/xml', $feed, \@doc, 'asis' ],
    [ 'an SVG document', 'image/svg+xml', $svg, \@doc, 'asis' ],
    [ 'an event stream', 'text/event-stream', "data: $img\n\n", \@ajax,
      'asis' ],
    [ 'a manifest', 'application/manifest+json', $json, \@ajax, 'asis' ],
    [ 'WebAssembly', 'application/wasm', "\0asm$page", \@ajax, 'asis' ],
    [ 'gRPC', 'application/grpc-web+proto', $page, \@ajax, 'asis' ],
    [ 'a longer type', 'text/htmlx', $page, \@doc, 'asis' ],
    [ 'a shorter type', 'text/htm', $page, \@doc, 'asis' ],
    [ 'parts', 'multipart/x-mixed-replace; boundary=text/html', $page, \@doc,
      'asis' ],

    # Pages, by all their names.

    [ 'HTML', 'text/html', $page, \@doc, 'banner' ],
    [ 'HTML with a charset', 'text/html; charset=utf-8', $page, \@doc,
      'banner' ],
    [ 'HTML in capitals', 'TEXT/HTML;Charset=UTF-8', $page, \@doc, 'banner' ],
    [ 'HTML with blanks', "text/html \t; x=y", $page, \@doc, 'banner' ],
    [ 'two types', 'text/html, text/plain', $page, \@doc, 'banner' ],
    [ 'XHTML', 'application/xhtml+xml', $xhtml, \@doc, 'held' ],
    [ 'XHTML as HTML', 'text/html', $xhtml, \@doc, 'banner' ],
    [ 'AMP', 'text/html', $amp, \@doc, 'banner' ],
    [ 'two types, HTML behind', 'text/plain, text/html', $page, \@doc,
      'banner' ],
    [ 'two types, with parameters', 'text/plain; a="b, c", text/html;', $page,
      \@doc, 'banner' ],
    [ 'no type before', ', text/html', $page, \@doc, 'banner' ],
    [ 'a word before', 'bogus, text/html', $page, \@doc, 'banner' ],
    [ 'XHTML behind', 'text/plain, application/xhtml+xml', $xhtml, \@doc,
      'held' ],
    [ 'half a type', 'text', $page, \@doc, 'banner' ],
    [ 'a blank in it', 'text /html', $page, \@doc, 'banner' ],
    [ 'a word', 'view-source', $page, \@doc, 'banner' ],
    [ 'two types of neither', 'text/plain, image/gif', $page, \@doc,
      'asis' ],
    [ 'HTML in a parameter', 'text/plain; a="b, text/html"', $page, \@doc,
      'asis' ],
    [ 'no type', undef, $page, \@doc, 'banner' ],
    [ 'an empty type', '', $page, \@doc, 'banner' ],
    [ 'any type', '*/*', $page, \@doc, 'banner' ],
    [ 'an unknown type', 'unknown/unknown', $page, \@doc, 'banner' ],
    [ 'an unknown application', 'application/unknown', $page, \@doc, 'banner' ],
    [ 'a part, without a type', undef, $part, \@doc, 'held' ],
    [ 'JSON called HTML, opened', 'text/html', $json, \@doc, 'banner' ],
    [ 'PDF called HTML', 'text/html', $pdf, \@doc, 'banner' ],
    [ 'SVG called HTML', 'text/html', $svg, \@doc, 'banner' ],

    # No type, and plainly something else.

    [ 'PDF without a type', undef, $pdf, \@doc, 'asis' ],
    [ 'an image without a type', undef, $gif, \@doc, 'asis' ],
    [ 'no type, for a script', undef, $page, \@ajax, 'asis' ],
    [ 'text before PDF', undef, " $pdf", \@doc, 'held' ],

    # What is called a page, and asked for as something else.

    [ 'HTML for an image', 'text/html', $gif, [ 'Sec-Fetch-Dest', 'image' ],
      'asis' ],
    [ 'HTML for a script', 'text/html', "document.write('$part')",
      [ 'Sec-Fetch-Dest', 'script' ], 'asis' ],
    [ 'HTML for a style', 'text/html', "/* $part */",
      [ 'Sec-Fetch-Dest', 'style' ], 'asis' ],
    [ 'HTML for a frame', 'text/html', $page, \@frame, 'held' ],
    [ 'HTML for an object', 'text/html', $page,
      [ 'Sec-Fetch-Dest', 'object' ], 'held' ],
    [ 'HTML for what is not known', 'text/html', $page,
      [ 'Sec-Fetch-Dest', 'hologram' ], 'held' ],

    # Saved, not shown.

    [ 'saved', 'text/html', $page, \@doc, 'asis', @saved ],
    [ 'saved, in capitals', 'text/html', $page, \@doc, 'asis',
      'content-disposition: ATTACHMENT' ],
    [ 'saved, by an old browser', 'text/html', $page, \@click, 'asis',
      @saved ],
    [ 'saved, out of a frame', 'text/html', $page, \@frame, 'asis', @saved ],
    [ 'saved XHTML', 'application/xhtml+xml', $xhtml, \@doc, 'asis', @saved ],
    [ 'inline', 'text/html', $page, \@doc, 'banner',
      'Content-Disposition: inline; filename=attachment' ],
    [ 'nothing but a name', 'text/html', $page, \@doc, 'banner',
      'Content-Disposition: filename="attachment"' ],
    [ 'not a word of its own', 'text/html', $page, \@doc, 'banner',
      'Content-Disposition: attachments' ],
    [ 'both', 'text/html', $page, \@doc, 'banner',
      'Content-Disposition: inline', @saved ],
    [ 'for a script, which does not care', 'text/html', $part, \@ajax, 'held',
      @saved ],
    [ 'for an object, which does not care', 'text/html', $page,
      [ 'Sec-Fetch-Dest', 'object' ], 'held', @saved ],

    # Parts of pages.

    [ 'a part', 'text/html', $part, \@ajax, 'held' ],
    [ 'a whole page for a script', 'text/html', $page, \@ajax, 'held' ],
    [ 'a part, by its header', 'text/html', $part, \@xhr, 'held' ],
    [ 'a whole page, by its header', 'text/html', $page, \@xhr, 'held' ],
    [ 'a part, by its markup', 'text/html', $part, [], 'held' ],
    [ 'a part, accepting pages', 'text/html', $part, \@old, 'held' ],
    [ 'a whole page, by its markup', 'text/html', $page, [], 'banner' ],
    [ 'a whole page, accepting pages', 'text/html', $page, \@old, 'banner' ],
    [ 'a page without a frame to it', 'text/html', $part, \@doc, 'banner' ],
    [ 'the same, by an old browser', 'text/html', $part, \@click, 'banner' ],
    [ 'a posted part', 'text/html', $part, [ @old, ':method', 'POST' ],
      'held' ],

    # JSON that is called HTML, for a script.

    [ 'an object', 'text/html', $json, \@ajax, 'asis' ],
    [ 'an object with a charset', 'text/html; charset=UTF-8', $json, \@ajax,
      'asis' ],
    [ 'behind blanks', 'text/html; charset=UTF-8', "\n\t{\n    " .
      substr($json, 1), \@ajax, 'asis' ],
    [ 'an array', 'text/html', "[$json]", \@ajax, 'asis' ],
    [ 'an array of texts', 'text/html', '["<img src=//ads.test/>"]', \@ajax,
      'asis' ],
    [ 'behind a byte order mark', 'text/html', "\xef\xbb\xbf$json", \@ajax,
      'asis' ],
    [ 'by its header', 'text/html', $json, \@xhr, 'asis' ],
    [ 'nothing but a bracket', 'text/html', '{', \@ajax, 'held' ],
    [ 'a template', 'text/html', "{{ name }}$part", \@ajax, 'held' ],
    [ 'a tag of a template', 'text/html', "{% raw %}$part", \@ajax, 'held' ],
    [ 'text in brackets', 'text/html', "[x] $part", \@ajax, 'held' ],
    [ 'blanks and a part', 'text/html', ' ' x 2000 . $part, \@ajax, 'held' ],
);


$t->upstream(sub {
    my ($request) = @_;
    my ($i, $bytes) = $request->{uri} =~ m{/(\d+)(?:/(\d+))?$};
    my (undef, $type, $body, undef, undef, @lines) = @{ $cases[$i] };

    return (ConsentTest::head(200, defined $type ? "Content-Type: $type" : (),
                              'Content-Length: ' . length $body,
                              'Last-Modified: Sat, 01 Nov 2025 00:00:00 GMT',
                              'Cache-Control: max-age=60', @lines),
            $bytes ? (map({ ($_, \0.005) } split //, substr $body, 0, $bytes),
                      substr $body, $bytes)
                   : $body);
});

$t->run(<<'CONF');
    consent_rules %%RULES%%;

    server {
        listen %%LISTEN%%;
        consent enforce;
        location / { proxy_pass http://%%UPSTREAM%%; proxy_buffering off; }
        location /observe/ { consent observe; proxy_pass http://%%UPSTREAM%%; }
    }
CONF

my @all = $t->choose('accept');


sub ask {
    my ($uri, @headers) = @_;
    my %header = @headers;
    my $method = delete $header{':method'} // 'GET';

    return $t->request($method, $uri, $method eq 'GET' ? undef : 'a=b',
                       %header);
}


sub what {
    my ($answer, $body) = @_;

    return 'asis' if $answer->{body} eq $body;
    return "let through: $answer->{body}"
        if $answer->{body} =~ m{[\s"']src="https://ads};

    return $answer->{body} =~ /<privacy-choices/ ? 'banner' : 'held';
}


for my $i (0 .. $#cases) {
    my ($name, $type, $body, $request, $want) = @{ $cases[$i] };
    my $same = $want eq 'held' && $body !~ m{src="https} ? 'asis' : $want;
    my $answer = ask("/$i", @$request);
    my $html = ($type // 'text/html')
               =~ m{^(?:text/html|application/xhtml\+xml)\b}i
               && "@$request" !~ /empty/ || ($type // '') =~ m{^text/html\b}i;

    is $answer->{status}, 200, $name;
    is what($answer, $body), $same, "... $want";

    if ($want eq 'asis') {
        is ConsentTest::header($answer, 'Content-Length'), length $body,
            'its length stays';
        is ConsentTest::header($answer, 'Last-Modified'),
            'Sat, 01 Nov 2025 00:00:00 GMT', 'and its date';
        is ConsentTest::header($answer, 'Cache-Control'),
            $html ? 'private, no-cache' : 'max-age=60', 'who may keep it';
        like ConsentTest::header($answer, 'Content-Security-Policy') // '',
            qr/default-src 'self'/, 'and the policy stands guard';
    }

    if (length $body < 300) {
        my $begin = length $body > 8 ? 8 : length $body;

        is what(ask("/$i/$begin", @$request), $body), $same, 'byte by byte';
    }

    is ask("/$i", @$request, @all)->{body}, $body, 'all granted: as it is';
    is ask("/observe/$i", @$request)->{body}, $body, 'observed: as it is';
}

$t->done();
