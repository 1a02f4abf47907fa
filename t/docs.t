#!/usr/bin/perl
#
# What README and docs say of directives: each has its syntax, default, context
# and an example; what they show of nginx.conf and of JSON is taken by nginx -t
# and consentctl lint, the sample configuration with all that it comments out.

use warnings;
use strict;
use utf8;

use FindBin;
use lib "$FindBin::Bin/lib";

use ConsentTest;
use Test::More;

my $root = $ConsentTest::root;
my $consentctl = $ENV{CONSENTCTL} || "$root/build/consentctl";

my $t = ConsentTest->new();

$t->write_file('consent.key', 'k1 ' . 'ab' x 32 . "\n");
$t->write_file('list.txt', "||a.test^\n");
$t->write_file('texts.json', '{ "lang": "en", "texts": { "accept": "Yes" } }');


sub read_text {
    my ($name) = @_;

    open my $fh, '<:encoding(UTF-8)', "$root/$name" or die "$name: $!\n";
    local $/;

    return scalar <$fh>;
}


# Blocks between ``` lines, of one language.

sub blocks {
    my ($language, $text) = @_;

    return $text =~ /^```\Q$language\E\n(.*?)^```$/gms;
}


# Tests that a README.md beside them names, as { file => [ name, … ] }.  A name
# that is put together from two strings is looked for as one.

sub tests_named {
    my ($text) = @_;
    my %named;

    while ($text =~ m{`([\w./]+\.(?:t|mjs|c))`((?: "[^"]+",?)+)}g) {
        my ($file, $names) = ($1, $2);

        push @{ $named{$file} }, $names =~ /"([^"]+)"/g;
    }

    return %named;
}


# Addresses, files and variables of other modules that are not here.

sub at_home {
    my ($conf) = @_;
    my $root_rules = "$root/rules/*.json";

    for ($conf) {
        s{^load_module.*\n}{}mg;
        s{^events \{\}\n}{}mg;
        s{/usr/local/share/ngx_consent/rules/\*\.json}{$root_rules}g;
        s{/etc/nginx/consent/\*\.json}{%%DIR%%/own.json}g;
        s{/etc/nginx/consent/texts/\*\.json}{%%DIR%%/texts.json}g;
        s{/etc/nginx/consent/\w+\.txt|/etc/nginx/easy\w+\.txt}
         {%%DIR%%/list.txt}gx;
        s{/etc/nginx/consent\.key}{%%DIR%%/consent.key}g;
        s{/var/log/nginx/}{%%DIR%%/logs/}g;
        s{unix:/dev/log}{127.0.0.1:514}g;
        s{\blisten\s+80\b}{listen %%LISTEN%%}g;
        s{\$geoip2_country_code}{\$http_x_land}g;
    }

    # Files are written as bytes.
    utf8::encode($conf);

    return $conf;
}


# Directives that may stand in one place only once: of several, each is a way.

my %add_up = map { $_ => 1 } qw/ consent_rules consent_list consent_texts
                                 consent_services consent_first_party /;

sub ways {
    my ($conf) = @_;
    my %lines;

    for my $line ($conf =~ /^\s*(consent.*)$/mg) {
        push @{ $lines{$1} }, $line if $line =~ /^(\w+)/ && !$add_up{$1};
    }

    my ($name) = grep { @{ $lines{$_} } > 1 } sort keys %lines;

    return $conf if !$name;

    my @others = @{ $lines{$name} };

    return map {
        my $keep = $_;
        my $way = $conf;

        for my $line (grep { $_ ne $keep } @others) {
            $way =~ s/^\s*\Q$line\E\n//m;
        }

        $way
    } @others;
}


# What stands around an example, by what it is made of.

sub whole {
    my ($conf) = @_;
    my $rules = "consent_rules $root/rules/*.json;";

    $conf = at_home($conf);

    if ($conf =~ /^http \{\n(.*)^\}$/ms) {
        my $http = $1;

        $http =~ s/^/$rules/ if $http !~ /^\h*consent_rules/m;
        $http =~ s/server \{/server { listen %%LISTEN%%;/ if $http !~ /listen/;

        return $http;
    }

    my @outside;

    while ($conf =~ s/^(map [^{]*\{[^}]*\}|log_format [^;]*;)$//m) {
        push @outside, $1;
    }

    push @outside, $1 while $conf =~ s/^(consent_(?:zone|reuse) .*;)$//m;

    $conf =~ s/^/$rules\n/ if $conf !~ /^\h*consent_rules/m;
    $conf =~ s/^/consent enforce;\n/ if $conf !~ /^consent /m;

    return join "\n", @outside, "server { listen %%LISTEN%%;\n$conf\n}";
}


$t->write_file('own.json', $ConsentTest::rules =~ s/"id": "/"id": "own-/gr);

my $known = read_text('ngx_consent_module/nginx/ngx_http_consent_module.c');
my @directives = $known =~ /ngx_string\("(consent\w*)"\),\n\s+(?:NGX_HTTP)/g;
my $manual = read_text('docs/directives.md');

cmp_ok scalar @directives, '>', 20, 'there are directives';


# Examples: of nginx.conf, and of files.

for my $name ('README.md', map { s{^\Q$root\E/}{}r } glob "$root/docs/*.md") {
    my $text = read_text($name);
    my $n = 0;

    # README's stands indented.
    my @conf = blocks('nginx', $text);

    push @conf, map { s/^    //mgr }
                $text =~ /^((?:    load_module .*\n)(?:(?:    .*)?\n)+)/mg;

    for my $conf (map { ways($_) } @conf) {
        my ($ok, $out) = $t->check_conf(whole($conf));

        $n++;
        ok $ok, "$name: example $n of nginx.conf" or diag "$conf\n$out";
    }

    for my $json (grep { /^\{ *"(?:\$schema|version|lang)"/ }
                  blocks('json', $text))
    {
        $n++;
        utf8::encode($json);
        $t->write_file('example.json', $json);

        my $said = qx{'$consentctl' lint '$t->{dir}/example.json' 2>&1};

        is $?, 0, "$name: example $n, a file" or diag "$json\n$said";
    }
}


# The sample, as it is, and with all that it comments out.

my $sample = read_text('docs/consent.conf');

for my $conf ($sample,
              $sample =~ s/^#(?!\h(?!\h{3})|\h+(?:echo|include))//mgr)
{
    my ($ok, $out) = $t->check_conf(whole($conf));

    ok $ok, 'docs/consent.conf' or diag "$conf\n$out";
}


# Each directive in each context: where docs say that it may stand, and nowhere
# else.

my $around = 'map $http_x_land $land { default opt-in; }
              consent_rules %%RULES%%;';

my %around = (
    'http'     => sub { "$_[0] server { listen %%LISTEN%%; }" },
    'server'   => sub { "server { listen %%LISTEN%%; $_[0] }" },
    'location' => sub { "server { listen %%LISTEN%%;
                                  location /a/ { $_[0] } }" },
    'if'       => sub { "server { listen %%LISTEN%%;
                         location /a/ { if (\$arg_a) { $_[0] } } }" },
);

for my $name (@directives) {
    my ($section) = $manual =~ /^## \Q$name\E\n(.*?)(?=^## |\z)/ms;

    ok $section, "$name: has a section" or next;
    like $manual, qr/^\| \[`\Q$name\E`\]\(#\Q$name\E\) \| .+ \| .+ \|$/m,
        '... and a line in the table';

    my ($head) = $section =~ /^(Syntax:.*?)\n\n/ms;
    my ($default) = ($head // '') =~ /· Default: (.*?)\n· Context/s;
    my ($context) = ($head // '') =~ /^· Context: (.*)/m;
    my ($example) = map { /^\s*(\Q$name\E(?: [^;]*)?;)/m }
                    blocks('nginx', $section);

    ok $default && $context && $example,
        '... with default, context and an example' or next;

    my %may = map { $_ => 1 } $context =~ /`(http|server|location)`/g;

    $may{if} = $may{location} && $context !~ /no `if`/;

    for my $place (sort keys %around) {
        my ($ok, $out) = $t->check_conf(
            "$around " . $around{$place}->(at_home($example)));

        is $ok, $may{$place} ? 1 : 0, "... in $place" or diag $out;
    }

    # A default that can be written is a value.
    if ($default =~ /^`([^`]+)`$/) {
        my $conf = "$name $1;";
        my ($place) = grep { $may{$_} } qw/ http server location /;
        my ($ok, $out) = $t->check_conf("$around "
                                        . $around{$place}->($conf));

        ok $ok, "... its default, $1" or diag $out;
    }
}

my %there = map { $_ => 1 } @directives;

is join(' ', grep { !$there{$_} } $manual =~ /^## (consent\w*)$/mg), '',
    'and no other';


# Variables.

my $vars = read_text('ngx_consent_module/nginx/ngx_http_consent_variables.c');

for my $name ($vars =~ /ngx_string\("(consent_\w+)"\)/g) {
    like $manual, qr/^\| `\$\Q$name\E` \| .+ \|$/m, "\$$name is described";
}


# What the README.md of tests says: each row names tests that there are, and
# each file beside it, of those that are meant, is in one.

sub proves {
    my ($folder, $meant) = @_;
    my $proofs = read_text("$folder/README.md");
    my %named = tests_named($proofs);

    for my $row ($proofs =~ /^(\| (?!what \||---).*)$/mg) {
        my %those = tests_named($row);

        ok %those, "$folder/README.md names tests" or diag $row;
    }

    for my $file (map { s{.*/}{}r } glob "$root/$folder/$meant") {
        ok $named{$file}, "$file: $folder/README.md names tests of it";
    }

    for my $file (sort keys %named) {
        my $source = -e "$root/$folder/$file" ? read_text("$folder/$file")
                                              : '';

        $source =~ s/(['"])\s*[.+]\s*\1//g;

        is join('; ', grep { index($source, $_) < 0 } @{ $named{$file} }), '',
            "$file: the tests that $folder/README.md names";
    }
}

proves('t', '*.t');
proves('tests/browser', '*.mjs');

done_testing();
