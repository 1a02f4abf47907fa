#!/usr/bin/perl

# The schema and the loader agree: what an editor underlines is what nginx
# refuses.  Each case is a good file with one change.

use strict;
use warnings;

use File::Temp qw(tempdir);
use FindBin;
use JSON::PP;
use Test::More;

use lib "$FindBin::Bin/lib";
use Schema;


my $root = "$FindBin::Bin/../..";
my $consentctl = "$root/build/consentctl";
my $dir = tempdir(CLEANUP => 1);
my $json = JSON::PP->new->utf8->canonical;

plan skip_all => 'build/consentctl is not built' unless -x $consentctl;

my $schema = Schema->new($json->decode(
    read_text("$root/rules/consent-rules.schema.json")));


sub read_text {
    my ($name) = @_;

    open my $in, '<:raw', $name or die "$name: $!\n";
    local $/;
    return <$in>;
}


sub good {
    return {
        version  => 1,
        services => [{
            id         => 'one',
            name       => 'One',
            controller => 'One Ltd',
            country    => 'IE',
            policy_url => 'https://one.example/privacy',
            purposes   => ['analytics'],
            data       => ['ip'],
            match      => [
                { host => 'one.example', path => '/a/*.js' },
                { regex => '^https://two\\.example/' },
                { inline => ['one.load("'] },
            ],
            storage    => [
                { kind => 'cookie', name => 'one_*', retention => 'P6M' },
            ],
            provenance => [
                { source => 'one@1', licence => 'MIT',
                  checked => '2026-11-22' },
            ],
        }],
    };
}


# Sets, or without a value takes away, what lies at a path.

sub change {
    my ($file, $path, @value) = @_;
    my @keys = split '/', $path;
    my $last = pop @keys;
    my $node = $file;

    $node = ref $node eq 'ARRAY' ? $node->[$_] : $node->{$_} for @keys;

    if (ref $node eq 'ARRAY') {
        $node->[$last] = $value[0];
    } elsif (@value) {
        $node->{$last} = $value[0];
    } else {
        delete $node->{$last};
    }

    return $file;
}


my $s = 'services/0';
my $m = "$s/match/0";

my @cases = (
    # path, value (none: taken away), 1 if it is good
    [version => 1, 1],
    [version => 2, 0],
    [version => '1', 0],
    ['version', 0],
    [extra => 1, 0],
    [note => 'text', 1],
    [services => {}, 0],
    ["$s/id", 0],
    ["$s/id" => 'Upper', 0],
    ["$s/id" => '-a', 0],
    ["$s/id" => 'unclassified', 0],
    ["$s/id" => 'a' x 64, 1],
    ["$s/id" => 'a' x 65, 0],
    ["$s/name", 0],
    ["$s/name" => ' ', 0],
    ["$s/controller", 1],
    ["$s/country" => 'ie', 0],
    ["$s/country" => 'IRL', 0],
    ["$s/policy_url" => 'one.example', 0],
    ["$s/purposes", 0],
    ["$s/purposes" => [], 0],
    ["$s/purposes" => ['analytics', 'analytics'], 0],
    ["$s/purposes" => 'analytics', 0],
    ["$s/data" => ['own-word'], 1],
    ["$s/data" => ['Two words'], 0],
    ["$s/match", 1],
    ["$s/match" => [], 1],
    ["$s/storage", 1],
    ["$s/provenance", 1],
    ["$s/placeholder" => 'video', 1],
    ["$s/placeholder" => 'A video', 0],
    ["$s/note" => 'text', 1],
    ["$s/category" => 'text', 1],
    ["$s/hosts" => [], 0],
    ["$m/host" => 'One.example', 0],
    ["$m/host" => '*.one.example', 0],
    ["$m/host" => 'https://one.example', 0],
    ["$m/host" => 'one.example/a', 0],
    ["$m/host" => 'one.example:8080', 0],
    ["$m/host" => '', 0],
    ["$m/host" => 'one..example', 0],
    ["$m/host" => 'xn--bcher-kva.example', 1],
    ["$m/path" => 'a', 0],
    ["$m/path" => '*a', 1],
    ["$m/path" => '/a b', 0],
    ["$m/types" => ['script', 'image'], 1],
    ["$m/types" => ['scripts'], 0],
    ["$m/types" => [], 0],
    ["$m/party" => 'third', 1],
    ["$m/party" => 'second', 0],
    ["$m/inline" => ['one.load("'], 0],
    [$m => { path => '/collect' }, 1],
    [$m => { path => '/' }, 0],
    [$m => { path => '/*' }, 0],
    [$m => { types => ['image'] }, 0],
    [$m => {}, 0],
    [$m => 'one.example', 0],
    ["$s/match/2/inline" => [], 0],
    ["$s/match/2/inline" => ['ab'], 0],
    ["$s/match/2/inline" => 'one.load(', 0],
    ["$s/storage/0/kind" => 'cookies', 0],
    ["$s/storage/0/kind", 0],
    ["$s/storage/0/name" => '*', 0],
    ["$s/storage/0/name", 0],
    ["$s/storage/0/retention", 1],
    (map { ["$s/storage/0/retention" => $_, 1] }
     'session', 'persistent', 'P1Y', 'P1Y2M', 'P2W', 'PT30M', 'P1DT12H'),
    (map { ["$s/storage/0/retention" => $_, 0] }
     '', 'P', 'PT', '6M', 'P6', 'P1D1Y', 'P1DT', 'forever', '-P1D'),
    ["$s/provenance/0/source", 0],
    ["$s/provenance/0/checked" => '22.11.2026', 0],
    ["$s/provenance/0/url" => 'https://one.example/', 1],
    ["$s/provenance/0/page" => 'https://one.example/', 0],
    [purposes => [{ key => 'own', title => { en => 'Own' } }], 1],
    [purposes => [{ key => 'own' }], 0],
    [purposes => [{ key => 'Own', title => { en => 'Own' } }], 0],
    [purposes => [{ key => 'own', title => { EN => 'Own' } }], 0],
    [purposes => [{ key => 'own', title => {} }], 0],
    [purposes => [{ key => 'own', title => { en => '' } }], 0],
    [purposes => [{ key => 'own', title => { 'pt-br' => 'a' } }], 1],
    [purposes => [{ key => 'own', title => 'Own' }], 0],
    [purposes => [{ key => 'own', title => { en => 'Own' },
                    tcf => [1, 2], gpc => JSON::PP::true }], 1],
    [purposes => [{ key => 'own', title => { en => 'Own' },
                    gpc => 'yes' }], 0],
    [purposes => [{ key => 'own', title => { en => 'Own' },
                    tcf => ['1'] }], 0],
);


# Purposes of the catalogue come along, so that names resolve.

sub loads {
    my ($text) = @_;
    my $name = "$dir/case.json";

    open my $out, '>:raw', $name or die "$name: $!\n";
    print {$out} $text;
    close $out;

    open my $from, '-|', $consentctl, 'lint', "$root/rules/purposes.json",
         $name or die "consentctl: $!\n";
    my $said = join '', <$from>;
    close $from;

    return ($? == 0, $said);
}


for my $case (@cases) {
    my ($path, @rest) = @$case;
    my $want = pop @rest;
    my $file = change(good(), $path, @rest);
    my $what = @rest ? $json->allow_nonref->encode($rest[0]) : 'left out';
    my @faults = $schema->faults($file);
    my ($ok, $said) = loads($json->encode($file));

    is(@faults ? 0 : 1, $want, "schema: $path: $what")
        or diag(join "\n", @faults);
    is($ok ? 1 : 0, $want, "loader: $path: $what") or diag($said);
}

done_testing();
