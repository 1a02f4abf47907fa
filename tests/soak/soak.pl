#!/usr/bin/perl
#
# Millions of requests over a mixed set of pages and choices through a module
# that is instrumented: no finding, and memory that stays as it is after the
# first tenth.  wrk asks; its script takes each request by chance.
#
# usage: soak.pl REQUESTS      (make soak; CONSENT_MODULE names the module)

use warnings;
use strict;

use File::Find;
use FindBin;
use IO::Compress::Gzip qw/ gzip $GzipError /;
use List::Util qw/ max /;
use Time::HiRes qw/ sleep /;
use lib "$FindBin::Bin/../../t/lib";

use ConsentTest;
use Test::More;

my $requests = $ARGV[0] || 2_000_000;
my $tenths = 10;
my $warm = 30_000;          # requests that caches and pools may grow for,
                            # or the first tenth
my $room = 1.02;            # of the memory from there on

chomp(my $asan = qx{gcc -print-file-name=libasan.so});
chomp(my $ubsan = qx{gcc -print-file-name=libubsan.so});

# What was freed stays apart for a while: so little of it that the memory says
# something.

$ENV{ASAN_OPTIONS} = 'detect_leaks=0:abort_on_error=1:quarantine_size_mb=4';
$ENV{UBSAN_OPTIONS} = 'print_stacktrace=1';

my $workers = 2;

my $t = ConsentTest->new(workers => $workers, preload => "$asan $ubsan",
                         patience => 120);
my $plain = ConsentTest::free_port();


# The pages: those of the conformance tests, the evasions that the fuzzers begin
# with, and the real ones where they are.  These are large: of twenty requests
# one is for them, else they would take nearly all of the time.

my $shared = $ENV{CONSENT_SHARED} || "$ConsentTest::root/../shared";
my $archive = "$shared/data/pages.tar.xz";

mkdir "$t->{dir}/html/$_" for qw/ real coded /;
system 'tar', 'xf', $archive, '-C', "$t->{dir}/html/real" if -r $archive;
system 'cp', '-r', "$ConsentTest::root/tests/conformance/pages",
       "$t->{dir}/html/own";
system 'node', "$ConsentTest::root/tests/fuzz/seeds.mjs", "$t->{dir}/seeds";

my $evasions = 0;

# Three bytes before each page choose what the fuzzer does with it.
for my $file (glob "$t->{dir}/seeds/html/*") {
    $t->write_file('html/own/evasion' . ++$evasions . '.html',
                   substr $t->read_file($file), 3);
}

sub pages {
    my ($folder) = @_;
    my @pages;

    find({ no_chdir => 1, wanted => sub {
        push @pages, s{^\Q$t->{dir}\E/html}{}r if /\.html$/ && -s;
    } }, "$t->{dir}/html/$folder");

    return sort @pages;
}

my @pages = pages('own');
my @large = pages('real');

# Some of them in a coding.
for my $page (grep { rand() < 0.1 } @pages, @large) {
    gzip "$t->{dir}/html$page" => "$t->{dir}/html/coded/"
         . ($page =~ s{/}{_}gr) or die "gzip: $GzipError";
}

my @coded = pages('coded');

cmp_ok $evasions, '>', 1000, 'there are pages';

$t->write_file('html/data.json', '{"a":"<script src=https://ads.test/a.js>"}');
$t->write_file('html/ssi/page.html', '<!doctype html><body>'
               . "<!--# include virtual=\"/file$pages[0]\" --><p>x"
               . '<!--# include virtual="/file/data.json" -->');
$t->write_file('keys', "k1 00112233445566778899aabbccddeeff\n");

# So little is kept of pages that come again that it is full within the first
# tenth, and they make room for each other from then on.

$t->run(<<"END_CONF");
    consent_reuse 4m;
    consent_rules $ConsentTest::root/rules/*.json;
    consent_zone soak:1m;
    keepalive_requests 1000;
    proxy_cache_path %%DIR%%/cache keys_zone=kept:1m max_size=20m;
    upstream plain { server 127.0.0.1:$plain; keepalive 16; }

    server {
        listen 127.0.0.1:$plain;
        root %%DIR%%/html;
    }
    server {
        listen %%LISTEN%%;
        consent enforce;
        consent_key_file %%DIR%%/keys;
        consent_record %%DIR%%/records.jsonl;
        root %%DIR%%/html;
        proxy_http_version 1.1;
        proxy_set_header Connection "";
        gzip_min_length 0;
        gunzip on;

        location /file/ { alias %%DIR%%/html/; }
        location /small/ { alias %%DIR%%/html/; output_buffers 2 512; }
        location /ssi/ { ssi on; }
        location /coded/ { gunzip off; add_header Content-Encoding gzip; }
        location /gzip/ { alias %%DIR%%/html/; gzip on; }
        location /proxy/ { proxy_pass http://plain/; }
        location /now/ { proxy_pass http://plain/; proxy_buffering off; }
        location /kept/ { proxy_pass http://plain/; proxy_cache kept;
                          proxy_cache_valid 1m; }
        location /observe/ { consent observe; alias %%DIR%%/html/; }
        location /open/ { consent_unclassified allow; consent_csp off;
                          alias %%DIR%%/html/; }
        location /opt-out/ { consent_regime opt-out; alias %%DIR%%/html/; }
    }
END_CONF

my @choices = map { my (undef, $cookie) = $t->choose(@$_); $cookie }
    [ 'reject' ], [ 'accept' ], [ 'save', 'analytics' ],
    [ 'save', 'marketing', 'embeds' ], [ 'save', 'functional' ];

sub list { return '{' . join(',', map { "[==[$_]==]" } @_) . '}' }

my ($pages, $large, $coded) = (list(@pages), list(@large), list(@coded));
my $cookies = list('', @choices, 'privacy_choice=garbage',
                   "$choices[0]; _ga=1; _fbp=2", "$choices[1]; $choices[0]",
                   'x=1; ' x 50);

$t->write_file('mix.lua', <<"END_LUA");
local pages, large, coded, cookies = $pages, $large, $coded, $cookies
local ways = { "/file", "/small", "/gzip", "/proxy", "/now", "/kept",
               "/observe", "/open", "/opt-out" }
local dests = { "document", "document", "iframe", "empty", "image", "object" }
local ends = { "/", "/state", "/services", "/receipt", "/placeholder?url=x",
               "/none", "/assets/0/pc.js" }
local tags = {}
local form = "application/x-www-form-urlencoded"
local actions = { "action=accept", "action=reject", "action=withdraw",
                  "action=save&granted=analytics&service.youtube=1", "x=%" }

local function any(list) return list[math.random(#list)] end

function init(args) math.randomseed(os.time()) end

request = function()
    local h = { Host = "www.site.example", Cookie = any(cookies) }
    local n = math.random(100)

    if n < 80 then h["Sec-Fetch-Dest"] = any(dests) end
    if n % 3 == 0 then h["Accept-Encoding"] = "gzip" end
    if n % 7 == 0 then h["Accept-Language"] = "de, fr;q=0.5" end
    if n % 11 == 0 then h["Range"] = "bytes=0-99" end
    if n % 5 == 0 and #tags > 0 then h["If-None-Match"] = any(tags) end

    if n <= 2 then
        h["Content-Type"] = form
        return wrk.format("POST", "/privacy-choices/choice", h, any(actions))
    elseif n <= 5 then
        return wrk.format("GET", "/privacy-choices" .. any(ends), h)
    elseif n <= 7 then
        return wrk.format("GET", "/ssi/page.html", h)
    elseif n <= 12 then
        return wrk.format("GET", any(coded), h)
    end

    local page = #large > 0 and math.random(20) == 1 and any(large)
                 or any(pages)

    -- wrk waits for the body that a HEAD's answer speaks of, until the end.

    if n == 13 then h["Connection"] = "close" end

    return wrk.format(n == 13 and "HEAD" or "GET", any(ways) .. page, h)
end

response = function(status, headers)
    local tag = headers["ETag"]

    if tag and #tags < 500 then tags[#tags + 1] = tag end
end
END_LUA


# Not those that look after the cache, one of which ends.

sub workers {
    return grep { $t->read_file("/proc/$_/cmdline") =~ /worker process/ }
           split ' ', $t->read_file("/proc/$t->{pid}/task/$t->{pid}/children");
}

sub resident {
    my $sum = 0;

    for my $pid (workers()) {
        $sum += $1 if $t->read_file("/proc/$pid/status")
                      =~ /^VmRSS:\s+(\d+) kB/m;
    }

    return $sum;
}

# A process has its name once it has begun.

for (my $tries = 0; workers() < $workers && $tries < 600; $tries++) {
    sleep 0.1;
}

my @pids = workers();
my ($done, $next, $odd, @sizes) = (0, $requests / $tenths);

while ($done < $requests) {
    my $said = qx{wrk -t2 -c24 -d10s --timeout 30s -s $t->{dir}/mix.lua \\
                  http://127.0.0.1:$t->{port}/ 2>&1};
    my ($n) = $said =~ /(\d+) requests in/;

    last if !$n || "@pids" ne join ' ', workers();

    # "Socket errors: connect 0, read 0, write 0, timeout 0"
    $odd .= $1 if $said =~ /Socket errors: (connect [1-9].*|.*timeout [1-9].*)/;
    $done += $n;

    my $size = resident();

    push @sizes, $size if $done >= max($warm, $requests / $tenths);

    while ($done >= $next && $next <= $requests) {
        $next += $requests / $tenths;
        note sprintf '%d requests, %d KiB', $done, $size;
    }
}

# What was freed lies about in what the sanitizer keeps, a little more or less
# of it each time: what counts is the median of a third.

sub median {
    my @sorted = sort { $a <=> $b } @_;

    return $sorted[@sorted / 2];
}

my $third = int(@sizes / 3);

cmp_ok $done, '>=', $requests, "$requests requests";
is join(' ', workers()), "@pids", 'by the same workers';
is $odd, undef, 'no connection failed';
cmp_ok median(@sizes[-$third .. -1]), '<=',
    median(@sizes[0 .. $third - 1]) * $room, 'memory stays as it is'
    if $third;

$t->stop();

my @said = split /\n/, $t->log() . $t->read_file('logs/out.log');
my $finding = qr/sanitizer:|runtime error|\[(?:alert|emerg)\]/i;
my ($line) = grep { $said[$_] =~ $finding } 0 .. $#said;

ok !defined $line, 'no finding'
    or diag join "\n", grep { defined } @said[$line .. $line + 60];

done_testing();
