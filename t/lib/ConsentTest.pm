package ConsentTest;

# A private nginx with the module, an upstream, and a plain HTTP client: all
# that t/*.t need, on 127.0.0.1, with Perl's own modules only.
#
#     my $t = ConsentTest->new();
#     $t->upstream(sub { my ($request) = @_; return ($head, @chunks); });
#     $t->run('server { listen %%LISTEN%%; consent enforce; ... }');
#     $t->run_site('location / { ... }');     # or: what most of them need
#     my $page = $t->get('/', Cookie => 'a=b');
#     like $page->{body}, qr/.../;
#     $t->done();
#
# Options of new(): host, workers (1), daemon (0; then $t->{pid} is what
# run() finds in nginx.pid), preload (libraries for nginx), patience (seconds
# that it may take to start), wait (seconds that an answer may take).
#
# In a configuration, %%LISTEN%% is nginx's address, %%UPSTREAM%% the
# upstream's, %%DIR%% the private folder, %%RULES%% the rule file below, and
# %%TLS%% an address for all protocols that need it.
#
# Any test may be run over another protocol, without buffering, and with
# bodies of upstreams cut into pieces (of N bytes, or of up to N at random):
#
#     CONSENT_PROTOCOL=http|tls|h2|h3  CONSENT_BUFFERING=off
#     CONSENT_SPLIT=N|random:N  CONSENT_SEED=N
#
# NGINX=FILE names another nginx; with CONSENT_STATIC=1 the module is in it.

use warnings;
use strict;

use Cwd qw/ abs_path /;
use File::Basename qw/ dirname /;
use File::Path qw/ make_path remove_tree /;
use File::Temp qw/ tempdir /;
use IO::Select;
use IO::Socket::INET;
use IO::Socket::UNIX;
use POSIX qw/ :sys_wait_h /;
use Socket qw/ IPPROTO_TCP TCP_NODELAY /;
use Test::More;
use Time::HiRes qw/ sleep time /;

our $root = abs_path(dirname(__FILE__) . '/../..');

my $module  = $ENV{CONSENT_MODULE}
              || "$root/build/ngx_http_consent_module.so";
my $nginx   = $ENV{NGINX} || 'nginx';
my $timeout = 15;

# Workers of a root's nginx become another user, who may not read the
# private folder: so no test runs as root.

if ($> == 0 && -e "$root/tools/as-user.pl") {
    my $script = abs_path($0);

    chdir $root;
    exec $^X, "$root/tools/as-user.pl", $^X, $script, @ARGV;
}

$ENV{PATH} .= ':/usr/sbin:/usr/local/sbin:/sbin';

# nginx itself reads NGINX, for sockets of one that it takes over from; and a
# master starts itself again by the name that it was started with.

delete $ENV{NGINX};
($nginx) = (grep({ -x } map { "$_/$nginx" } split /:/, $ENV{PATH}), $nginx)
    if $nginx !~ m{/};


# The rules of the tests: one service for each way to match.

our $rules = <<'END';
{ "version": 1, "services": [
  { "id": "stats", "name": "Stats", "controller": "Stats Ltd",
    "country": "IE", "policy_url": "https://stats.test/privacy",
    "purposes": ["analytics"], "data": ["ip"],
    "match": [ { "host": "stats.test" }, { "path": "/collect" },
               { "inline": ["startStats("] } ],
    "storage": [
      { "kind": "cookie", "name": "_st", "retention": "P1Y" },
      { "kind": "cookie", "name": "_st_*", "retention": "P1Y" } ] },
  { "id": "ads", "name": "Ads", "controller": "Ads Inc", "country": "US",
    "policy_url": "https://ads.test/privacy", "purposes": ["marketing"],
    "data": ["ip"],
    "match": [ { "host": "ads.test" } ],
    "storage": [
      { "kind": "cookie", "name": "_ads", "retention": "P90D" } ] },
  { "id": "video", "name": "Video", "controller": "Video SA",
    "country": "FR", "policy_url": "https://video.test/privacy",
    "purposes": ["embeds"], "data": ["ip"], "placeholder": "video",
    "match": [ { "host": "video.test", "path": "/embed/" } ],
    "storage": [] },
  { "id": "cdn", "name": "CDN", "controller": "CDN Ltd", "country": "DE",
    "policy_url": "https://cdn.test/privacy", "purposes": ["necessary"],
    "data": ["ip"],
    "match": [ { "host": "cdn.test" } ],
    "storage": [
      { "kind": "cookie", "name": "lang", "retention": "P1Y" } ] } ] }
END


sub new {
    my ($class, %option) = @_;

    my $t = bless {
        dir       => tempdir('consent-XXXXXX', TMPDIR => 1, CLEANUP => 1),
        host      => 'www.site.example',
        pids      => [],
        protocol  => $ENV{CONSENT_PROTOCOL} || 'http',
        buffering => $ENV{CONSENT_BUFFERING} || 'on',
        split     => $ENV{CONSENT_SPLIT},
        wait      => $timeout,
        %option
    }, $class;

    plan(skip_all => "no $t->{protocol} here")
        if !$t->speaks($t->{protocol});

    chmod 0755, $t->{dir};
    make_path(map { "$t->{dir}/$_" } qw/ logs temp html /);

    $t->{port} = free_port();
    $t->{tls_port} = free_port();
    $t->{owner} = $$;
    $t->write_file('rules.json', $rules);

    return $t;
}


# A port that nothing listens on just now; none of those that a connection's
# other end may be given meanwhile.  Nor do other tests get it, until this one
# ends: its name among abstract sockets says that it is taken.

my @taken;

sub free_port {
    for (1 .. 1000) {
        my $port = 10240 + int rand 20000;
        my $s = IO::Socket::INET->new(
            Listen => 1, LocalAddr => "127.0.0.1:$port", Proto => 'tcp',
            ReuseAddr => 1
        );

        my $sign = $s && IO::Socket::UNIX->new(
            Listen => 1, Local => "\0consent-test-port-$port"
        );

        next if !$sign;

        push @taken, $sign;
        return $port;
    }

    die "no free port: $!";
}


sub write_file {
    my ($t, $name, $text) = @_;
    my $file = $name =~ m{^/} ? $name : "$t->{dir}/$name";

    make_path(dirname($file));

    open my $fh, '>:raw', $file or die "$file: $!";
    print $fh $text;
    close $fh or die "$file: $!";

    return $file;
}


sub read_file {
    my ($t, $name) = @_;
    my $file = $name =~ m{^/} ? $name : "$t->{dir}/$name";

    open my $fh, '<:raw', $file or return '';
    local $/;

    return scalar <$fh>;
}


sub expand {
    my ($t, $text) = @_;
    my %value = (
        LISTEN   => sub {
            return join '; listen ', "127.0.0.1:$t->{port}",
                   $t->{protocol} eq 'http' ? () : $t->listen_tls();
        },
        TLS      => sub { $t->listen_tls() },
        UPSTREAM => sub { '127.0.0.1:' . ($t->{upstream_port} || 1) },
        DIR      => sub { $t->{dir} },
        RULES    => sub { "$t->{dir}/rules.json" },
    );

    delete $t->{quic};

    $text =~ s/%%([A-Z]+)%%/($value{$1} \/\/ die "no %%$1%%")->()/ge;

    return $text;
}


# The file of one of Debian's modules for nginx, for {load}, what is loaded
# before ours; undef where it is missing, or nginx is no Debian's.

sub debian_module {
    my ($name) = @_;
    my $dir = '/usr/lib/nginx/modules';
    my ($file) = grep { -e } "$dir/ngx_http_${name}_module.so",
                             "$dir/${name}_http_module.so";

    return $ENV{CONSENT_STATIC} ? undef : $file;
}


# What nginx and curl can do: nginx's version as a number (1.022001), and
# whether both know a protocol.

my %said;

sub said {
    my ($program) = @_;

    return $said{$program} //= scalar qx{$program -V 2>&1} // '';
}


sub version {
    my ($major, $minor, $patch) = said($nginx) =~ m{nginx/(\d+)\.(\d+)\.(\d+)}
        or return 0;

    return $major + $minor / 1e3 + $patch / 1e6;
}


sub speaks {
    my ($t, $protocol) = @_;

    return 1 if $protocol eq 'http';
    return 0 if said($nginx) !~ /http_ssl_module/ || said('curl') !~ /\bSSL\b/;
    return 1 if $protocol eq 'tls';

    return said($nginx) =~ /http_v2_module/ && said('curl') =~ /\bHTTP2\b/
        if $protocol eq 'h2';

    return said($nginx) =~ /http_v3_module/ && said('curl') =~ /\bHTTP3\b/
        if $protocol eq 'h3';

    die "no protocol '$protocol'";
}


# The arguments of "listen" for all protocols over TLS that nginx knows.

sub listen_tls {
    my ($t) = @_;
    my $at = "127.0.0.1:$t->{tls_port}";
    my $listen = "$at ssl";

    $t->{tls} = 1;

    $listen .= ' http2' if said($nginx) =~ /http_v2_module/
                           && version() < 1.025001;
    # Each worker must get the packets of its own connections.

    $listen .= "; listen $at quic" . ($t->{quic}++ ? '' : ' reuseport')
        if said($nginx) =~ /http_v3_module/;

    return $listen;
}


sub conf_tls {
    my ($t) = @_;
    my $dir = $t->{dir};

    return '' if !$t->{tls};

    my @make = (qw/ openssl req -x509 -nodes -newkey ec -pkeyopt
                    ec_paramgen_curve:prime256v1 /, '-subj', "/CN=$t->{host}",
                '-keyout', "$dir/key.pem", '-out', "$dir/cert.pem");

    qx{@make 2>&1} if !-e "$dir/cert.pem";

    my $conf = "ssl_certificate $dir/cert.pem; "
               . "ssl_certificate_key $dir/key.pem;";

    $conf .= ' http2 on;' if said($nginx) =~ /http_v2_module/
                             && version() >= 1.025001;

    return $conf;
}


# What the scheme and host of all pages are.

sub origin {
    my ($t) = @_;

    return ($t->{protocol} eq 'http' ? 'http' : 'https') . "://$t->{host}";
}


sub write_conf {
    my ($t, $http) = @_;
    my $dir = $t->{dir};
    my $level = $ENV{CONSENT_LOG} || 'info';
    my $workers = $t->{workers} || 1;
    my $daemon = $t->{daemon} ? 'on' : 'off';
    my $load = join ' ', map { "load_module $_;" } @{ $t->{load} || [] },
                         $ENV{CONSENT_STATIC} ? () : $module;
    my $temp = join "\n    ", map { "${_}_temp_path $dir/temp/$_;" }
               qw/ client_body proxy fastcgi uwsgi scgi /;

    $http = $t->expand($http);

    my $tls = $t->conf_tls();
    my $buffering = $t->{buffering} eq 'off' ? 'proxy_buffering off;' : '';

    $t->write_file('nginx.conf', <<"END");
daemon $daemon;
worker_processes $workers;
pid $dir/nginx.pid;
error_log $dir/logs/error.log $level;
$load
events { worker_connections 256; }
http {
    access_log off;
    $temp
    $tls
    $buffering
    types { text/html html htm; application/xhtml+xml xhtml; text/css css;
            text/javascript js; image/gif gif; image/svg+xml svg;
            application/json json; text/plain txt; }
    default_type application/octet-stream;
    $http
}
END
}


sub command {
    my ($t, @more) = @_;

    return ($nginx, '-p', $t->{dir}, '-c', "$t->{dir}/nginx.conf",
            '-e', "$t->{dir}/logs/start.log", @more);
}


# nginx -t: returns (1 if the configuration is good, what nginx said).

sub check_conf {
    my ($t, $http) = @_;

    $t->write_conf($http);

    my $pid = open my $out, '-|';
    die "fork: $!" if !defined $pid;

    if ($pid == 0) {
        open STDERR, '>&', \*STDOUT;
        exec $t->command('-t') or die "$nginx: $!";
    }

    my $text = do { local $/; <$out> } // '';
    close $out;

    return ($? == 0 ? 1 : 0, $text);
}


sub run {
    my ($t, $http) = @_;

    $t->write_conf($http) if defined $http;

    my $pid = fork // die "fork: $!";

    if ($pid == 0) {
        open STDOUT, '>', "$t->{dir}/logs/out.log";
        open STDERR, '>&', \*STDOUT;
        $ENV{LD_PRELOAD} = $t->{preload} if $t->{preload};
        exec $t->command() or POSIX::_exit(127);
    }

    $t->{pid} = $pid;
    $t->wait_port($t->{port}, $pid);

    if ($t->{daemon}) {
        waitpid($pid, 0);
        chomp($t->{pid} = $t->read_file('nginx.pid'));
    }

    return $t;
}


# The same with one server, which enforces the rules above, without a banner.

sub run_site {
    my ($t, $inside) = @_;

    return $t->run("consent_rules %%RULES%%; consent_banner off;
                    server { listen %%LISTEN%%; consent enforce;
                    $inside }");
}


sub wait_port {
    my ($t, $port, $pid) = @_;
    my $end = time() + ($t->{patience} || 4 * $timeout);

    while (time() < $end) {
        my $s = IO::Socket::INET->new(PeerAddr => "127.0.0.1:$port");

        return if $s;

        if (!$t->{daemon} && waitpid($pid, WNOHANG) == $pid) {
            delete $t->{pid};
            last;
        }

        sleep 0.02;
    }

    $t->stop();
    diag map { $t->read_file("logs/$_.log") } qw/ error out start /;
    BAIL_OUT('nginx did not start');
}


# A new configuration for the running nginx; returns when it is in force.

sub reload {
    my ($t, $http) = @_;
    my $count = () = $t->log() =~ /gracefully shutting down/g;
    my $end = time() + $timeout;

    $t->write_conf($http) if defined $http;
    kill 'HUP', $t->{pid};

    while (time() < $end) {
        my $now = () = $t->log() =~ /gracefully shutting down/g;
        return 1 if $now > $count;
        sleep 0.05;
    }

    return 0;
}


sub stop {
    my ($t) = @_;

    for my $pid (grep { defined } delete $t->{pid}, splice @{ $t->{pids} }) {
        kill 'TERM', $pid;
        waitpid($pid, 0);

        # No child of ours.
        sleep 0.05 while $t->{daemon} && kill 0, $pid;
    }
}


sub log {
    my ($t) = @_;

    return $t->read_file('logs/error.log');
}


# Ends the test: nothing in the error log that points to a fault.

sub done {
    my ($t) = @_;

    $t->stop();

    my @bad = grep { /\[(?:alert|emerg|crit)\]|sanitizer|exited on signal/i }
              split /\n/, $t->log();

    is "@bad", '', 'no alerts in the error log';
    done_testing();
}


sub DESTROY {
    my ($t) = @_;

    $t->stop() if ($t->{owner} // 0) == $$;
}


# An upstream in a process of its own.  The handler gets the request as
# { method, uri, headers => { lower-case name => value }, lines => [ … ],
# body } and returns the pieces to write, head first; a reference to a number
# is a pause of so many seconds.  A connection serves one request.

sub upstream {
    my ($t, $handler) = @_;

    $t->{upstream_port} = $t->server(sub { $t->serve($_[0], $handler) });

    return $t;
}


# A server that speaks whatever its handler does with a connection; its port.

sub server {
    my ($t, $handler) = @_;

    my $server = IO::Socket::INET->new(
        Listen => 64, LocalAddr => '127.0.0.1', Proto => 'tcp',
        ReuseAddr => 1
    ) or die "server: $!";

    my $pid = fork // die "fork: $!";

    if ($pid) {
        push @{ $t->{pids} }, $pid;
        return $server->sockport();
    }

    $SIG{PIPE} = 'IGNORE';
    $SIG{TERM} = sub { POSIX::_exit(0) };
    $SIG{CHLD} = 'IGNORE';

    while (1) {
        my $client = $server->accept() or next;
        my $child = fork // next;

        if ($child == 0) {
            $client->autoflush(1);
            $client->setsockopt(IPPROTO_TCP, TCP_NODELAY, 1);
            $handler->($client);
            POSIX::_exit(0);
        }

        close $client;
    }
}


sub serve {
    my ($t, $client, $handler) = @_;
    my $head = '';

    while ($head !~ /\r\n\r\n/) {
        sysread $client, $head, 65536, length $head or return;
    }

    my ($top, $body) = split /\r\n\r\n/, $head, 2;
    my ($line, @lines) = split /\r\n/, $top;
    my ($method, $uri) = split / /, $line;
    my %headers;

    for (@lines) {
        my ($name, $value) = /^([^:]+):\s*(.*)$/ or next;
        $name = lc $name;
        $headers{$name} = exists $headers{$name} ? "$headers{$name}, $value"
                                                 : $value;
    }

    while (length $body < ($headers{'content-length'} || 0)) {
        sysread $client, $body, 65536, length $body or last;
    }

    my @pieces = $handler->({
        method => $method, uri => $uri, headers => \%headers,
        lines => [ map { canonical($_) } @lines ], body => $body
    });

    for my $piece (split_pieces($headers{'x-split'} // $t->{split}, @pieces)) {
        if (ref $piece) {
            sleep $$piece;
        } else {
            syswrite $client, $piece or last;
        }
    }

    shutdown $client, 1;
}


# Cuts all but the first piece, the head, as CONSENT_SPLIT says: into pieces of
# N bytes, or of up to N at random; not more than 100 of each.

sub split_pieces {
    my ($split, $head, @pieces) = @_;
    my ($random, $most) = ($split // '') =~ /^(random:)?(\d+)$/
        or return ($head, @pieces);

    srand($ENV{CONSENT_SEED} || $$) if $random;

    return ($head, map {
        my ($piece, @cut) = $_;

        while (!ref $piece && length $piece && @cut < 200) {
            my $n = $random ? 1 + int rand $most : $most;
            push @cut, substr($piece, 0, $n, ''), \0.0003;
        }

        (@cut, ref $piece || length $piece ? $piece : ())
    } @pieces);
}


# The head of a response for upstream(): status and header lines.

sub head {
    my ($status, @lines) = @_;

    return join("\r\n", "HTTP/1.1 $status X", @lines, 'Connection: close')
           . "\r\n\r\n";
}


# One request; header fields as pairs.  Field names may repeat.  Returns
# { status, headers => [ [ name, value ], … ], body, raw, times }, the body
# unchunked; times holds when each piece of it came.

sub get {
    my ($t, $uri, @headers) = @_;

    return $t->request('GET', $uri, undef, @headers);
}


sub head_of {
    my ($t, $uri, @headers) = @_;

    return $t->request('HEAD', $uri, undef, @headers);
}


sub request {
    my ($t, $method, $uri, $body, @headers) = @_;

    return $t->by_curl($method, $uri, $body, @headers)
        if $t->{protocol} ne 'http';

    my ($text, $host) = ('', $t->{host});

    while (@headers) {
        my ($name, $value) = splice @headers, 0, 2;

        if (lc $name eq 'host') {
            $host = $value;
            next;
        }

        $text .= "$name: $value\r\n";
    }

    $text .= 'Content-Length: ' . length($body) . "\r\n" if defined $body;

    return $t->raw("$method $uri HTTP/1.1\r\nHost: $host\r\n"
                   . "Connection: close\r\n$text\r\n" . ($body // ''),
                   $method eq 'HEAD');
}


# A header line with its name as HTTP/1.1 mostly has it: other protocols have
# small letters alone.

sub canonical {
    my ($line) = @_;

    return $line if $line !~ /^[a-z-]+:/;

    return $line =~ s/^([a-z-]+)/join '-', map { ucfirst } split m{-}, $1/er;
}


# The same request over another protocol; raw() is always HTTP/1.1.

sub by_curl {
    my ($t, $method, $uri, $body, @headers) = @_;
    my %how = (tls => '--http1.1', h2 => '--http2', h3 => '--http3-only');
    my %own = ('user-agent' => 'User-Agent:', accept => 'Accept:',
               'content-type' => 'Content-Type:', expect => 'Expect:',
               host => "Host: $t->{host}");
    my $n = join '.', $$, ++$t->{requests};
    my ($head, $out) = map { "$t->{dir}/curl.$n.$_" } qw/ head body /;
    my @fields;

    $own{connection} = 'Connection: close' if $t->{protocol} eq 'tls';

    while (my ($name, $value) = splice @headers, 0, 2) {
        delete $own{lc $name};
        push @fields, "$name: $value" =~ s/: $/;/r;
    }

    my @run = ('curl', '-s', '-k', '-g', '--path-as-is', $how{$t->{protocol}},
               '--max-time', $t->{wait}, '-D', $head, '-o', $out,
               '--connect-to', "$t->{host}:443:127.0.0.1:$t->{tls_port}",
               map({ ('-H', $_) } values %own, @fields),
               $method eq 'HEAD' ? '-I' : ('-X', $method));

    push @run, '--data-binary', '@' . $t->write_file("curl.$n.data", $body)
        if defined $body;

    my $failed = system @run, "https://$t->{host}$uri";
    my @heads = split /\r\n\r\n/, $t->read_file($head);
    my ($line, @lines) = map { canonical($_) } split /\r\n/, pop @heads // '';
    my ($status) = ($line // '') =~ m{^HTTP/\S+ (\d+)};
    my $page = {
        status => int($status || 0),
        headers => [ map { /^([^:]+): ?(.*)$/ ? [ $1, $2 ] : () } @lines ],
        body => $method eq 'HEAD' ? '' : $t->read_file($out),
        complete => $failed ? 0 : 1, times => []
    };

    $page->{raw} = join("\r\n", @heads, $line // '', @lines)
                   . "\r\n\r\n$page->{body}";
    unlink $head, $out;

    return $page;
}


sub raw {
    my ($t, $request, $bodyless) = @_;
    my ($raw, @times) = ('');
    my $end = time() + $t->{wait};

    my $s = IO::Socket::INET->new(PeerAddr => "127.0.0.1:$t->{port}")
        or return { status => 0, headers => [], body => '', raw => '' };

    local $SIG{PIPE} = 'IGNORE';
    syswrite $s, $request;

    my $select = IO::Select->new($s);

    while ($select->can_read($end - time() > 0 ? $end - time() : 0)) {
        sysread $s, $raw, 65536, length $raw or last;
        push @times, [ time(), length $raw ];
    }

    return parse($raw, $bodyless, \@times);
}


sub parse {
    my ($raw, $bodyless, $times) = @_;
    my ($head, $body) = split /\r\n\r\n/, $raw, 2;
    my ($line, @lines) = split /\r\n/, $head // '';
    my ($status) = ($line // '') =~ m{^HTTP/1\.[01] (\d+)};
    my @headers = map { /^([^:]+): ?(.*)$/ ? [ $1, $2 ] : () } @lines;
    my $page = {
        status => $status || 0, headers => \@headers, body => $body // '',
        raw => $raw, times => $times, complete => 1
    };

    if (!$bodyless && (header($page, 'Transfer-Encoding') // '') eq 'chunked')
    {
        ($page->{body}, $page->{complete}) = unchunk($page->{body});
    }

    return $page;
}


sub unchunk {
    my ($text) = @_;
    my $body = '';

    while ($text =~ s/^([0-9a-fA-F]+)[^\r\n]*\r\n//) {
        my $size = hex $1;

        return ($body, 1) if $size == 0;

        $body .= substr $text, 0, $size, '';
        $text =~ s/^\r\n//;
    }

    return ($body, 0);
}


# All values of a header field; the first one.

sub headers {
    my ($page, $name) = @_;

    return map { $_->[1] } grep { lc $_->[0] eq lc $name }
           @{ $page->{headers} };
}


sub header {
    return (headers(@_))[0];
}


# Makes a choice as a browser would, through the endpoint, and returns what
# its Cookie header holds from then on: ('Cookie', 'name=value').

sub choose {
    my ($t, $action, @granted) = @_;
    my $path = $t->{path} || '/privacy-choices/';
    my $form = join '&', "action=$action", map { "granted=$_" } @granted;

    my $page = $t->request('POST', "${path}choice", $form,
        'Content-Type' => 'application/x-www-form-urlencoded',
        'Origin' => $t->origin(), 'Sec-Fetch-Site' => 'same-origin');

    for (headers($page, 'Set-Cookie')) {
        if (/^(\w*choice\w*=[^;]+);/) {
            return (Cookie => $1);
        }
    }

    diag "no choice was stored: $page->{raw}";

    return (Cookie => 'none=');
}


1;
