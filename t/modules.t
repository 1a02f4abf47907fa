#!/usr/bin/perl
#
# Beside modules that Debian has for nginx: pages that they make, change, cut
# together or keep are judged as they leave, and the modules go on working.

use warnings;
use strict;

use FindBin;
use lib "$FindBin::Bin/lib";

use ConsentTest;
use MIME::Base64 qw/ decode_base64 /;
use Test::More;

my $t = ConsentTest->new();

my @known = qw/ ndk lua perl js image_filter headers_more_filter echo
                subs_filter fancyindex dav_ext srcache_filter /;
my %has = map { $_ => ConsentTest::debian_module($_) } @known;

delete @has{grep { !$has{$_} } @known};
delete $has{lua} if !$has{ndk};

plan skip_all => 'none of the modules is here' if !%has;

$t->{load} = [ map { $has{$_} // () } @known ];

my $ad = '<img src="https://ads.test/%s.gif">';
my @html = ('Content-Type: text/html; charset=utf-8');

sub ad { return sprintf $ad, $_[0] }

my $gif = decode_base64('R0lGODlhAQABAIAAAAAAAP///yH5BAEAAAAALAAAAAABAAEAAAIB'
                        . 'RAA7');

$t->upstream(sub {
    my ($request) = @_;
    my $uri = $request->{uri};

    if ($uri =~ m{^/keep}) {
        return ConsentTest::head(404) if $request->{method} ne 'PUT';

        $t->write_file('kept', $request->{body});
        return ConsentTest::head(201);
    }

    return (ConsentTest::head(200, @html), $t->read_file('kept'))
        if $uri =~ m{^/fetch} && $t->read_file('kept');
    return ConsentTest::head(404) if $uri =~ m{^/fetch};

    return (ConsentTest::head(200, 'Content-Type: image/gif'), $gif)
        if $uri =~ /gif$/;
    return (ConsentTest::head(200, 'Content-Type: text/plain'),
            join "\n", @{ $request->{lines} }) if $uri =~ /said$/;

    return (ConsentTest::head(200, @html, 'Set-Cookie: lang=en',
                              'Set-Cookie: _st=1'),
            '<!doctype html><body>', ad('own'), '<p>SWAP</p></body>');
});

$t->write_file('html/list/one.html', ad('one'));
$t->write_file('njs.js', <<'END');
function page(r) {
    r.headersOut['Content-Type'] = 'text/html; charset=utf-8';
    r.headersOut['Set-Cookie'] = ['lang=en', '_st=1'];
    r.return(200, '<!doctype html><body>' + ad('njs') + '</body>');
}
function ad(name) {
    return '<img src="https://ads.te' + 'st/' + name + '.gif">';
}
function parts(r) {
    r.subrequest('/up/part').then(function(reply) {
        r.headersOut['Content-Type'] = 'text/html';
        r.return(200, reply.responseText + ad('after'));
    });
}
function sent(r) {
    r.headersOut['Content-Type'] = 'text/html';
    r.status = 200;
    r.sendHeader();
    r.send('<!doctype html><body>' + ad('a').slice(0, 12));
    r.send(ad('a').slice(12));
    r.send(ad('b') + '</body>');
    r.finish();
}
function away(r) { r.internalRedirect('/up/x'); }
function field(r) { r.headersOut['Set-Cookie'] = ['lang=de', '_st=2']; }
function more(r, data, flags) {
    r.sendBuffer(flags.last ? data + ad('more') : data, flags);
}
function state(r) { return r.variables.consent_granted; }
export default { page, parts, sent, away, field, more, state };
END


# Of each module: its locations, and what its answers are to hold: names of
# ads, in their order.

my $up = 'proxy_pass http://%%UPSTREAM%%;';
my %conf = (
    lua => [ <<'END',
        location = /lua/page {
            content_by_lua_block {
                ngx.header.content_type = "text/html; charset=utf-8"
                ngx.header["Set-Cookie"] = { "lang=en", "_st=1" }
                ngx.print("<!doctype html><body><img src='https://ads.")
                ngx.flush(true)
                ngx.sleep(0.05)
                ngx.print("test/a.gif'>", string.rep("<p>text</p>", 5000))
                ngx.print("<img src='https://ads.test/b.gif'></body>")
            } }
        location = /lua/parts {
            content_by_lua_block {
                local one, two = ngx.location.capture_multi({
                    { "/up/one" }, { "/up/two" } })
                ngx.header.content_type = "text/html"
                ngx.print(one.body, two.body)
            } }
        location = /lua/body {
            UP
            header_filter_by_lua_block {
                ngx.header.content_length = nil
                ngx.header["Set-Cookie"] = { "lang=de", "_st=2" }
                ngx.header["Link"] = "<https://ads.test/>; rel=preconnect"
            }
            body_filter_by_lua_block {
                ngx.arg[1] = string.gsub(ngx.arg[1], "SWAP",
                                         "<img src='https://ads.test/s.gif'>")
                if ngx.arg[2] then
                    ngx.arg[1] = ngx.arg[1]
                                 .. "<img src='https://ads.test/end.gif'>"
                end
            } }
        location = /lua/exec {
            access_by_lua_block { return ngx.exec("/up/x") } }
        location = /lua/uri {
            rewrite_by_lua_block { ngx.req.set_uri("/up/x", true) } }
        location = /lua/says {
            set_by_lua_block $say { return ngx.var.consent_granted }
            add_header X-Say $say;
            log_by_lua_block {
                ngx.log(ngx.WARN, "blocked=", ngx.var.consent_blocked)
            }
            UP }
        location = /lua/no {
            access_by_lua_block { return ngx.exit(403) }
            UP }
END
        [ '/lua/page', 'a b', 'cookies' ], [ '/lua/parts', 'own own' ],
        [ '/lua/body', 'own s end', 'cookies' ], [ '/lua/exec', 'own' ],
        [ '/lua/uri', 'own' ], [ '/lua/says', 'own' ] ],

    perl => [ <<'END',
        location = /perl/page { perl 'sub {
            my $r = shift;
            $r->header_out("Set-Cookie", "_st=1");
            $r->send_http_header("text/html");
            $r->print("<!doctype html><body>");
            $r->print("<img src=https://ads.te");
            $r->flush;
            $r->print("st/a.gif>");
            $r->rflush;
            return OK;
        }'; }
        location = /perl/away { perl 'sub {
            my $r = shift;
            $r->internal_redirect("/up/x");
            return OK;
        }'; }
        location = /perl/says { add_header X-Say $said; UP }
        location = /perl/file { perl 'sub {
            my $r = shift;
            $r->send_http_header("text/html");
            $r->sendfile("%%DIR%%/html/list/one.html");
            return OK;
        }'; }
END
        [ '/perl/page', 'a' ], [ '/perl/away', 'own' ],
        [ '/perl/says', 'own' ], [ '/perl/file', 'one' ] ],

    js => [ <<'END',
        location = /js/page { js_content njs.page; }
        location = /js/parts { js_content njs.parts; }
        location = /js/sent { js_content njs.sent; }
        location = /js/away { js_content njs.away; }
        location = /js/filters { UP js_header_filter njs.field;
                                 js_body_filter njs.more; }
        location = /js/says { UP add_header X-Say $js_say; }
END
        [ '/js/page', 'njs', 'cookies' ], [ '/js/parts', 'own after' ],
        [ '/js/sent', 'a b' ], [ '/js/away', 'own' ],
        [ '/js/filters', 'own more', 'cookies' ], [ '/js/says', 'own' ] ],

    image_filter => [ <<'END',
        location /image/ { UP image_filter resize 5 5; }
        location /image/test/ { UP image_filter test; }
        location /image/size/ { UP image_filter size; }
END
    ],

    headers_more_filter => [ <<'END',
        location = /more/x { UP more_set_headers 'X-More: more'
            'Content-Language: de' 'Set-Cookie: _st=3';
            more_clear_headers 'Server'; }
        location = /more/in/said { UP
            more_set_input_headers 'X-In: in' 'Accept-Encoding: gzip'; }
        location = /more/type { UP
            more_set_headers 'Content-Type: text/html; charset=utf-8'; }
END
        [ '/more/x', 'own' ], [ '/more/type', 'own' ] ],

    echo => [ <<'END',
        location = /echo/page { default_type text/html;
            echo -n '<!doctype html><body><img src=https://ads.te';
            echo_flush; echo_sleep 0.05; echo 'st/a.gif>';
            echo_location /up/x; echo_subrequest GET /up/y; }
        location = /echo/around { UP
            echo_before_body '<img src=https://ads.test/before.gif>';
            echo_after_body '<img src=https://ads.test/after.gif>'; }
        location = /echo/exec { echo_exec /up/x; }
END
        [ '/echo/page', 'a own own' ], [ '/echo/around', 'before own after' ],
        [ '/echo/exec', 'own' ] ],

    subs_filter => [ <<'END',
        location = /subs/x { UP
            subs_filter SWAP '<img src=https://ads.test/s.gif>';
            subs_filter 'ads\.test/o.n' ads.test/other ir; }
END
        [ '/subs/x', 'other s' ] ],

    fancyindex => [ <<'END',
        location /list/ { fancyindex on; root %%DIR%%/html;
                          fancyindex_header /up/head; }
END
        [ '/list/', 'own' ] ],

    dav_ext => [ <<'END',
        location /dav/ { alias %%DIR%%/html/; dav_methods PUT;
                         dav_ext_methods PROPFIND OPTIONS; }
END
    ],

    srcache_filter => [ <<'END',
        location = /src/x { UP srcache_fetch GET /fetch; srcache_store PUT
            /keep; srcache_store_hide_header Set-Cookie; }
        location = /keep { internal; UP }
        location = /fetch { internal; UP }
END
        [ '/src/x', 'own' ], [ '/src/x', 'own' ] ],
);

# What stands outside of the server.
my %outside = (
    perl => q{perl_set $said 'sub { $_[0]->variable("consent_granted") }';},
    js   => "js_path %%DIR%%; js_import njs from njs.js;
             js_set \$js_say njs.state;",
);

my @used = grep { $conf{$_} && $has{$_} } @known;

my $locations = join '', map { $conf{$_}[0] =~ s/\bUP\b/$up/gr } @used;
my $outside = join "\n", map { $outside{$_} // () } @used;

$t->run(<<"CONF");
    consent_rules %%RULES%%;
    consent_banner off;
    $outside

    server {
        listen %%LISTEN%%;
        consent enforce;
        proxy_http_version 1.1;
        location / { $up }
        $locations
    }
CONF

my @all = $t->choose('accept');
my @none = $t->choose('reject');
my @some = $t->choose('save', 'analytics');


sub cookies {
    return join ' ', ConsentTest::headers($_[0], 'Set-Cookie');
}


for my $module (@used) {
    for my $case (@{ $conf{$module} }[1 .. $#{ $conf{$module} }]) {
        my ($uri, $want, $cookies) = @$case;

        # Lua's own subrequests know no other protocol.
        next if $uri eq '/lua/parts' && $t->{protocol} =~ /^h[23]/;

        my $free = $t->get($uri, @all);
        my $held = $t->get($uri, @none);

        is $free->{status}, 200, "$module: $uri";
        is join(' ', $free->{body} =~ m{ src=["']?https://ads\.test/(\w+)}g),
            $want, '... all granted: all are there';
        is $held->{status}, 200, '... nothing granted';
        is join(' ', $held->{body}
                     =~ m{data-pc-src=["']?https://ads\.test/(\w+)}g),
            $want, '... all are held back';
        unlike $held->{body}, qr{ src=["']?https://ads}, '... none is let out';
        ok $held->{complete} && $free->{complete}, '... to their ends';
        unlike cookies($held), qr/\b_st=\d/, '... no denied cookie';
        like cookies($free), qr/\b_st=\d/, '... which is there else'
            if $cookies;
        is scalar(() = $held->{raw} =~ /ads\.test>/g), 0,
            '... nor a denied hint';
    }
}

SKIP: {
    skip 'no lua', 3 if !$has{lua};

    is ConsentTest::header($t->get('/lua/says', @some), 'X-Say'),
        'necessary,analytics', 'lua reads a variable';
    is $t->get('/lua/no')->{status}, 403, 'and keeps out';
    is $t->get('/lua/says', @none)->{status}, 200, 'or lets in';
}

SKIP: {
    skip 'no perl', 1 if !$has{perl};

    is ConsentTest::header($t->get('/perl/says', @some), 'X-Say'),
        'necessary,analytics', 'perl reads a variable';
}

SKIP: {
    skip 'no njs', 1 if !$has{js};

    is ConsentTest::header($t->get('/js/says', @some), 'X-Say'),
        'necessary,analytics', 'njs reads a variable';
}

SKIP: {
    skip 'no image_filter', 5 if !$has{image_filter};

    my $image = $t->get('/image/x.gif', 'Sec-Fetch-Dest', 'image', @none);

    is $image->{status}, 200, 'image_filter: an image';
    like $image->{body}, qr/^GIF8/, '... is one still';
    is $t->get('/image/test/x.gif', @none)->{body}, $gif, '... is tested';
    like $t->get('/image/size/x.gif', @none)->{body}, qr/"width": 1/,
        '... is measured';
    is $t->get('/image/x', @none)->{status}, 415, 'a page is none';
}

SKIP: {
    skip 'no headers_more', 5 if !$has{headers_more_filter};

    my $page = $t->get('/more/x', @none);

    is ConsentTest::header($page, 'X-More'), 'more', 'a header more';
    is ConsentTest::header($page, 'Server'), undef, 'and one less';
    is cookies($t->get('/more/x', @all)), '_st=3', 'a cookie of the operator';
    like $t->get('/more/in/said', @none)->{body}, qr/^X-In: in$/m,
        'a header more of the request';
    unlike $t->get('/more/in/said', @none, Cookie => '_st=1')->{body},
        qr/_st=1/, 'and no denied cookie';
}

SKIP: {
    skip 'no dav_ext', 1 if !$has{dav_ext};

    is $t->request('PROPFIND', '/dav/list/one.html', undef, Depth => 0)
        ->{status}, 207, 'dav_ext';
}

SKIP: {
    skip 'no srcache', 2 if !$has{srcache_filter};

    like $t->read_file('kept'), qr{ src="https://ads\.test/own},
        'srcache keeps the page as it was';
    unlike $t->read_file('kept'), qr{data-pc}, 'not as it is for a visitor';
}

$t->done();
