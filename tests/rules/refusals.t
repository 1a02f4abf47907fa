#!/usr/bin/perl

# The rules of catalogue.t can fail: a small catalogue that keeps them, and
# for each rule one that breaks it.  Only the rule that is broken may speak.

use strict;
use warnings;

use File::Copy qw(copy);
use File::Temp qw(tempdir);
use FindBin;
use JSON::PP;
use Test::More;


my $rules = "$FindBin::Bin/../../rules";

# What only the whole catalogue can do.
my $whole = qr/^(?:there are|the best-known)/;


sub service {
    my ($id, %more) = @_;

    return {
        id => $id, name => "Service $id", controller => 'A company',
        country => 'DE', policy_url => "https://$id.example/privacy",
        purposes => ['marketing'], data => ['ip', 'ads'],
        match => [{ host => "$id.example" }],
        storage => [{ kind => 'cookie', name => "_$id",
                      retention => 'P1Y' }],
        provenance => [{ source => 'vendor documentation',
                         url => "https://$id.example/docs",
                         licence => 'facts only',
                         checked => '2026-11-22',
                         note => 'not compared' }],
        %more,
    };
}


# The names of the tests that fail over these services, and what they say.

sub failures {
    my (@services) = @_;
    my $dir = tempdir(CLEANUP => 1);
    my (@failed, $said);

    copy("$rules/purposes.json", $dir) or die "$dir: $!\n";

    open my $out, '>:raw', "$dir/some.json" or die "$dir: $!\n";
    print {$out} JSON::PP->new->utf8->canonical->encode({
        version => 1, services => \@services });
    close $out or die "$dir: $!\n";

    local $ENV{CONSENT_CATALOGUE} = $dir;

    open my $in, '-|', "$^X $FindBin::Bin/catalogue.t 2>&1"
        or die "catalogue.t: $!\n";

    while (<$in>) {
        push @failed, $1 if /^not ok \d+ - (.*)/ && $1 !~ $whole;
        $said .= $_;
    }

    close $in;

    return ($said, @failed);
}


sub refused {
    my ($rule, $word, @services) = @_;
    my ($said, @failed) = failures(@services);

    is(join('; ', @failed), $rule, "refused: $rule");
    like($said, qr/^# \Q$word\E/m, "... and $word is named");
}


my (undef, @failed) = failures(service('one'), service('two'));

is(join('; ', @failed), '', 'what keeps all rules is taken');

my $provenance = service('x')->{provenance}[0];
my %free = %$provenance;

delete $free{licence};

refused('every fact has a source, a date and a licence',
        'one: vendor documentation: licence "CC-BY-NC-SA-4.0"',
        service('one', provenance => [
            { %$provenance, licence => 'CC-BY-NC-SA-4.0' } ]));

refused('every fact has a source, a date and a licence',
        'one: vendor documentation: licence "GPL-3.0"',
        service('one', provenance => [
            $provenance, { %$provenance, licence => 'GPL-3.0' } ]));

refused('every fact has a source, a date and a licence',
        'one: vendor documentation: licence ""',
        service('one', provenance => [ \%free ]));

refused('every fact has a source, a date and a licence',
        'one: no provenance', service('one', provenance => []));

refused('what vendors document says whether it was compared',
        'one: https://one.example/docs does not say',
        service('one', provenance => [
            { %{service('one')->{provenance}[0]}, note => 'new' } ]));

refused('every service says what visitors are told', 'one: no provenance',
        do { my $s = service('one'); delete $s->{provenance}; $s });

refused('every service says what visitors are told',
        'one: no policy_url',
        do { my $s = service('one'); delete $s->{policy_url}; $s });

refused('some.json keeps to the schema; '
        . 'every service has a purpose that is defined',
        'one: no purpose', service('one', purposes => []));

refused('every service has a purpose that is defined',
        'one: no purpose "fun"', service('one', purposes => ['fun']));

refused('no host is claimed twice', 'two: one.example : one has it too',
        service('one'), service('two', match => [
            { host => 'one.example' } ]));

refused('no host is claimed twice',
        'two: one.example /a: one has it too',
        service('one', match => [ { host => 'one.example',
                                    path => '/a' } ]),
        service('two', match => [ { host => 'one.example',
                                    path => '/a' } ]));

(undef, @failed) = failures(
    service('one', match => [ { host => 'one.example', path => '/a' } ]),
    service('two', match => [ { host => 'one.example', path => '/b' } ]));

is(join('; ', @failed), '', 'two services may have paths of a host');

refused('nothing necessary carries data of advertising or recording',
        'one: ads', service('one', purposes => ['necessary']));

refused('nothing necessary carries data of advertising or recording',
        'one: necessary among others',
        service('one', purposes => ['necessary', 'analytics'],
                data => ['ip'], note => 'It does both.'));

refused('services of several purposes say why', 'one: no note',
        service('one', purposes => ['analytics', 'marketing']));

refused('a stored name has the same purposes wherever it stands',
        'two: cookie _same: marketing elsewhere',
        service('one', storage => [
            { kind => 'cookie', name => '_same', retention => 'P1D' } ]),
        service('two', purposes => ['analytics'], storage => [
            { kind => 'cookie', name => '_same', retention => 'P1D' } ]));

refused('some.json keeps to the schema; everything stored says how long',
        'one: _x: no retention',
        service('one', storage => [
            { kind => 'cookie', name => '_x', retention => '' } ]));


done_testing();
