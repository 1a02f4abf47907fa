#!/usr/bin/perl

# Inline scripts against the catalogue, through the product itself: what each
# vendor tells people to paste is held back, and data that merely names a
# vendor stays as it was.

use strict;
use warnings;

use FindBin;
use IPC::Open2;
use JSON::PP;
use Test::More;


my $root = "$FindBin::Bin/../..";
my $consentctl = "$root/build/consentctl";
my $fixtures = "$FindBin::Bin/fixtures";

my %json_types = (
    'ld.json'    => 'application/ld+json',
    'map.json'   => 'importmap',
    'rules.json' => 'speculationrules',
);


plan skip_all => 'build/consentctl is not built' unless -x $consentctl;


sub read_text {
    my ($name) = @_;

    open my $in, '<:raw', $name or die "$name: $!\n";
    local $/;
    return <$in>;
}


# A page through consentctl; more arguments come before its --rules.

sub filter {
    my ($page, @more) = @_;
    my ($out, $in, $writer, $got);
    my $pid = open2($out, $in, $consentctl, 'filter', @more, '--rules',
                    "$root/rules/*.json");

    # Both ends can fill up: one process writes, the other reads.

    $writer = fork() // die "fork: $!\n";

    if ($writer == 0) {
        print {$in} $page;
        close $in;
        require POSIX;
        POSIX::_exit(0);
    }

    close $in;
    { local $/; $got = <$out>; }
    waitpid $writer, 0;
    waitpid $pid, 0;

    is($? >> 8, 0, 'consentctl filter ends well');

    return $got // '';
}


sub script {
    my ($id, $text, $type) = @_;

    return "<script id=\"$id\"" . ($type ? " type=\"$type\"" : '')
           . ">\n$text</script>\n";
}


# The start tag of each script, by its id.

sub start_tags {
    my ($page) = @_;

    return map { / id="([^"]+)"/ ? ($1 => $_) : () }
           $page =~ /<script [^>]*>/g;
}


sub name_of {
    my ($path) = @_;

    return $path =~ m{([^/]+)$};
}


my %services;

for my $file (grep { !/\.schema\.json$/ } glob "$root/rules/*.json") {
    my $rules = JSON::PP->new->utf8->decode(read_text($file));

    $services{$_->{id}} = $_ for @{$rules->{services} // []};
}


subtest 'the vendors\' own snippets are held back' => sub {
    my @files = glob "$fixtures/loaders/*.js";
    my $page = "<!doctype html>\n";

    $page .= script(name_of($_), read_text($_)) for @files;

    my %tags = start_tags(filter($page));

    cmp_ok(scalar @files, '>=', 280, 'snippets: ' . @files);

    for my $name (map { name_of($_) } @files) {
        my ($id) = $name =~ /^([^.]+)/;
        my $tag = $tags{$name} // '';
        my ($got) = $tag =~ /data-pc-purpose="([^"]*)"/;
        my %got = map { $_ => 1 } split ' ', $got // '';

        ok($services{$id}, "$name is of a service") or next;

        like($tag, qr/type="text\/plain"/, "$name is inert");
        like($tag, qr/data-pc-service="(?:[^"]* )?\Q$id\E[ "]/,
             "$name is known");
        is(join(' ', grep { !$got{$_} } @{$services{$id}{purposes}}), '',
           "$name needs its purposes");
    }
};


subtest 'with everything granted they run as they are' => sub {
    my $page = join '', "<!doctype html>\n",
               map { script(name_of($_), read_text($_)) }
               glob "$fixtures/loaders/*.js";

    ok(filter($page, '--grant', 'all') eq $page, 'no byte is changed');
};


subtest 'data that names vendors stays alive' => sub {
    my @files = glob "$fixtures/data/*";
    my $page = "<!doctype html>\n";

    for my $path (@files) {
        my $name = name_of($path);
        my $text = read_text($path);
        my ($kind) = $name =~ /\.((?:\w+\.)?json)$/;

        if (!$kind) {
            $page .= script($name, $text);
            $page .= script("min-$name", one_line($text))
                unless $text =~ m{//|<!--|\\\n|`};
            next;
        }

        $page .= script($name, $text,
                        $json_types{$kind} // 'application/json');

        # The same as frameworks put it into code.

        $page .= script("var-$name", "window.__DATA__ = $text;");
        $page .= script("push-$name", "(self.q = self.q || []).push($text);");
    }

    my $got = filter($page);
    my %was = start_tags($page);
    my %is = start_tags($got);

    cmp_ok(scalar @files, '>=', 90, 'payloads: ' . @files);
    is($is{$_}, $was{$_}, "$_ is untouched") for sort keys %was;
    ok($got eq $page, 'no byte is changed');
};


sub one_line {
    my ($text) = @_;

    $text =~ s/\s*\n\s*/ /g;

    return $text;
}


done_testing();
