#!/usr/bin/perl
#
# Which services a report tells of: a path says it; of an origin alone, those
# with a path of it, and whoever has the rest if that is necessary.

use warnings;
use strict;

use FindBin;
use JSON::PP;
use lib "$FindBin::Bin/lib";

use ConsentTest;
use Test::More;

my $t = ConsentTest->new();

sub service {
    my ($id, $purpose, @match) = @_;

    return { id => $id, name => $id, purposes => [ $purpose ],
             match => \@match };
}

# More than a policy takes as they are: what is in use counts.

$t->write_file('rules.json', encode_json({ version => 1, services => [
    service('maps', 'embeds', { host => 'many.test', path => '/maps/' }),
    service('rest', 'marketing', { host => 'many.test' }),
    service('library', 'necessary', { host => 'files.test' }),
    service('counter', 'analytics', { host => 'files.test', path => '/n/' }),
    service('top', 'embeds', { host => 'two.test' }),
    service('sub', 'marketing', { host => 'sub.two.test' }),
    map { service("s$_", 'necessary', { host => "s$_.test" }) } 0 .. 299,
]}));

$t->upstream(sub {
    return (ConsentTest::head(200, 'Content-Type: text/html'), '<p>');
});

$t->run(<<'END');
    consent_rules rules.json;
    consent_banner off;
    consent_guard off;

    server {
        listen %%LISTEN%%;
        consent enforce;
        location / { proxy_pass http://%%UPSTREAM%%; }
    }
END

my @marketing = $t->choose('save', 'marketing');
my @most = $t->choose('save', 'marketing', 'embeds');

sub report {
    my ($url) = @_;

    $t->request('POST', '/privacy-choices/report',
                encode_json({ 'csp-report' => { 'blocked-uri' => $url } }),
                'Content-Type' => 'application/csp-report');
}

sub policy {
    my $page = $t->get('/', Accept => 'text/html', @_);

    return ConsentTest::header($page, 'Content-Security-Policy');
}

report('https://many.test');
unlike policy(@marketing), qr{many\.test},
    'the rest of a host is not open for what may be a part of it';
like policy(@most), qr{ many\.test/maps/ }, 'the part is, where it is allowed';

report('https://many.test/maps/a');
unlike policy(@marketing), qr{many\.test}, 'nor by a path of the part';

report('https://many.test/other');
like policy(@marketing), qr{ many\.test }, 'but by a path of the rest';

report('https://files.test');
like policy(), qr{ files\.test }, 'nor is what is necessary left out';

report('https://sub.two.test');
like policy(@most), qr{ \*\.two\.test }, 'hosts in hosts: all of them';
like policy(@marketing), qr{ sub\.two\.test }, 'each';

$t->done();
