#!/usr/bin/perl

# consent_reuse: pages that come again come out as the first time, and what
# is counted of them is the same; a page that is another one is seen as such.

use warnings;
use strict;

use FindBin;
use JSON::PP;
use lib "$FindBin::Bin/lib";
use Time::HiRes qw/ sleep /;

use ConsentTest;
use Test::More;

my $t = ConsentTest->new();

my $text = join '', map { "<p>Paragraph $_ of a page that is long.</p>\n" }
           1 .. 900;
my $held = '<script src="https://stats.test/s.js"></script>'
           . '<img src="https://ads.test/p.gif">'
           . '<img src="https://unknown.example.net/u.gif">';
my %page = (
    usual => "<!doctype html><html><head><title>x</title></head><body>"
             . "$text$held</body></html>",
    german => "<!doctype html><html lang=de><body>$text$held</body></html>",
);
my ($version, $turn) = ('usual', 0);

# What the upstream sends is told by a file: it is another process.

$t->upstream(sub {
    my ($request) = @_;
    my ($name) = $request->{uri} =~ m{^/(\w+)};
    my $turn = length($t->read_file('turn') // '');
    my $body = $page{$name} // $page{usual};

    open my $fh, '>>', "$t->{dir}/turn" or die "turn: $!";
    syswrite $fh, '.';

    $body =~ s/Paragraph 450/Turn $turn/ if $name eq 'changing';
    $body =~ s/Paragraph 450/Turn @{[ $turn % 2 ]}/ if $name eq 'turns';
    $body = substr $body, 0, 30_000 if $name eq 'edited'
                                       && -e "$t->{dir}/short";
    $body .= $text x 40 if $name eq 'large';

    my $type = 'Content-Type: text/html; charset=utf-8';
    my @parts = (substr($body, 0, 20_001), \1, substr($body, 20_001));

    return (ConsentTest::head(200, $type), @parts) if $name eq 'slow';
    return (ConsentTest::head(200, $type, 'Content-Length: ' . length $body),
            @parts) if $name eq 'pauses';

    return (ConsentTest::head(200, $type, 'Content-Length: ' . length $body),
            $body);
});

my $server = <<'END_CONF';
        listen %%LISTEN%%;
        server_name www.site.example;
        consent enforce;
        location / { proxy_pass http://%%UPSTREAM%%; }
        location = /slow {
            proxy_pass http://%%UPSTREAM%%;
            proxy_buffering off;
        }
        location = /status { consent off; consent_status; }
END_CONF

sub conf {
    my ($reuse) = @_;

    return "    consent_rules %%RULES%%;\n    $reuse\n"
           . "    server {\n$server    }\n";
}

sub status {
    return decode_json($t->get('/status')->{body});
}

$t->write_file('turn', '');

# What comes out of a page where nothing is kept.

$t->write_conf(conf('consent_reuse off;'));
$t->run();

my @who = ([], [ $t->choose('reject') ], [ $t->choose('save', 'analytics') ],
           [ 'Accept-Language', 'fr' ], [ 'Accept-Language', 'de' ]);
my @names = qw/ usual german edited slow large /;
my %expected = (pauses => [ $t->get('/pauses')->{body} ]);

for my $name (@names) {
    for my $i (0 .. $#who) {
        $expected{$name}[$i] = $t->get("/$name", @{ $who[$i] })->{body};
    }
}

my $before = status();

$t->get('/usual');

my $after = status();
my %step = map { my $id = $_; ($id => $after->{held}{$id}{elements}
                                     - $before->{held}{$id}{elements}) }
           qw/ stats ads unclassified /;

is $after->{again}, 0, 'off: nothing comes again';
is_deeply \%step, { stats => 1, ads => 1, unclassified => 1 },
    'what a view counts';

ok $t->reload(conf('')), 'reload';

# All visitors in turns, four times.

for my $round (1 .. 4) {
    for my $name (@names) {
        my @differ = grep {
            $t->get("/$name", @{ $who[$_] })->{body} ne $expected{$name}[$_]
        } 0 .. $#who;

        is "@differ", '', "$name, round $round: as for each visitor";
    }
}

cmp_ok status()->{again}, '>=', 2 * @who * (@names - 2),
    'most of them came again';

$before = status();
$t->get('/usual');
$after = status();

is $after->{again}, $before->{again} + 1, 'one more comes again';
is $after->{held}{$_}{elements}, $before->{held}{$_}{elements} + $step{$_},
    "held of $_ is counted" for sort keys %step;
is $after->{unknown}[0]{count} // '-', $before->{unknown}[0]{count} + 1,
    'and so is the unknown host' if ref $after->{unknown} eq 'ARRAY';

# A page that the site changes is the new one at once.

$t->write_file('short', '');

my $short = $t->get('/edited')->{body};

ok length $short < length $expected{edited}[0], 'it is shorter by now';
unlike $short, qr/ src="https:/, 'nothing is in it';
is $t->get('/edited')->{body}, $short, 'the same again' for 1 .. 3;

unlink "$t->{dir}/short";

is $t->get('/edited')->{body}, $expected{edited}[0], 'and back';

# Another one each time, and two that take turns.

my @wrong = grep {
    my $turn = length $t->read_file('turn');
    my $body = $t->get('/changing')->{body};

    $body !~ /Turn $turn / || $body =~ / src="https:/
} 1 .. 40;

is "@wrong", '', 'what changes each time is what the site sent';

$before = status();
@wrong = grep {
    my $turn = length($t->read_file('turn')) % 2;

    $t->get('/turns')->{body} !~ /Turn $turn /
} 1 .. 40;

is "@wrong", '', 'so is what takes turns';
cmp_ok status()->{again}, '>', $before->{again} + 20, '... and is known';

# What the upstream wants sent at once is: the first half, before the rest.

my $slow = $t->get('/slow');
my @times = map { $_->[0] } @{ $slow->{times} };

is $slow->{body}, $expected{slow}[0], 'slow: as before';
cmp_ok $times[-1] - $times[0], '>', 0.2, 'the first half came before'
    if @times > 1;

# What has come so far is not gathered any longer than it comes, however large
# a piece of it nginx has in hand.

for my $round (1 .. 4) {
    my $page = $t->get('/pauses');
    my ($half) = grep { $_->[1] > 16_000 } @{ $page->{times} };

    is $page->{body}, $expected{pauses}[0], "pauses, round $round: as before";
    cmp_ok $page->{times}[-1][0] - $half->[0], '>', 0.2,
        '... and the first half came before';
}

for (
    [ '255k', 'expected "off"' ], [ 'on', 'expected "off"' ],
    [ '1m; consent_reuse 1m', 'is duplicate' ],
) {
    my ($value, $says) = @$_;

    like(($t->check_conf(conf("consent_reuse $value;")))[1], qr/$says/,
         "consent_reuse $value: is refused");
}

$t->done();
