#!/usr/bin/perl
#
# Who is asked again: those who said yes to what has changed since, as far as
# the site uses it, and nobody else.

use warnings;
use strict;

use FindBin;
use lib "$FindBin::Bin/lib";

use ConsentTest;
use JSON::PP;
use Test::More;

my $t = ConsentTest->new();
my $rules = $ConsentTest::rules;
my $other = $t->free_port();

sub conf {
    my (%with) = @_;
    my $zone = $with{zone} // 'learn=0s';
    my $services = $with{services} // '';
    my $shop = $with{shop} // '';
    my $port = $other;

    return <<"END";
    consent_rules %%RULES%%;
    consent_zone consent:1m $zone;

    server {
        listen %%LISTEN%%;
        server_name localhost one.test;
        consent enforce;
        root %%DIR%%/html;
        $services

        location /shop/ { $shop }
    }

    server {
        listen 127.0.0.1:$port;
        server_name two.test;
        consent enforce;
        root %%DIR%%/html;
    }
END
}

sub page {
    my ($name, @hosts) = @_;

    $t->write_file("html/$name.html", '<!doctype html><p>Text'
        . join '', map { "<img src=\"https://$_/p.gif\">" } @hosts);
}

page('page', 'stats.test');
page('new', 'ads.test');
page('shop/page', 'stats.test');

# Rules with a change.

sub changed {
    my ($change) = @_;
    my $json = JSON::PP->new->utf8->canonical;
    my $data = $json->decode($rules);

    $change->($data, { map { $_->{id} => $_ } @{$data->{services}} });

    $t->write_file('rules.json', $json->encode($data));
}

sub state {
    my (@cookie) = @_;
    my $answer = $t->get('/privacy-choices/state', @cookie);

    return decode_json($answer->{body});
}

sub asks { return state(@_)->{asks} ? 1 : 0 }


# What a site has declared.

$t->run(conf(services => 'consent_services stats video;'));

my @all = $t->choose('accept');
my @some = $t->choose('save', 'analytics');
my @none = $t->choose('reject');

is asks(@$_), 0, 'declared: nobody is asked' for \@all, \@some, \@none;

changed(sub {
    my ($data, $of) = @_;

    $of->{ads}{controller} = 'Another Inc';
    push @{$data->{services}}, { %{$of->{ads}}, id => 'more',
                                 storage => [], match => [] };
});
ok $t->reload(), 'others of the catalogue change, one is added';
is asks(@all), 0, 'that is of no concern';
is $t->get('/page.html', @all)->{body}, $t->read_file('html/page.html'),
    'the yes holds';

changed(sub { $_[1]{stats}{controller} = 'Another Ltd' });
ok $t->reload(), 'a declared one changes hands';
is asks(@all), 1, 'who said yes is asked';
is asks(@some), 1, 'who said yes to some is asked';
is asks(@none), 0, 'who said no is not';
like $t->get('/page.html', @all)->{body}, qr/data-pc-src/, 'nothing loads';
like $t->get('/privacy-choices/', @all)->{body}, qr/What changed/,
    'the settings say that something changed';

$t->write_file('rules.json', $rules);
ok $t->reload(conf(services => 'consent_services stats video ads;')),
    'one more is declared';
is asks(@all), 1, 'who said yes is asked';

ok $t->reload(conf(services => 'consent_services video stats stats;')),
    'the same are declared in another order';
is asks(@all), 0, 'nobody is asked';

# What one place of a site declares counts for the whole: nobody goes from one
# place to another and is asked in between.

ok $t->reload(conf(services => 'consent_services stats;',
                   shop => 'consent_services video;')),
    'one of them by a location';
is asks(@all), 0, 'for the site it is the same';
is $t->get('/shop/page.html', @all)->{body},
    $t->read_file('html/shop/page.html'), 'and for the location';

# The same after a restart.

$t->stop();
$t->run(conf(services => 'consent_services stats video;'));
is asks(@all), 0, 'the same after a restart';


# Nothing is declared: what is seen counts.

$t->stop();
$t->run(conf());

$t->get('/page.html');
sleep 2;

@all = $t->choose('accept');
@some = $t->choose('save', 'analytics');
is asks(@$_), 0, 'not declared: nobody is asked' for \@all, \@some;

changed(sub {
    my ($data, $of) = @_;

    $of->{stats}{controller} = 'Another Ltd';
    push @{$data->{services}}, { %{$of->{ads}}, id => 'more',
                                 storage => [], match => [] };
});
ok $t->reload(), 'the catalogue changes';
is asks(@all), 0, 'nobody is asked';

$t->get('/page.html') for 1 .. 3;
is asks(@all), 0, 'nor because what was in use is seen again';

sleep 2;
{
    local $t->{port} = $other;
    $t->get('/new.html', Host => 'two.test');
}

is asks(@all), 0, 'nor for what another site begins to use';

$t->get('/new.html');
is asks(@all), 1, 'a service is new: who allowed it is asked';
like $t->get('/page.html', @all)->{body}, qr/data-pc-src/, 'nothing loads';
is asks(@some), 0, 'who did not is not';

sleep 2;
my @again = $t->choose('accept');
is asks(@again), 0, 'once';
ok $t->reload(), 'reload';
is asks(@again), 0, 'once, with new workers';
is asks(@all), 1, 'and they remember';

# While it learns, all that is seen is known.

$t->stop();
$t->write_file('rules.json', $rules);
$t->run(conf(zone => ''));
@all = $t->choose('accept');
sleep 2;
$t->get('/page.html');
$t->get('/new.html');
is asks(@all), 0, 'for a day after a start, what is seen is known';

# A purpose is another matter.

changed(sub {
    my ($data) = @_;

    $data->{purposes} = [
        map { { key => $_, title => { en => $_ },
                $_ eq 'necessary' ? (necessary => JSON::PP::true) : () } }
        qw/ necessary functional personalization analytics marketing embeds
            research / ];
});
ok $t->reload(), 'a purpose is added';
is asks(@all), 1, 'who said yes is asked';

# A choice from before, under a hash of all: once at most.

$t->write_file('rules.json', $rules);
ok $t->reload(), 'as it was';

sub with_policy {
    my ($keep) = @_;

    return $all[1] =~ s/\.([^.]{$keep})[^.]*(\.[^.]{22}\.[^.]*)$/
                        ".$1" . 'A' x (12 - $keep) . $2/rex;
}

is asks(Cookie => with_policy(0)), 1, 'a choice under another hash: asked';
is asks(Cookie => with_policy(4)), 0, '... of services alone: not';

my ($good, $said) = $t->check_conf(conf(zone => 'learn=soon'));
is $good, 0, 'learn= takes a time';
like $said, qr/invalid parameter "learn=soon"/, 'and it is said so';

$t->stop();
done_testing();
