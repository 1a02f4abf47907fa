#!/usr/bin/perl
#
# Style, compiler warnings, headers that stand alone, and the rule files.

use warnings;
use strict;

use Cwd qw/ abs_path /;
use File::Basename;
use File::Find;
use FindBin;
use Test::More;

chdir "$FindBin::Bin/../.." or die "$!\n";

my $text = qr/\.(?:c|h|pl|t|pm|sh|js|mjs|css|json|html|md|conf|make)$
              |^(?:Makefile|config)$/x;
my $apart = qr{^(?:\.git|build)$|/(?:generated|fixtures|pages)$};
my $core = 'ngx_consent_module/core';
my $ctl  = $ENV{CONSENTCTL} || 'build/consentctl';


sub files {
    my @found;

    find({ no_chdir => 1, wanted => sub {
        s{^\./}{};

        if (/$apart/) {
            $File::Find::prune = 1;

        } elsif (-f && basename($_) =~ $text && !m{/package-lock\.json$}) {
            push @found, $_;
        }
    } }, '.');

    return sort @found;
}


sub quiet {
    my ($name, @command) = @_;

    my $said = qx{exec 2>&1; @command};

    ok($? == 0, $name) or diag($said);
}


sub guarded {
    my ($file) = @_;

    open my $fh, '<', $file or die "$file: $!\n";

    return scalar grep { /^#ifndef CONSENT\w*_H$/ } <$fh>;
}


my @files = files();

quiet('the style of ' . @files . ' files', 'perl tools/style.pl', @files);

my $gcc = 'gcc -std=c11 -D_GNU_SOURCE -Wall -Wextra -Werror -Wpointer-arith'
          . " -Wstrict-prototypes -Wmissing-prototypes -Wvla -I$core";

# -O2 but no output: some warnings need the optimiser's view.

for my $file (grep { m{^$core/.*\.c$} } @files) {
    quiet("$file compiles without a warning",
          "$gcc -O2 -c -o /dev/null", $file);
}

# A list that is included several times has no guard, and is no header.

for my $file (grep { m{^$core/.*\.h$} && guarded($_) } @files) {
    quiet("$file stands alone", "$gcc -fsyntax-only -x c", $file);
}

# The map for who opens the code: a file that it lacks is not found there.

open my $fh, '<', 'docs/inside.md' or die "docs/inside.md: $!\n";
my $map = do { local $/; <$fh> };

for my $file (grep { m{^ngx_consent_module/(?:core|nginx)/} } @files) {
    my ($stem) = basename($file) =~ /^(?:ngx_http_)?consent(\w*)\.[ch]$/;

    ok($stem && $map =~ /`(?:consent)?\Q$stem\E(?:\.h)?`/
             || $map =~ /`\Q@{[ substr $stem, 1 ]}\E(?:\.h)?`/
             || $file =~ m{/ngx_http_consent\.h$},
       "docs/inside.md has $file");
}

quiet('the rule files are right', $ctl, 'lint', "'rules/*.json'");

SKIP: {
    skip('terser is not there: make deps', 1)
        if !-d 'build/node/node_modules/terser';

    quiet('the scripts that visitors load are made of those that are read',
          'node', 'tools/scripts.mjs', '--check');
}

done_testing();
