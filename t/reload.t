#!/usr/bin/perl
#
# Reload: new rules hold, bad ones are refused while the old ones go on.

use warnings;
use strict;

use FindBin;
use lib "$FindBin::Bin/lib";

use ConsentTest;
use Test::More;

my $t = ConsentTest->new();

$t->write_file('html/page.html',
    '<html><body><img src="https://ads.test/p.gif">'
    . '<img src="https://new.test/p.gif"></body></html>');

my $conf = <<'END';
    consent_rules %%RULES%%;

    server {
        listen %%LISTEN%%;
        consent enforce;
        consent_banner off;
        consent_unclassified allow;
        root %%DIR%%/html;
        location /state { return 200 $consent_granted; }
    }
END

$t->run($conf);

my @some = $t->choose('save', 'analytics');
my $body = $t->get('/page.html')->{body};

like $body, qr{ src="https://new\.test}, 'unknown, allowed';
unlike $body, qr{ src="https://ads\.test}, 'known, held back';

$t->write_file('rules.json', $ConsentTest::rules
    =~ s/("host": "ads\.test" \})/$1, { "host": "new.test" }/r);

ok $t->reload(), 'reload';
unlike $t->get('/page.html')->{body}, qr{ src="https://new\.test},
    'the new rule holds';
like $t->get('/state', @some)->{body}, qr/analytics/, 'the choice still holds';

$t->write_file('rules.json', '{ "version": 1, "services": [ { ] }');
kill 'HUP', $t->{pid};
select undef, undef, undef, 0.7;

like $t->log(), qr/\[emerg\].*rules\.json:1:\d+: /, 'bad rules are refused';
unlike $t->get('/page.html')->{body}, qr{ src="https://new\.test},
    'the old ones go on';

# Many reloads do not wear anything out.

$t->write_file('rules.json', $ConsentTest::rules);
ok $t->reload(), "reload $_" for 1 .. 5;
is $t->get('/page.html')->{status}, 200, 'still there';

my @bad = grep { !/rules\.json/ } grep { /\[(?:alert|emerg|crit)\]/ }
          split /\n/, $t->log();
is "@bad", '', 'no alerts in the error log';

$t->stop();
done_testing();
