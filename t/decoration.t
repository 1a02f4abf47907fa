#!/usr/bin/perl
#
# consent_decoration: identifiers on links, to the upstream, the cache and the
# log.

use warnings;
use strict;

use FindBin;
use lib "$FindBin::Bin/lib";

use ConsentTest;
use Test::More;

my $t = ConsentTest->new();

$t->upstream(sub {
    my ($request) = @_;

    return (ConsentTest::head(200, 'Content-Type: text/plain'),
            $request->{uri} . "\n"
            . ($request->{headers}{referer} // 'no referer'));
});

$t->run(<<'END');
    consent_rules %%RULES%%;
    consent_banner off;
    log_format line '$request|$request_uri|$args|$http_referer';

    server {
        listen %%LISTEN%%;
        consent enforce;
        consent_decoration strip;
        access_log %%DIR%%/line.log line;

        location / { proxy_pass http://%%UPSTREAM%%; }
        location /path/ { proxy_pass http://%%UPSTREAM%%/other/; }
        location /keep/ {
            consent_decoration keep;
            proxy_pass http://%%UPSTREAM%%;
        }
        location /observe/ {
            consent observe;
            proxy_pass http://%%UPSTREAM%%;
        }
    }
END


sub seen {
    return (split /\n/, $t->get(@_)->{body})[0];
}

sub referer {
    return (split /\n/, $t->get('/', Referer => shift, @_)->{body})[1];
}


my @ads = $t->choose('save', 'marketing');
my @all = $t->choose('accept');

is seen('/a?x=1&gclid=secret&y=2'), '/a?x=1&y=2', 'not to the upstream';
is seen('/a?gclid=secret'), '/a', 'nor a lone question mark';
is seen('/a%20b?%67clid=secret&x=%20'), '/a%20b?x=%20', 'the rest as it is';
is seen('/a?x=1&utm_source=y'), '/a?x=1&utm_source=y', 'what is no identifier';
is seen('/a?'), '/a?', 'nothing';
is seen('/path/a?fbclid=secret&x=1'), '/other/a?x=1', 'of another URI';
is seen('/a?gclid=1&_ga=secret', @ads), '/a?gclid=1', 'granted ones stay';
is seen('/a?gclid=1&_ga=2', @all), '/a?gclid=1&_ga=2', 'all granted';
is seen('/keep/?gclid=1'), '/keep/?gclid=1', 'keep';
is seen('/observe/?gclid=1'), '/observe/?gclid=1', 'observe';
is referer('http://www.site.example/a?gclid=secret&x=1'),
    'http://www.site.example/a?x=1', 'nor by the Referer';
is referer('http://www.site.example/'), 'http://www.site.example/',
    'which else is as it is';
is referer('http://www.site.example/?gclid=1', @all),
    'http://www.site.example/?gclid=1', 'all granted';
is $t->request('POST', '/p?msclkid=secret', 'a=b')->{body} =~ /^(\S+)/ && $1,
    '/p', 'POST';

for (1 .. 50) {
    open my $fh, '<', "$t->{dir}/line.log" or die;
    my $text = join '', <$fh>;

    next if $text !~ /POST \/p / && select undef, undef, undef, 0.05;
    unlike $text, qr/secret/, 'not in the log';
    last;
}

$t->done();
