#!/usr/bin/perl
#
# nginx's own settings beside us, one after another: each does what it does
# without us.  A page with all granted is what it is where consent is off; with
# nothing granted it is the same, with each ad held back in its place.

use warnings;
use strict;

use FindBin;
use lib "$FindBin::Bin/lib";

use ConsentTest;
use Test::More;

my $t = ConsentTest->new();

my $img = '<img src="https://ads.test/%d.gif">';
my $page = "<!doctype html><html><head><title>x</title></head><body>\n"
           . join('', map { "<p>text</p>" . sprintf($img, $_) . "\n" } 1 .. 900)
           . '</body></html>';
my @html = ('Content-Type: text/html; charset=utf-8', 'ETag: "up"',
            'Last-Modified: Sat, 01 Nov 2025 00:00:00 GMT');
my @doc = ('Sec-Fetch-Dest' => 'document');

# What an upstream may say to nginx alone, by the path's last word.
my %said = (
    unbuffered => 'X-Accel-Buffering: no',
    slowly     => 'X-Accel-Limit-Rate: 300000',
    charset    => 'X-Accel-Charset: iso-8859-1',
    expires    => 'X-Accel-Expires: 60',
    stale      => 'Cache-Control: max-age=1, stale-while-revalidate=60',
    cookies    => "Set-Cookie: lang=en; Path=/; Domain=up.test\r\n"
                  . 'Set-Cookie: _st=1; Path=/; Domain=up.test',
);

$t->upstream(sub {
    my ($request) = @_;
    my ($name) = $request->{uri} =~ m{/(\w*)$};
    my @more = $said{$name} // ();

    return (ConsentTest::head(302, 'Location: http://up.test/x', @html),
            sprintf $img, 0) if $name eq 'moved';

    return (ConsentTest::head(200, 'Content-Type: text/plain'),
            join "\n", @{ $request->{lines} }, "[$request->{body}]")
        if $name eq 'echo';

    return (ConsentTest::head(200, @html, @more, 'Content-Length: '
                              . length $page),
            $request->{method} eq 'HEAD' ? () : $page);
});

# A file of each kind.  What is called a movie is none, and no matter.

$t->write_file('html/page.html', $page);
$t->write_file('html/one/only.html', $page);
$t->write_file('html/page.flv', $page);
$t->write_file('html/page.mp4', $page);
$t->write_file('html/page.json', $page);


# Name, what stands in the location, the path behind it, and what more is to be
# found in the answer, whoever asks.

my $up = 'proxy_pass http://%%UPSTREAM%%;';
my $file = 'root %%DIR%%/html; rewrite ^/\w+/\w+/(.*) /$1 break;';
my @cases = (
    [ 'no setting', $up, 'x' ],
    [ 'proxy_http_version 1.0', "$up proxy_http_version 1.0;", 'x' ],
    [ 'proxy_http_version 1.1', "$up proxy_http_version 1.1;", 'x' ],
    [ 'proxy_buffering off', "$up proxy_buffering off;", 'x' ],
    [ 'X-Accel-Buffering', $up, 'unbuffered' ],
    [ 'X-Accel-Limit-Rate', $up, 'slowly' ],
    [ 'X-Accel-Charset', $up, 'charset' ],
    [ 'X-Accel-Expires', $up, 'expires' ],
    [ 'proxy_buffers', "$up proxy_buffers 4 1k; proxy_buffer_size 1k;
                        proxy_busy_buffers_size 2k;", 'x' ],
    [ 'proxy_max_temp_file_size 0', "$up proxy_max_temp_file_size 0;", 'x' ],
    [ 'proxy_limit_rate', "$up proxy_limit_rate 300k;", 'x' ],
    [ 'proxy_force_ranges', "$up proxy_force_ranges on;", 'x' ],
    [ 'proxy_request_buffering', "$up proxy_request_buffering off;", 'x' ],
    [ 'proxy_hide_header', "$up proxy_hide_header Set-Cookie;", 'cookies' ],
    [ 'proxy_cookie_domain', "$up proxy_cookie_domain up.test own.test;",
      'cookies', 'Set-Cookie: lang=en; Path=/; Domain=own.test' ],
    [ 'proxy_cookie_path', "$up proxy_cookie_path / '/deep/; Secure';",
      'cookies', 'Set-Cookie: lang=en; Path=/deep/; Secure; Domain=up.test' ],
    [ 'proxy_redirect', "$up proxy_redirect http://up.test/ /own/;", 'moved',
      qr{^Location: \S*/own/x$}m ],
    [ 'proxy_store', "$up proxy_buffering on;
                     proxy_store %%DIR%%/stored\$uri;", 'x' ],
    [ 'proxy_next_upstream', 'proxy_pass http://two;', 'x' ],
    [ 'proxy_cache', "$up proxy_buffering on; proxy_cache pages;
                      proxy_cache_valid 1m; proxy_cache_lock on;
                      add_header X-Cached \$upstream_cache_status;", 'x' ],
    [ 'stale-while-revalidate', "$up proxy_cache pages;
      proxy_cache_background_update on;
      proxy_cache_use_stale updating;", 'stale' ],
    [ 'proxy_cache_convert_head', "$up proxy_cache pages;
      proxy_cache_valid 1m; proxy_cache_convert_head off;
      proxy_cache_key \$request_method\$uri;", 'x' ],
    [ 'postpone_output 0', "$up postpone_output 0;", 'x' ],
    [ 'postpone_output 1m', "$up postpone_output 1m;", 'x' ],
    [ 'limit_rate', "$up limit_rate 500k; limit_rate_after 10k;", 'x' ],
    [ 'sendfile_max_chunk', "$file sendfile on; sendfile_max_chunk 1k;",
      'page.html' ],
    [ 'tcp_nopush', "$file sendfile on; tcp_nopush on; tcp_nodelay off;",
      'page.html' ],
    [ 'directio', "$file directio 512; directio_alignment 512;
                   output_buffers 2 8k;", 'page.html' ],
    [ 'aio', "$file AIO directio 512;", 'page.html' ],
    [ 'open_file_cache', "$file open_file_cache max=9; sendfile on;",
      'page.html' ],
    [ 'expires', "$up expires 1h;", 'x' ],
    [ 'add_header', "$up add_header X-More more always;", 'x',
      'X-More: more' ],
    [ 'add_header of a cookie', "$up add_header Set-Cookie 'lang=en';
       add_header Set-Cookie '_st=1';", 'x', 'Set-Cookie: lang=en' ],
    [ 'etag off', "$file etag off;", 'page.html' ],
    [ 'if_modified_since off', "$file if_modified_since off;", 'page.html' ],
    [ 'max_ranges 0', "$file max_ranges 0;", 'page.html' ],
    [ 'server_tokens', "$up server_tokens off;", 'x', 'Server: nginx' ],
    [ 'default_type', "$file types { } default_type text/html;",
      'page.json' ],
    [ 'userid', "$up userid on; userid_name lang;", 'x',
      qr/^Set-Cookie: lang=\w/m ],
    [ 'gzip_vary', "$up gzip on; gzip_vary on;", 'x',
      'Vary: Accept-Encoding' ],
    [ 'sub_filter', "$up sub_filter nothing at-all; sub_filter_types *;
                     sub_filter_once off; sub_filter_last_modified on;", 'x' ],
    [ 'ssi', "$up ssi on; ssi_last_modified on; ssi_types *;", 'x' ],
    [ 'limit_conn', "$up limit_conn few 20;", 'x' ],
    [ 'limit_except', "$up limit_except GET { deny all; }", 'x' ],
    [ 'secure_link', "$up secure_link secret; secure_link_md5 x;
                      if (\$secure_link = 1) { return 403; }", 'x' ],
    [ 'random_index', "alias %%DIR%%/html/one/; random_index on;", '' ],
    [ 'post_action', "$up post_action /after;", 'x' ],
    [ 'proxy_method', "$up proxy_method GET;", 'x' ],
    [ 'log_subrequest', "$up log_subrequest on; mirror /after;", 'x' ],
    [ 'dav', "$file DAV", 'page.html' ],
);

my ($locations, @ready) = ('');

for my $case (@cases) {
    my ($name, $inside) = @$case;
    my $i = @ready;

    $inside =~ s/AIO/aio threads;/;
    $inside =~ s/DAV/dav_methods PUT DELETE MKCOL;/;

    # Not every nginx knows all of them.

    my ($ok) = $t->check_conf(<<"CONF");
        proxy_cache_path %%DIR%%/cache keys_zone=pages:1m;
        limit_conn_zone \$binary_remote_addr zone=few:1m;
        upstream two { server 127.0.0.1:1; server %%UPSTREAM%%; }
        server { location / { $inside } }
CONF

    if (!$ok) {
        note "not here: $name";
        next;
    }

    for my $how ('off', 'enforce') {
        my $key = $inside =~ /proxy_cache pages/
                  ? "proxy_cache_key $how\$request_method\$uri;" : '';

        $key = '' if $inside =~ /proxy_cache_key/;
        $locations .= "location /$how/$i/ { consent $how; $inside $key }\n";
    }

    push @ready, $case;
}

# What makes answers that are no pages: name, path, what stands there.

my @plain;

for my $what ([ 'empty_gif', 'x', 'empty_gif;' ],
              [ 'flv', 'page.flv?start=20', 'alias %%DIR%%/html/; flv;
                types { video/x-flv flv; }' ],
              [ 'mp4', 'page.mp4', 'alias %%DIR%%/html/; mp4;
                types { video/mp4 mp4; }' ],
              [ 'autoindex_format', '', 'alias %%DIR%%/html/one/;
                autoindex on; autoindex_format json;' ])
{
    my ($name, $uri, $inside) = @$what;

    ($t->check_conf("server { location / { $inside } }"))[0] or next;
    push @plain, [ $name, "$name/$uri" ];
    $locations .= join '', map { "location /$_/plain/$name/ { consent $_;"
                                 . "$inside }\n" } 'off', 'enforce';
}

$t->run(<<"CONF");
    consent_rules %%RULES%%;
    consent_banner off;
    proxy_cache_path %%DIR%%/cache keys_zone=pages:1m;
    limit_conn_zone \$binary_remote_addr zone=few:1m;
    upstream two { server 127.0.0.1:1; server %%UPSTREAM%%; }

    server {
        listen %%LISTEN%%;
        consent enforce;
        location / { $up }
        location = /after { internal; $up }
        $locations
    }
CONF

my @all = $t->choose('accept');
my @none = $t->choose('reject');


# What makes answers that are no pages.

for my $what (@plain) {
    my ($name, $uri) = @$what;
    my ($off, $none) = map { $t->get("/$_/plain/$uri") } 'off', 'enforce';

    is $off->{status}, 200, "$name: there";
    ok $none->{body} eq $off->{body}, '... and as it is';
    is ConsentTest::header($none, 'Content-Length'),
        ConsentTest::header($off, 'Content-Length'), '... of its length';
}


# What a choice may change of a header: who may keep the page, and what it is
# called.

sub fields {
    my ($answer) = @_;
    my $own = qr/^(?:Date|Connection|Transfer-Encoding|ETag|Vary|Cache-Control
                     |Expires|Content-Security-Policy|Connection-Allowlist
                     |Permissions-Policy|Reporting-Endpoints|Alt-Svc
                     |Last-Modified|Accept-Ranges|Content-Length
                     |Referrer-Policy|X-Cached)$/xi;

    return join "\n", sort map { "$_->[0]: $_->[1]" }
           grep { $_->[0] !~ $own } @{ $answer->{headers} };
}

sub without_values { return $_[0] =~ s/(lang=)[^;\s]{20,}/$1/gr }

sub free {
    my ($body) = @_;

    return $body =~ s{ data-pc-(?:service|purpose)="\w+"}{}gr
                 =~ s{ src="data:[^"]*"}{}gr =~ s{data-pc-src}{src}gr;
}


for my $i (0 .. $#ready) {
    my ($name, $inside, $path, $more) = @{ $ready[$i] };
    my $off = $t->get("/off/$i/$path", @doc);
    my $all = $t->get("/enforce/$i/$path", @doc, @all);
    my $none = $t->get("/enforce/$i/$path", @doc, @none);
    my $ads = () = $off->{body} =~ m{ src="https://ads\.test/\d+\.gif"}g;

    cmp_ok $ads, '>', 0, "$name: a page";

    # Nobody looks at the body of an answer that leads elsewhere.
    $ads = 0 if $off->{status} == 302;

    is $all->{status}, $off->{status}, '... all granted: its status';
    ok $all->{body} eq $off->{body}, '... and its bytes';
    is without_values(fields($all)) =~ s/^Set-Cookie: _st=1.*\n?//mr,
       without_values(fields($off)) =~ s/^Set-Cookie: _st=1.*\n?//mr,
        '... and its fields';
    is $none->{status}, $off->{status}, '... nothing granted: its status';
    is scalar(() = $none->{body} =~ m{data-pc-src="https://ads\.test/\d+}g),
        $ads, '... each is held back';
    ok free($none->{body}) eq $off->{body}, '... and nothing else changes';
    ok $none->{complete}, '... to its end';
    unlike fields($none), qr/^Set-Cookie: _st=1/m, '... and no denied cookie';

    for my $answer (ref $more || $more ? ($off, $all, $none) : ()) {
        like join("\n", map { "$_->[0]: $_->[1]" } @{ $answer->{headers} }),
            ref $more ? $more : qr/^\Q$more\E$/m, '... and it works';
    }

    my $head = $t->head_of("/enforce/$i/$path", @doc, @none);

    is without_values(fields($head)), without_values(fields($none)),
        '... HEAD as GET' if $inside !~ /limit_except/;
}


# What some of them did besides.

sub case {
    my ($name) = @_;
    my ($i) = grep { $ready[$_][0] eq $name } 0 .. $#ready;

    return defined $i ? "/enforce/$i/$ready[$i][2]" : undef;
}

my $uri = case('proxy_store');
ok $t->read_file("stored$uri") eq $page, 'proxy_store: as the upstream sent it';
ok $t->read_file('stored' . $uri =~ s/enforce/off/r) eq $page,
    'with us, and without';

$uri = case('proxy_cache');
my %cached = map { $_ => 1 } map { ConsentTest::headers($t->get($uri, @$_),
                                                        'X-Cached') }
                             \@none, \@all, [];
is join(' ', keys %cached), 'HIT', 'proxy_cache: one copy';

for my $name ('proxy_force_ranges', 'no setting') {
    $uri = case($name);
    is $t->get($uri, @doc, @none, Range => 'bytes=0-9')->{status}, 200,
        "$name: no range of a page";
}

is $t->get(case('proxy_force_ranges'), @doc, @all, Range => 'bytes=0-9')
    ->{body}, substr($page, 0, 10), 'but where all is granted';

$uri = case('limit_except');
is $t->request('POST', $uri, 'a=b', @none)->{status}, 403, 'limit_except';
$uri = case('proxy_request_buffering') =~ s/x$/echo/r;
like $t->request('POST', $uri, 'body' x 9000, @none)->{body},
    qr/\[(?:body){9000}\]/, 'proxy_request_buffering: the whole body';

SKIP: {
    $uri = case('dav') or skip 'no dav', 3;

    # It writes where the location's root is.
    my $put = $uri =~ s/page/new/r;

    is $t->request('PUT', $put, $page, @none)->{status}, 201, 'PUT';
    ok $t->read_file("html/new.html") eq $page, 'of a page, as it came';
    is $t->request('DELETE', $put, undef, @none)->{status}, 204, 'DELETE';
}

$t->done();
