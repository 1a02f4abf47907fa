#!/usr/bin/perl
#
# Runs tests and says at the end how many passed and failed.
#
# usage: test.pl [STAGE …]
#
# A stage is a folder of tests that speak TAP: *.t in Perl, *.mjs in Node,
# and the built programs of the unit tests.  Without arguments: all of them.
# Run from the root of the sources, after the build.

use warnings;
use strict;

use Cwd qw/ getcwd /;
use List::Util qw/ min /;
use TAP::Harness;

my $units = $ENV{CONSENT_UNITS} || 'build/unit';

# Quick ones first: a fault in the core should show within seconds.  Two files
# run at a time.  Those named last need a browser or a whole corpus: much of
# that is waiting, so they share one pool of four, the longest first.

my @stages = (
    [ style       => sub { glob 'tests/style/*.t' } ],
    [ unit        => \&unit_programs ],
    [ cli         => sub { glob 'tests/cli/*.t' } ],
    [ rules       => sub { glob 'tests/rules/*.{t,mjs}' } ],
    [ build       => sub { glob 'tests/build/*.t' } ],
    [ nginx       => sub { glob 't/*.t' } ],
    [ evasion     => sub { glob 'tests/evasion/*.{t,mjs}' }, 4 ],
    [ conformance => sub { glob 'tests/conformance/*.{t,mjs}' }, 4 ],
    [ browser     => sub { glob 'tests/browser/*.{t,mjs}' }, 4 ],
);

# Longer than any test should take, so that none hangs the whole run.
# In Firefox, one takes two minutes where nothing else runs.
my $timeout = ($ENV{CONSENT_BROWSER} // '') eq 'firefox' ? 900 : 420;


# A program that was not built fails as a test that can't be run.

sub unit_programs {
    return map { s{^tests/unit/(.*)\.c$}{$units/$1}r }
           glob 'tests/unit/test_*.c';
}


sub command {
    my ($harness, $file) = @_;

    my @run = $file =~ /\.t$/   ? ($^X, $file)
            : $file =~ /\.mjs$/ ? ('node', $file)
            :                     ("./$file");

    return [ 'timeout', '-k', '5', $timeout, @run ];
}


# All that failed, said once more at the end, where it is not scrolled past.
my @failures;


# What a failed test has to say; the harness itself drops comments.

sub tell_failures {
    my ($parser, $file) = @_;
    my $failed = 0;

    $parser->callback(test => sub {
        my ($test) = @_;

        $failed = !$test->is_ok;
        return if !$failed;

        push @failures, "$file: " . $test->as_string;
        print "\n$failures[-1]\n";
    });

    $parser->callback(comment => sub {
        return if !$failed;

        push @failures, "  " . $_[0]->as_string;
        print "$failures[-1]\n";
    });
}


my %known = map { $_->[0] => 1 } @stages;
my %asked = map { $_ => 1 } @ARGV;

for my $stage (@ARGV) {
    next if $known{$stage};
    die "test.pl: no stage '$stage'; there are: "
        . join(' ', map { $_->[0] } @stages) . "\n";
}

my $root = getcwd();

$ENV{CMOCKA_MESSAGE_OUTPUT} = 'TAP';
$ENV{NODE_PATH} = "$root/build/node/node_modules";
$ENV{CONSENTCTL} = "$root/" . ($ENV{CONSENTCTL} || 'build/consentctl');
$ENV{LC_ALL} = 'C.UTF-8';

# Stages that follow each other with a number of jobs are one pool.

sub pools {
    my @pools;

    for my $stage (@_) {
        my ($name, $list, $jobs) = @$stage;
        my @files = $list->();

        next if !@files || (@ARGV && !$asked{$name});

        if (!$jobs || !@pools || !$pools[-1]{jobs}) {
            push @pools, { jobs => $jobs, names => [], files => [] };
        }

        push @{ $pools[-1]{names} }, $name;
        push @{ $pools[-1]{files} }, @files;
    }

    return @pools;
}


my ($passed, $failed) = (0, 0);

for my $pool (pools(@stages)) {
    my @files = @{ $pool->{files} };

    print "\n==> @{ $pool->{names} }\n";

    my $harness = TAP::Harness->new({
        exec   => \&command,
        jobs   => $pool->{jobs} || 2,
        merge  => 0,
        timer  => 1,
        color  => -t STDOUT ? 1 : 0,
    });

    $harness->callback(made_parser => sub {
        tell_failures($_[0], $_[1][1]);
    });

    # A test that bails out ends its stage, and counts as one.
    my $result = eval { $harness->runtests(@files) };

    if (!defined $result) {
        push @failures, "@{ $pool->{names} }: $@";
        print $@;
        $failed++;
        next;
    }

    $passed += $result->passed;
    $failed += $result->failed;

    # A file that died, or ran other than what it planned, counts as one.
    for my $file ($result->descriptions) {
        my ($parser) = $result->parsers($file);

        next if !$parser->has_problems || $parser->failed;

        push @failures, "$file: died, or ran other than it planned";
        $failed++;
    }
}

print map { "$_\n" } "\nWhat failed:", @failures[0 .. min(40, $#failures)]
    if @failures;
print "\n$passed passed, $failed failed\n";

exit($failed || !$passed ? 1 : 0);
