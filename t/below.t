#!/usr/bin/perl
#
# Hosts below one that rules know, where rules know others below it, too: a
# policy may not have a wildcard then, and names those that were seen.

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
             match => [ map { ref ? $_ : { host => $_ } } @match ] };
}

$t->write_file('some.json', encode_json({ version => 1, services => [
    service('talk', 'embeds', 'talk.test'),
    service('talk-ads', 'marketing', 'ads.talk.test'),
    service('talk-count', 'embeds', 'count.talk.test'),
    service('film', 'embeds', { host => 'film.test', types => [ 'image' ] }),
    service('film-ads', 'marketing', 'ads.film.test'),
    service('plain', 'embeds', 'plain.test'),
]}));

$t->upstream(sub {
    my ($request) = @_;
    my ($tag) = $request->{uri} =~ /\?(.*)/;

    return (ConsentTest::head(200, 'Content-Type: text/html'),
            $tag ? '<p>' . $tag =~ s/%20/ /gr =~ s/\+/ /gr : '<p>');
});

$t->run(<<'END');
    consent_rules some.json;
    consent_banner off;
    consent_guard off;

    server {
        listen %%LISTEN%%;
        consent enforce;
        location = /status { consent off; consent_status; }
        location / { proxy_pass http://%%UPSTREAM%%; }
    }
END

my @embeds = $t->choose('save', 'embeds');
my @both = $t->choose('save', 'embeds', 'marketing');
my @none = $t->choose('reject');

sub policy {
    my $page = $t->get('/', Accept => 'text/html', @_);

    return ConsentTest::header($page, 'Content-Security-Policy');
}

sub report {
    for my $url (@_) {
        $t->request('POST', '/privacy-choices/report',
                    encode_json({ 'csp-report' => { 'blocked-uri' => $url } }),
                    'Content-Type' => 'application/csp-report');
    }
}

my $policy = policy(@embeds);

like $policy, qr{ talk\.test }, 'what is allowed';
like $policy, qr{ \*\.plain\.test }, 'with what is below, if nothing is denied';
unlike $policy, qr{ \*\.talk\.test }, 'but not where something is';
like policy(@both), qr{ \*\.talk\.test }, 'nothing is, if all of it is allowed';

report('https://shop.talk.test/embed.js', 'https://ads.talk.test',
       'https://b.plain.test', 'https://a.b.talk.test', 'https://q.film.test',
       'https://www.talk.test', 'https://x.count.talk.test',
       'https://x.ads.talk.test');

$policy = policy(@embeds);

like $policy, qr{ shop\.talk\.test[ ;]}, 'a host that was reported';
like $policy, qr{ wss?://shop\.talk\.test[ ;]}, 'also for sockets';
like $policy, qr{ a\.b\.talk\.test[ ;]}, 'however deep';
unlike $policy, qr{ads\.talk}, 'no denied one';
unlike $policy, qr{b\.plain\.test}, 'none that a wildcard stands for';
unlike $policy, qr{x\.count}, 'none that a wildcard further down stands for';
like $policy, qr{img-src [^;]* q\.film\.test}, 'one that is limited to a type';
unlike $policy =~ s/img-src [^;]*//r, qr{q\.film\.test}, 'not for others';

unlike policy(@none), qr{talk|film|plain}, 'not where it is denied';
unlike policy(@both), qr{shop\.talk}, 'not where the wildcard is back';

$t->get('/?<script+src="https://seen.talk.test/a.js"></script>',
        Accept => 'text/html', @none);
like policy(@embeds), qr{ seen\.talk\.test[ ;]}, 'one that stood in a page';

my $status = decode_json($t->get('/status')->{body});

unlike encode_json($status), qr{shop\.talk|seen\.talk},
    'they are not told as unknown';

# Anybody can report.

report(map { "https://junk$_.talk.test" } 1 .. 200);
$policy = policy(@embeds);
cmp_ok scalar(my @junk = $policy =~ /\bjunk\d/g), '<=', 16 * 3,
    'of which few reported ones make a part';
like $policy, qr{ seen\.talk\.test[ ;]}, 'and leave others their place';

$t->done();
