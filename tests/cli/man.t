#!/usr/bin/perl
#
# The manual page: well-formed, and of the same commands and options as --help
# and docs/consentctl.md.

use warnings;
use strict;

use FindBin;
use lib "$FindBin::Bin/lib";

use Cwd qw/ abs_path /;
use Ctl;
use Test::More;

my $root = abs_path("$FindBin::Bin/../..");
my $manual = "$root/docs/consentctl.1";


sub read_text {
    my ($name) = @_;

    open my $fh, '<:encoding(UTF-8)', $name or die "$name: $!\n";
    local $/;

    return scalar <$fh>;
}


my $said = qx{groff -mdoc -ww -z -Tutf8 '$manual' 2>&1};
is("$?$said", '0', 'groff has nothing to say');

SKIP: {
    skip 'mandoc is not there', 1
        if system('mandoc /dev/null > /dev/null 2>&1') >> 8 == 127;

    $said = qx{mandoc -T lint -W warning '$manual' 2>&1};
    is("$?$said", '0', 'nor has mandoc');
}

my $page = qx{groff -mdoc -Tascii -P-cbou '$manual'};
my $text = read_text("$root/docs/consentctl.md");
my %options = map { $_ => 1 } (ctl('--help'))[1] =~ /(--[a-z-]+)/g;

cmp_ok(length $page, '>', 5000, 'there is a page');

for my $command (qw/ lint explain filter match diff purposes preview
                    records /) {
    my $help = (ctl($command, '--help'))[1];

    $options{$_} = 1 for '--help', $help =~ /(--[a-z-]+)/g;

    ok($page =~ /^     consentctl \Q$command\E\b/m,
       "the synopsis has $command");
    ok($page =~ /^     \Q$command\E\b/m, '... the commands, too');
    ok($text =~ /^## \Q$command\E$/m, '... and docs/consentctl.md');
}

for my $option (sort keys %options) {
    ok($page =~ /^     \Q$option\E\b|, \Q$option\E /m,
       "the manual has $option");
    ok($text =~ /\Q$option\E\b/, '... and docs/consentctl.md');
}

my %known = map { $_ => 1 } keys %options, '--';
my @unknown = grep { !$known{$_} } $page =~ /(?<![\w-])(--[a-z-]*)/g;

is("@unknown", '', 'and no other');

done_testing();
