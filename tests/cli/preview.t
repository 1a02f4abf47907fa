#!/usr/bin/perl
#
# consentctl preview: all states in one page that runs nothing.

use warnings;
use strict;

use FindBin;
use lib "$FindBin::Bin/lib";

use Ctl;
use Test::More;

my @rules = ('--rules', "$FindBin::Bin/../../rules/*.json");
my ($code, $out, $err) = ctl('preview', @rules, '--page',
                             'https://shop.example/', '--look',
                             'position=corner', '--look', 'radius=3');

is $code, 0, 'preview' or diag $err;
is $err, '', 'without complaints';

my @frames = $out =~ /<iframe sandbox [^>]*srcdoc="([^"]*)"/g;

cmp_ok scalar @frames, '>=', 24, 'many states';
is scalar(grep { /class=&#34;asks corner&#34;/ } @frames), 5,
    'the question, in each regime, again, and with the signal';
is scalar(grep { /data-pc-page=&#34;centre&#34;/ } @frames), 8, 'the settings';
is scalar(grep { /data-pc-page=&#34;held&#34;/ } @frames) >= 8, 1,
    'placeholders';
is scalar(grep { /--round:3px/ } @frames), scalar(@frames), 'all in the look';
is scalar(grep { /&lt;(?:script|link)\b/ } @frames), 0,
    'nothing in them runs or is fetched';
like $out, qr/shop\.example would like/, 'of the site';

($code, $out, $err) = ctl('preview', @rules, '--lang', 'de');
is $code, 0, 'another language';
like $out, qr/Alle ablehnen/, 'in its words';
unlike $out, qr/Reject all/, 'and no others';

($code, $out, $err) = ctl('preview', @rules, '--lang', 'all');
like $out, qr/Reject all.*Alle ablehnen|Alle ablehnen.*Reject all/s, 'all';

for my $case ([ 'a language', 'there are no texts in "xx"', '--lang', 'xx' ],
              [ 'a parameter', 'expected "position=', '--look', 'a=b' ],
              [ 'a colour', 'ink.*contrast', '--look', 'ink=#999999' ])
{
    my ($name, $said, @args) = @$case;

    ($code, $out, $err) = ctl('preview', @rules, @args);
    is $code, 2, "refused: $name";
    like $err, qr/$said/, "and why: $name";
    is $out, '', 'with no page';
}

done_testing();
