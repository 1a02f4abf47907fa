#!/usr/bin/perl
#
# The endpoint answers wherever consent is on, whatever the location under
# its path does; access rules and redirects of the operator hold for it.

use warnings;
use strict;

use FindBin;
use lib "$FindBin::Bin/lib";

use ConsentTest;
use Test::More;

my $t = ConsentTest->new();

$t->upstream(sub {
    return (ConsentTest::head(200, 'Content-Type: text/html'), 'upstream');
});

$t->write_file('html/index.html', 'index');
$t->write_file('html/denied.html', 'denied');

my %server = (
    proxy => 'location / { proxy_pass http://%%UPSTREAM%%; }',
    files => 'location / { try_files $uri /index.html; }',
    rewrite => 'rewrite ^ /index.html;',
    last => 'location / { rewrite ^ /index.html last; }
             location = /index.html { }',
    regex => 'location ~ choices { consent off; root %%DIR%%/none; }
              location ~ \.json$ { proxy_pass http://%%UPSTREAM%%; }',
    off => 'location / { consent off; proxy_pass http://%%UPSTREAM%%; }',
    inner => 'consent off; location /shop/ { consent enforce; }
              location / { proxy_pass http://%%UPSTREAM%%; }',
    other => 'consent_path /choices/;
              location / { proxy_pass http://%%UPSTREAM%%; }',
    named => 'location / { try_files /none @up; }
              location @up { proxy_pass http://%%UPSTREAM%%; }',
    moved => 'return 301 https://www.site.example$request_uri;',
    denied => 'location / { deny all; error_page 403 /denied.html; }
               location = /denied.html { allow all; }',
    none => 'consent off; location / { proxy_pass http://%%UPSTREAM%%; }',
);

$t->run("consent_rules %%RULES%%; consent_banner off; root %%DIR%%/html;\n"
    . join "\n", map { "server { listen %%LISTEN%%; server_name $_.site.test;"
                       . ($server{$_} =~ /consent off; loc/ ? '' :
                          ' consent enforce;') . " $server{$_} }" }
      sort keys %server);


sub ask {
    my ($name, $uri) = @_;

    return $t->get($uri, Host => "$name.site.test");
}


for my $name (qw/ proxy files rewrite last regex off inner named /) {
    my $page = ask($name, '/privacy-choices/');

    is $page->{status}, 200, "settings: $name";
    unlike $page->{body}, qr/^(?:upstream|index|)$/, 'from the module';
    is ask($name, '/.well-known/gpc.json')->{status}, 200, 'gpc.json';
}

is ask('other', '/choices/')->{status}, 200, 'another path';
isnt ask('other', '/choices/')->{body}, 'upstream', 'from the module';
is ask('other', '/privacy-choices/')->{body}, 'upstream', 'not the default one';
is ask('inner', '/privacy-choicesx')->{body}, 'upstream', 'nothing beside it';

my $page = ask('moved', '/privacy-choices/');
is $page->{status}, 301, 'a redirect of the server wins';

$page = ask('denied', '/privacy-choices/');
is $page->{status}, 403, 'access rules hold';
is $page->{body}, 'denied', 'and their error page is the operator\'s';

is ask('none', '/privacy-choices/')->{body}, 'upstream', 'consent off: nothing';

$t->done();
