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

# Those in dark come twice.
is scalar(grep { /class=&#34;asks corner&#34;/ } @frames), 5 + 1,
    'the question, in each regime, again, and with the signal';
is scalar(grep { /data-pc-page=&#34;centre&#34;/ } @frames), 8 + 2,
    'the settings';
is scalar(grep { /data-pc-page=&#34;held&#34;/ } @frames) >= 2 * 8, 1,
    'placeholders';
is scalar(grep { /--round:3px/ } @frames), scalar(@frames), 'all in the look';

for my $kind (qw( video audio map social comments calendar document captcha
                  form ))
{
    my @of = $out =~ /a script fills: $kind<.*?srcdoc="([^"]*)"/g;

    is scalar(@of), 2, "$kind: in place of what a script fills, in light, dark";
    is scalar(grep { /\.room::after\{.*list-style:inside &#34;/s
                     && /shadowrootmode.*&lt;button/s } @of), 2,
        "$kind: as it is drawn, and with scripts";
}

like $out, qr/four sizes.*?width:150px;height:150px.*?width:300px;height:1/s,
    'and in elements of several sizes';

is scalar(grep { /prefers-color-scheme|light dark/ } @frames), 0,
    'whatever the scheme of who looks at it';
is scalar(grep { /media not all\{/ } @frames),
    scalar(grep { /media all\{/ } @frames) + 5 + 6,
    'light, and dark but for some states';
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
