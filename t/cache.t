#!/usr/bin/perl
#
# nginx's caches hold the upstream's one copy for all.  A thousand visitors
# with choices of their own ask for it in turns, and on many connections at
# once: none gets another's page, cookie, or 304.

use warnings;
use strict;

use FindBin;
use IO::Select;
use IO::Socket::INET;
use lib "$FindBin::Bin/lib";
use Time::HiRes qw/ sleep time /;

use ConsentTest;
use Test::More;

my $visitors = $ENV{CONSENT_VISITORS} || 1000;
my $at_once = 24;

my $t = ConsentTest->new(workers => 2);
my $date = 'Sat, 01 Nov 2025 00:00:00 GMT';

# Each purpose has one thing in the page; what it is when it is let through.

my %thing = (
    analytics => [ '<script src="https://stats.test/s.js"></script>',
                   qr{<script src="https://stats\.test/s\.js">} ],
    marketing => [ '<img src="https://ads.test/p.gif">',
                   qr{<img src="https://ads\.test/p\.gif">} ],
    embeds => [ '<iframe src="https://video.test/embed/1"></iframe>',
                qr{<iframe src="https://video\.test/embed/1">} ],
);
my @purposes = sort keys %thing;
my $page = "<!doctype html><html><head><title>x</title></head><body><p>x</p>"
           . join('', map { $thing{$_}[0] } @purposes) . '</body></html>';

my @lines = ('Content-Type: text/html; charset=utf-8', 'ETag: "one"',
             "Last-Modified: $date", 'Cache-Control: max-age=3600',
             'Set-Cookie: _st=shared; Path=/', 'Set-Cookie: _ads=shared',
             'Link: <https://stats.test/s.js>; rel=preload; as=script',
             'Content-Length: ' . length $page);


# What the upstream is asked is counted by a byte in a file.

sub count {
    open my $fh, '>>', "$t->{dir}/asked" or die "asked: $!";
    syswrite $fh, '.';
}

$t->upstream(sub {
    my ($request) = @_;

    count();

    return (ConsentTest::head(200, @lines), $page);
});


# The same over FastCGI (1.0, 3.3): one request, and a connection for it.

sub record {
    my ($type, $content) = @_;

    return pack('CCnnCx', 1, $type, 1, length $content, 0) . $content;
}

my $fastcgi = IO::Socket::INET->new(Listen => 64, LocalAddr => '127.0.0.1')
    or die "fastcgi: $!";
my $fastcgi_port = $fastcgi->sockport();

my $pid = fork // die "fork: $!";

if ($pid == 0) {
    while (1) {
        my $client = $fastcgi->accept() or next;
        my $in = '';

        # The end of what is sent to its standard input.
        while ($in !~ /\x01\x05\0\x01\0\0..$/s) {
            sysread $client, $in, 65536, length $in or last;
        }

        count();
        syswrite $client, record(6, join("\r\n", 'Status: 200 OK', @lines)
                                    . "\r\n\r\n$page")
                          . record(6, '') . record(3, pack 'Nx4', 0);
        close $client;
    }
}

push @{ $t->{pids} }, $pid;

$t->run(<<"END_CONF");
    consent_rules %%RULES%%;
    consent_zone cache:1m;
    proxy_cache_path %%DIR%%/cache keys_zone=pages:1m;
    fastcgi_cache_path %%DIR%%/fcache keys_zone=parts:1m;

    server {
        listen %%LISTEN%%;
        consent enforce;
        consent_unclassified allow;
        add_header X-Cache \$upstream_cache_status;
        proxy_buffering on;

        location /proxy {
            proxy_pass http://%%UPSTREAM%%;
            proxy_cache pages;
            proxy_cache_lock on;
            proxy_cache_valid 1h;
            proxy_ignore_headers Set-Cookie;
        }
        location /revalidate {
            proxy_pass http://%%UPSTREAM%%;
            proxy_cache pages;
            proxy_cache_lock on;
            proxy_cache_revalidate on;
            proxy_ignore_headers Set-Cookie;
        }
        location /stale {
            proxy_pass http://%%UPSTREAM%%;
            proxy_cache pages;
            proxy_cache_valid 1s;
            proxy_cache_use_stale updating;
            proxy_cache_background_update on;
            proxy_ignore_headers Set-Cookie Cache-Control;
        }
        location /fastcgi {
            fastcgi_pass 127.0.0.1:$fastcgi_port;
            fastcgi_param REQUEST_METHOD \$request_method;
            fastcgi_cache parts;
            fastcgi_cache_key \$uri;
            fastcgi_cache_lock on;
            fastcgi_cache_valid 1h;
            fastcgi_ignore_headers Set-Cookie;
        }
        location /state {
            proxy_pass http://%%UPSTREAM%%;
            proxy_cache pages;
            proxy_cache_key \$uri\$consent_state;
            proxy_cache_valid 1h;
            proxy_ignore_headers Set-Cookie;
        }
    }
END_CONF


# Many requests at once: each is [ what goes out, what to do with the answer ].

sub start {
    my ($job) = @_;
    my $s = IO::Socket::INET->new(PeerAddr => "127.0.0.1:$t->{port}")
        or die "connect: $!";

    syswrite $s, $job->[0];

    return $s;
}

sub all_at_once {
    my @jobs = @_;
    my ($select, %doing, %text) = (IO::Select->new());

    while (@jobs || %doing) {
        while (@jobs && keys %doing < $at_once) {
            my $job = shift @jobs;
            my $s = start($job);

            $select->add($s);
            $doing{$s} = $job;
            $text{$s} = '';
        }

        for my $s ($select->can_read(15)) {
            next if sysread $s, $text{$s}, 65536, length $text{$s};

            $select->remove($s);
            (delete $doing{$s})->[1]->(ConsentTest::parse(delete $text{$s}));
        }
    }
}

sub ask {
    my ($method, $uri, $body, @headers) = @_;
    my $text = "$method $uri HTTP/1.1\r\nHost: $t->{host}\r\n"
               . "Connection: close\r\n";

    while (@headers) {
        my ($name, $value) = splice @headers, 0, 2;
        $text .= "$name: $value\r\n";
    }

    $text .= 'Content-Length: ' . length($body) . "\r\n" if defined $body;

    return "$text\r\n" . ($body // '');
}


# The visitors: some with a choice of their own, some without.

srand 20261122;

my @visitors = map { { granted => [ grep { rand() < 0.5 } @purposes ],
                       chose => rand() < 0.9 } } 1 .. $visitors;

for (@visitors) {
    $_->{granted} = [] if !$_->{chose};
    $_->{mask} = ($_->{chose} ? '' : '?') . join ',', @{ $_->{granted} };
}

all_at_once(map {
    my $visitor = $_;
    my $form = join '&', 'action=save',
                    map { "granted=$_" } @{ $visitor->{granted} };

    [ ask('POST', '/privacy-choices/choice', $form,
          'Content-Type' => 'application/x-www-form-urlencoded'),
      sub {
          my ($answer) = @_;
          my ($cookie) = map { /^(privacy_choice=[^;]+)/ ? $1 : () }
                         ConsentTest::headers($answer, 'Set-Cookie');

          $visitor->{cookie} = $cookie // '';
          ($visitor->{id}) = $visitor->{cookie} =~ /\.([\w-]{22})\.0$/;
      } ];
} grep { $_->{chose} } @visitors);

my %ids = map { $_->{id} // '' => 1 } grep { $_->{chose} } @visitors;
is scalar(keys %ids), scalar(grep { $_->{chose} } @visitors),
    'every visitor has an id of their own';


my (%body_of, %tag_of, %wrong, %seen);

sub fault { $wrong{$_[0]}++ }

# What a visitor must have got, whoever asked before.

sub check {
    my ($visitor, $uri, $answer) = @_;
    my $key = "$uri $visitor->{mask}";
    my %granted = map { $_ => 1 } @{ $visitor->{granted} };
    my @set = grep { !/Max-Age=0/ } ConsentTest::headers($answer,
                                                         'Set-Cookie');
    my $set = join ' ', map { /^([^=]+)/ } @set;

    $seen{$answer->{status}}++;
    $seen{ConsentTest::header($answer, 'X-Cache') // ''}++;

    return fault("status $answer->{status}")
        if $answer->{status} !~ /^(?:200|304)$/;

    for my $purpose (@purposes) {
        my $through = $answer->{body} =~ $thing{$purpose}[1];

        fault("$purpose let through") if $through && !$granted{$purpose};
        fault("$purpose held back")
            if !$through && $granted{$purpose} && $answer->{status} == 200;
    }

    if ($answer->{status} == 200) {
        $body_of{$key} //= $answer->{body};
        fault('another page') if $body_of{$key} ne $answer->{body};
        fault('asked again') if $visitor->{chose}
                                && $answer->{body} =~ /class="asks"/;
        fault('not asked') if !$visitor->{chose}
                              && $answer->{body} !~ /class="asks"/;

        my $cookies = join ' ', $granted{analytics} ? '_st' : (),
                                $granted{marketing} ? '_ads' : ();
        fault("cookies: $set") if $set ne $cookies;

        my $tag = ConsentTest::header($answer, 'ETag') // '';
        $tag_of{$key} //= $tag;
        fault('another tag') if $tag_of{$key} ne $tag;
        $visitor->{tag}{$uri} = $tag;
    }

    fault('shared caches may keep it')
        if (ConsentTest::header($answer, 'Cache-Control') // '')
           ne 'private, no-cache';

    for ($answer->{raw} =~ /\b([\w-]{22})\b/g) {
        fault('an id') if $ids{$_};
    }
}


sub visit {
    my ($visitor, $uri) = @_;
    my @headers = ('Sec-Fetch-Dest' => 'document');
    my $any = $visitors[rand @visitors];
    my $kind = rand();
    my $right = 0;

    push @headers, Cookie => "$visitor->{cookie}; keep=1" if $visitor->{chose};

    if ($kind < 0.3 && $visitor->{tag}{$uri}) {
        push @headers, 'If-None-Match' => $visitor->{tag}{$uri};

    } elsif ($kind < 0.6 && $any->{tag}{$uri}) {
        push @headers, 'If-None-Match' => $any->{tag}{$uri};

    } elsif ($kind < 0.7) {
        push @headers, 'If-Modified-Since' => $date;

    } elsif ($kind < 0.8) {
        push @headers, 'If-None-Match' => '"one"';
    }

    my ($match) = $headers[-2] eq 'If-None-Match' ? $headers[-1] : '';

    return [ ask('GET', $uri, undef, @headers), sub {
        my ($answer) = @_;

        check($visitor, $uri, $answer);
        fault("304 for another's tag")
            if $answer->{status} == 304
               && $match ne ($tag_of{"$uri $visitor->{mask}"} // '');
    } ];
}


my @uris = ('/proxy', '/fastcgi', '/revalidate');

for my $round (1 .. 2) {
    all_at_once(map { my $visitor = $_;
                      visit($visitor, $uris[rand @uris]) }
                sort { rand() <=> 0.5 } @visitors);
}

is_deeply \%wrong, {}, "$visitors visitors: each gets a page of their own";
cmp_ok $seen{304} // 0, '>', $visitors / 20, 'some of them by a 304';
cmp_ok $seen{200} // 0, '>', $visitors, 'most of them whole';
cmp_ok scalar(keys %body_of), '>', 20, 'and there are as many as choices';
is length $t->read_file('asked'), scalar @uris,
    'the upstream was asked once for each cached page';


# An old copy is served while a subrequest of a visitor's brings the new one.
# nginx counts in whole seconds: what is valid for one may be so for nearly two.

my $asked = length $t->read_file('asked');

for my $round (1 .. 3) {
    all_at_once(map { visit($_, '/stale') } @visitors[0 .. 99]);
    sleep 2.1;
}

is_deeply \%wrong, {}, 'each gets their own of an old copy, too';
cmp_ok +($seen{STALE} // 0) + ($seen{UPDATING} // 0), '>=', 2,
    'which some got';
cmp_ok length($t->read_file('asked')) - $asked, '>=', 3,
    'and it was renewed';


# The copy that is kept is the upstream's.

my $kept = join '', map { $t->read_file($_) } glob "$t->{dir}/cache/*";
like $kept, qr/\Q$page\E/, 'the cached page is as the upstream sent it';
unlike $kept, qr/privacy-choices|data-pc-/, 'with nothing of ours';


# $consent_state as a key: equal choices share, others do not.

my ($one) = grep { $_->{mask} eq 'analytics' } @visitors;
my ($same) = grep { $_->{mask} eq 'analytics' && $_ != $one } @visitors;
my ($none) = grep { $_->{mask} eq '' } @visitors;

sub status_of {
    my ($visitor) = @_;

    return ConsentTest::header($t->get('/state', 'Sec-Fetch-Dest', 'document',
                                       Cookie => $visitor->{cookie}),
                               'X-Cache');
}

is status_of($one), 'MISS', 'a choice';
is status_of($same), 'HIT', 'an equal one';
is status_of($none), 'MISS', 'another one';
is status_of($none), 'HIT', 'the same again';

$t->done();
