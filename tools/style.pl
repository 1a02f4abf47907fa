#!/usr/bin/perl
#
# Checks what of the project's style a machine can see; prints one line a
# finding and exits 1 if there is any.
#
# usage: style.pl FILE …

use warnings;
use strict;

my $columns   = 80;
my $body      = 60;
my @forbidden = map { join '', @$_ } ([ 'TO', 'DO' ], [ 'FIX', 'ME' ],
                                      [ 'XX', 'X' ]);
my $forbidden = join '|', @forbidden;

my $findings  = 0;


sub finding {
    my ($file, $line, $what) = @_;

    print "$file:$line: $what\n";
    $findings++;
}


sub check_line {
    my ($file, $n, $line) = @_;
    my $c = $file =~ /\.[ch]$/;

    if ($line =~ /\t/ && $file !~ m{(^|/)(Makefile|config\.make)$}) {
        finding($file, $n, 'a tab');
    }

    if ($line =~ /[ \t]$/) {
        finding($file, $n, 'white space at the end');
    }

    if ($line =~ /\b($forbidden)\b/) {
        finding($file, $n, "'$1': finish it, or say why it is as it is");
    }

    if ($file =~ /\.(c|h|pl|t|sh)$/ && length($line) > $columns) {
        finding($file, $n, length($line) . " columns, $columns at most");
    }

    if ($c && $file =~ m{/core/} && $line =~ /#\s*include\s*[<"]ngx_/) {
        finding($file, $n, "the core includes no header of nginx");
    }

    if ($c && $file =~ m{/core/} && $line =~ /\bngx_[a-z_]+\s*\(/) {
        finding($file, $n, 'the core calls nothing of nginx');
    }

    if ($c && $line =~ m{^\s*//}) {
        finding($file, $n, 'a // comment');
    }
}


# A function's name stands at the start of its line, its type on the line
# before, its brace alone on a line.

sub check_functions {
    my ($file, @lines) = @_;
    my ($name, $at, $start);
    my $prefix = $file =~ m{/nginx/} ? 'ngx_http_consent_'
               : $file =~ m{/core/}  ? 'consent_'
               : $file =~ m{/cli/}   ? 'consentctl_' : '';

    for my $i (0 .. $#lines) {
        my $line = $lines[$i];

        if ($line =~ /^(\w+)\(/) {
            ($name, $at) = ($1, $i);

        } elsif ($line eq '{') {
            $start = $i;

            next if !defined $name;

            if (index($name, $prefix) != 0 && $name ne 'main') {
                finding($file, $at + 1, "$name: the prefix here is $prefix");
            }

            # Two blank lines stand before the type, or its comment does.
            if ($at >= 3 && $lines[$at - 2] eq ''
                && $lines[$at - 3] !~ m{^$|\*/$})
            {
                finding($file, $at, "$name: two blank lines come before");
            }

        } elsif ($line eq '}' && defined $start) {
            my $length = $i - $start - 1;

            if ($length > $body) {
                finding($file, $start + 1, ($name // 'a function')
                        . ": $length lines, $body at most");
            }

            undef $start;
            undef $name;
        }
    }
}


die "usage: style.pl FILE ...\n" if !@ARGV;

for my $file (@ARGV) {
    open my $fh, '<:encoding(UTF-8)', $file or die "$file: $!\n";
    chomp(my @lines = <$fh>);
    close $fh;

    check_line($file, $_ + 1, $lines[$_]) for 0 .. $#lines;
    check_functions($file, @lines) if $file =~ /\.c$/;

    if (@lines && $lines[-1] eq '') {
        finding($file, scalar @lines, 'an empty line at the end');
    }
}

exit($findings ? 1 : 0);
