#!/usr/bin/perl
#
# Scripts of service workers: what goes in front of them, and what they are
# told of the choice.

use warnings;
use strict;

use FindBin;
use lib "$FindBin::Bin/lib";

use ConsentTest;
use IO::Compress::Gzip qw(gzip);
use JSON::PP;
use Test::More;

my $t = ConsentTest->new();

my $script = "// a\n'use strict';\nself.a = 1;\n" . '/' x 9000;
my %headers = ('Content-Type' => 'text/javascript', ETag => '"1"',
               'Last-Modified' => 'Sat, 01 Jan 2000 00:00:00 GMT');

sub answer {
    my ($status, $body, %more) = @_;

    my %all = (%headers, 'Content-Length' => length $body, %more);

    return (ConsentTest::head($status, map { "$_: $all{$_}" } sort keys %all),
            $body);
}

$t->upstream(sub {
    my ($request) = @_;

    my $path = $request->{uri};
    my $packed;

    $headers{'X-Seen'} = join ' ', sort keys %{$request->{headers}};
    gzip(\$script, \$packed);

    return answer(200, $packed, 'Content-Encoding' => 'gzip')
        if $path eq '/gzip.js';
    return answer(200, $script, 'Content-Encoding' => 'odd')
        if $path eq '/odd.js';
    return answer(404, $script) if $path eq '/404.js';
    return answer(200, '<p>', 'Content-Type' => 'text/html')
        if $path eq '/html.js';
    return answer(200, '') if $path eq '/empty.js';
    return answer(200, $script);
});

$t->run_site(<<'END');
    location / { proxy_pass http://%%UPSTREAM%%; }
    location /files/ { alias %%DIR%%/; types { text/javascript js; } }
    location /off/ { consent off; proxy_pass http://%%UPSTREAM%%; }
    location /observe/ { consent observe; proxy_pass http://%%UPSTREAM%%; }
    location /report/ {
        consent_csp report; proxy_pass http://%%UPSTREAM%%;
    }
    location /none/ { consent_csp off; proxy_pass http://%%UPSTREAM%%; }
    location /guard/ { consent_guard on; proxy_pass http://%%UPSTREAM%%; }
END

$t->write_file('sw.js', $script);

my @none = $t->choose('reject');
my @all = $t->choose('accept');
my @worker = ('Sec-Fetch-Dest' => 'serviceworker',
              'Service-Worker' => 'script');

my $front = qr{\A// a\n'use strict';\(\(now, prefix, mark\) => \{};


sub whole {
    my ($body, $name) = @_;

    like $body, $front, "$name: ours are in front, behind the directive";
    like $body, qr{\},"/privacy-choices/",\d+\);;\nself\.a = 1;\n/+\z},
         'and the script is behind';
    is length($body) - length($script), rindex($body, ";\nself.a")
       - length("// a\n'use strict'"), 'all of it';
}


for my $uri ('/sw.js', '/gzip.js', '/files/sw.js') {
    my $answer = $t->get($uri, @none, @worker, 'Accept-Encoding' => 'gzip');

    whole($answer->{body}, $uri);
    is ConsentTest::header($answer, 'ETag'), undef, 'no tag';
    is ConsentTest::header($answer, 'Last-Modified'), undef, 'no date';
    is ConsentTest::header($answer, 'Content-Encoding'), undef, 'plain';
    like ConsentTest::header($answer, 'Cache-Control'), qr{no-cache},
         'asked for again';
}

my ($no) = $t->get('/sw.js', @none, @worker)->{body}
           =~ m{\}\)\n\((\{.*?\}),"/privacy-choices/",(\d+)\)}s;
my $mark = $2;

is decode_json($no)->{headers}[0][0], 'Content-Security-Policy',
   'it has a policy for where there is no network';

my $yes = $t->get('/sw.js', @all, @worker)->{body};

whole($yes, 'after a yes to all');
like $yes, qr{\}\)\n\(\{"state":"","headers":\[\]\},}, 'it has no policy';
unlike $yes, qr{,$mark\);}, 'and is another one';

whole($t->get('/sw.js', @none, 'Service-Worker' => 'script')->{body},
      'a browser that says no more');

like $t->get('/empty.js', @none, @worker)->{body}, qr{\A;\(\(now.*\);\z}s,
     'an empty script';

for my $plain (['/sw.js', 'Sec-Fetch-Dest' => 'script'],
               ['/sw.js', 'Sec-Fetch-Dest' => 'worker'],
               ['/sw.js', 'Sec-Fetch-Dest' => 'script',
                'Service-Worker' => 'script'],
               ['/sw.js'], ['/404.js', @worker], ['/off/sw.js', @worker],
               ['/observe/sw.js', @worker], ['/report/sw.js', @worker],
               ['/none/sw.js', @worker])
{
    my ($uri, @more) = @$plain;

    is $t->get($uri, @none, @more)->{body}, $script, "@$plain: as it is";
}

# Where the guard is on, all workers get it.

my $guard = qr{;if\(!self\[Symbol\.for\("/privacy-choices/"\)\]\)\{self\[
               Symbol\.for\("/privacy-choices/"\)\]=1;!function.*
               \}\(\{"pcGuard":"[^"]+","pcAsk":"/privacy-choices/assets/
               [^"]+/ask\.js","pcCsp":""\}\);\}}sx;

for my $dest ('worker', 'sharedworker', 'serviceworker') {
    my @dest = ('Sec-Fetch-Dest' => $dest);
    my $body = $t->get('/guard/w.js', @none, @dest)->{body};

    like $body, qr{\A// a\n'use strict'.*?$guard;\nself\.a = 1;\n/+\z}s,
         "$dest: the guard is in front, behind the directive";
    is $body =~ /document\.currentScript\.remove/, '', 'and needs no page';
    is index($body, 'prefix, mark') > 0 ? 'serviceworker' : 'none',
       $dest eq 'serviceworker' ? $dest : 'none',
       'lines for what a service worker makes are in that alone';
    unlike $t->get('/guard/w.js', @all, @dest)->{body}, qr{pcGuard"},
           'nothing to hold: no guard';
}

is $t->get('/guard/w.js', @none, 'Sec-Fetch-Dest' => 'script')->{body},
   $script, 'a script that is no worker is as it is';

unlike $t->get('/html.js', @none, @worker)->{body}, qr{prefix}, 'no script';
is $t->get('/odd.js', @none, @worker)->{status}, 502,
   'what cannot be read is held back';

my $head = $t->head_of('/sw.js', @none, @worker);

is ConsentTest::header($head, 'Content-Length'), undef, 'HEAD: no length';

unlike ConsentTest::header($t->get('/sw.js', @none, @worker,
    'If-None-Match' => '"1"',
    'If-Modified-Since' => 'Sat, 01 Jan 2000 00:00:00 GMT'), 'X-Seen'),
    qr{if-}, 'no 304 is asked for';


# What a worker asks for whenever it makes a page.

sub policy {
    my $answer = $t->get('/privacy-choices/policy', @_);

    is ConsentTest::header($answer, 'Cache-Control'), 'no-store, private',
       'not kept';
    return decode_json($answer->{body});
}

my $said = policy(@none);
my %said = map { @$_ } @{$said->{headers}};
my $page = $t->get('/html.js', @none, Accept => 'text/html');

is $said{'Content-Security-Policy'},
   ConsentTest::header($page, 'Content-Security-Policy'), 'that of pages';
is $said{'Permissions-Policy'},
   ConsentTest::header($page, 'Permissions-Policy'), 'both';
is $said->{state}, ConsentTest::header($page, 'Consent-State'),
   'pages say what they were made for';
isnt $said->{state}, '', 'which is something';

is_deeply policy(@all), { state => '', headers => [] }, 'nothing after a yes';
is ConsentTest::header($t->get('/html.js', @all, Accept => 'text/html'),
                       'Consent-State'), undef, 'where pages say nothing';
is ConsentTest::header($t->get('/sw.js', @none), 'Consent-State'), undef,
   'nor do other things';

$t->done();
