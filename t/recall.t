#!/usr/bin/perl
#
# A worker recalls the choices that it has just read: by all that they depend
# on, and by nothing less.  A Cookie that is too long to be kept is read anew,
# so it says what a shorter one must say, too.

use warnings;
use strict;

use FindBin;
use lib "$FindBin::Bin/lib";
use List::Util qw/ shuffle /;

use ConsentTest;
use Test::More;

my $t = ConsentTest->new();

$t->write_file('keys', "k1 00112233445566778899aabbccddeeff\n");
$t->run(<<'END_CONF');
    consent_rules %%RULES%%;

    server {
        listen %%LISTEN%%;
        consent enforce;

        location /in { consent_regime opt-in; return 200 $consent_state; }
        location /out { consent_regime opt-out; return 200 $consent_state; }
        location /by { consent_regime $arg_r; return 200 $consent_state; }
        location /pc { consent_cookie pc; return 200 $consent_state; }
        location /signed { consent_key_file %%DIR%%/keys;
                           return 200 $consent_state; }
    }
END_CONF

my @choices = map { my (undef, $cookie) = $t->choose(@$_); $cookie }
    [ 'reject' ], [ 'accept' ], [ 'save', 'analytics' ], [ 'save', 'embeds' ];

# Of one length: each differs from the first by a byte, wherever that is.

my @near = map { my $cookie = $choices[1];
                 substr($cookie, $_, 1) =~ tr/a-zA-Z0-9/b-zaB-ZA1-90/;
                 $cookie } 15 .. length($choices[1]) - 1;

my @cookies = (@choices, @near, "$choices[0]; $choices[1]", 'a=b',
               map({ "$_; a=b" } @choices), map({ s/^.*?=/pc=/r } @choices));
my @uris = qw{ /in /out /by?r=opt-in /by?r=opt-out /by?r=notice /pc /signed };
my (@asked, %states);

for my $cookie (@cookies) {
    for my $uri (@uris) {
        push @asked, [ $uri, $cookie, @$_ ] for [ ], [ 'Sec-GPC', '1' ];
    }
}

my $wrong = 0;

for (shuffle(@asked, @asked)) {
    my ($uri, $cookie, @gpc) = @$_;
    my $state = $t->get($uri, @gpc, Cookie => $cookie)->{body};
    my $anew = $t->get($uri, @gpc, Cookie => "$cookie; x="
                                             . 'x' x 1100)->{body};

    $states{$anew}++;
    next if $state eq $anew && length $state;

    diag "$uri @gpc $cookie: $state, not $anew" if !$wrong++;
}

is $wrong, 0, @asked . ' choices, twice each, are what they are anew';
cmp_ok keys %states, '>', 6, 'they are of many kinds';

$t->done();
