#!/usr/bin/perl

# The catalogue of services: every file keeps to the schema, and to what the
# schema cannot say.  CONSENT_CATALOGUE: another folder of rule files, for
# refusals.t, which breaks each of the rules once.

use strict;
use warnings;

use FindBin;
use JSON::PP;
use Test::More;

use lib "$FindBin::Bin/lib";
use Schema;


my $shipped = "$FindBin::Bin/../../rules";
my $dir = $ENV{CONSENT_CATALOGUE} || $shipped;
my $schema = Schema->new(read_json("$shipped/consent-rules.schema.json"));

# Terms under which facts may be taken into the catalogue.
my %licences = map { $_ => 1 } ('MIT', 'Apache-2.0', 'BSD-3-Clause',
                                'facts only');

# What no necessary service may receive.
my %tracking = map { $_ => 1 } qw(ads profile conversions recording);

my (%purposes, @services);


sub read_text {
    my ($name) = @_;

    open my $in, '<:raw', $name or die "$name: $!\n";
    local $/;
    return <$in>;
}


sub read_json {
    return JSON::PP->new->utf8->decode(read_text($_[0]));
}


# One test for all faults of a kind; each is named.

sub none {
    my ($name, @faults) = @_;

    ok(!@faults, $name) or diag(join "\n", @faults);
}


sub each_service {
    my ($fn) = @_;

    return map { my $s = $_; map { "$s->{id}: $_" } $fn->($s) } @services;
}


for my $name (grep { !/\.schema\.json$/ } glob "$dir/*.json") {
    my $file = read_json($name);
    my ($base) = $name =~ m{([^/]+)$};

    none("$base keeps to the schema", $schema->faults($file));

    none("$base is laid out evenly",
         map { "$_ stands there" }
         grep { read_text($name) =~ /$_/m } '\t', ' $', '\r', '\n\n');

    $purposes{$_->{key}} = $_ for @{$file->{purposes} // []};
    push @services, @{$file->{services} // []};
}


# Purposes.

is(join(' ', sort keys %purposes),
   'analytics embeds functional marketing necessary personalization',
   'the six purposes');

is(join(' ', grep { $purposes{$_}{necessary} } sort keys %purposes),
   'necessary', 'one of them is always granted');

is(join(' ', grep { $purposes{$_}{gpc} } sort keys %purposes),
   'marketing', 'one of them is denied by Sec-GPC');

none('all purposes speak English and German',
     map { my $p = $_; map { my $k = $_; map { "$p: no $k in $_" }
         grep { !length($purposes{$p}{$k}{$_} // '') } 'en', 'de' }
         'title', 'description', 'benefit' } sort keys %purposes);


# Services.

my @matchers = map { @{$_->{match}} } @services;
my @stored = map { @{$_->{storage}} } @services;

cmp_ok(scalar @services, '>=', 1000, 'there are services: ' . @services);
cmp_ok(scalar @matchers, '>=', 2500, 'there are matchers: ' . @matchers);
cmp_ok(scalar @stored, '>=', 2000, 'there are stored names: ' . @stored);

my %ids;
none('ids are unique', grep { $ids{$_}++ } map { $_->{id} } @services);

# Those that sites use most must never get lost.

my @wanted = qw(google-analytics google-tag-manager google-ads
    google-ad-manager meta-pixel tiktok-pixel linkedin-insight x-ads
    pinterest-tag snapchat-pixel reddit-pixel microsoft-ads
    microsoft-clarity hotjar hubspot segment mixpanel amplitude posthog
    matomo plausible criteo taboola outbrain amazon-ads adobe-analytics
    adobe-target adobe-tags adobe-audience-manager yandex-metrica
    baidu-tongji naver-analytics kakao-pixel kakao-maps vk youtube vimeo
    dailymotion spotify soundcloud google-maps mapbox openstreetmap
    google-recaptcha hcaptcha turnstile intercom zendesk drift crisp tawk
    stripe paypal sentry new-relic datadog-rum optimizely vwo jsdelivr
    cdnjs unpkg google-fonts adobe-fonts disqus gravatar);

none('the best-known services are there',
     grep { my $id = $_; !grep { $_->{id} eq $id } @services } @wanted);

none('every service says what visitors are told', each_service(sub {
    my ($s) = @_;

    return map { "no $_" }
           grep { !defined $s->{$_} || !length $s->{$_} }
           qw(controller policy_url data match storage provenance);
}));

none('every service has a purpose that is defined', each_service(sub {
    my ($s) = @_;

    return 'no purpose' unless @{$s->{purposes}};
    return map { "no purpose \"$_\"" }
           grep { !$purposes{$_} } @{$s->{purposes}};
}));

none('every fact has a source, a date and a licence', each_service(sub {
    my ($s) = @_;
    my @from = @{$s->{provenance}};

    return 'no provenance' unless @from;

    return ((map { "$_->{source}: licence \"" . ($_->{licence} // '') . '"' }
             grep { !$licences{$_->{licence} // ''} } @from),
            (map { "$_->{source}: not dated" }
             grep { !$_->{checked} } @from),
            (map { 'vendor documentation without its address' }
             grep { $_->{source} eq 'vendor documentation' && !$_->{url} }
             @from));
}));

none('what vendors document says whether it was compared',
     each_service(sub {
    my ($s) = @_;

    return map { "$_->{url} does not say" }
           grep { $_->{source} eq 'vendor documentation'
                  && ($_->{note} // '') !~ /\bcompared\b/ }
           @{$s->{provenance} // []};
}));

none('every service can be met', each_service(sub {
    my ($s) = @_;

    return @{$s->{match}} || @{$s->{storage}} ? () : 'nothing to match';
}));

none('everything stored says how long', each_service(sub {
    my ($s) = @_;

    return map { "$_->{name}: no retention" }
           grep { !length($_->{retention} // '') } @{$s->{storage}};
}));

none('nothing necessary carries data of advertising or recording',
     each_service(sub {
    my ($s) = @_;

    return () unless grep { $_ eq 'necessary' } @{$s->{purposes}};
    return ('necessary among others') if @{$s->{purposes}} > 1;
    return grep { $tracking{$_} } @{$s->{data}};
}));

none('services of several purposes say why', each_service(sub {
    my ($s) = @_;

    return @{$s->{purposes}} > 1 && !$s->{note}
           ? 'no note' : ();
}));


# Matchers of different services.

my %hosts;

none('no host is claimed twice', each_service(sub {
    my ($s) = @_;
    my @faults;

    for my $m (grep { defined $_->{host} } @{$s->{match}}) {
        my $key = join ' ', $m->{host}, $m->{path} // '',
                  $m->{path} ? sort @{$m->{types} // []} : ();

        push @faults, "$key: $hosts{$key} has it too" if $hosts{$key};
        $hosts{$key} = $s->{id};
    }

    return @faults;
}));

none('no host of a service lies below another of its own',
     each_service(sub {
    my ($s) = @_;
    my %bare = map { $_->{host} => 1 }
               grep { defined $_->{host} && keys %$_ == 1 } @{$s->{match}};

    return grep { my $h = $_; $h =~ s/^[^.]+\.// && covered($h, \%bare) }
           keys %bare;
}));

none('hosts are not public suffixes or names of one label',
     each_service(sub {
    my ($s) = @_;

    return grep { !/\./ || /^(?:com?|org|net|gov|ac)\.[a-z]{2}$/ }
           map { $_->{host} // () } @{$s->{match}};
}));


sub covered {
    my ($host, $bare) = @_;

    while ($host =~ /\./) {
        return 1 if $bare->{$host};
        last unless $host =~ s/^[^.]+\.//;
    }

    return 0;
}


my %literals;

none('inline texts begin in code and belong to one service',
     each_service(sub {
    my ($s) = @_;
    my @faults;

    for my $text (map { @{$_->{inline} // []} } @{$s->{match}}) {
        push @faults, "$text begins with a quote or space"
            if $text =~ /^["'`\s]/;
        push @faults, "$text is too short to mean anything"
            if length $text < 6;
        push @faults, "$text: $literals{$text} has it too"
            if $literals{$text};

        $literals{$text} = $s->{id};
    }

    return @faults;
}));


# Names of storage: the same name always means the same purposes.

my %names;

none('a stored name has the same purposes wherever it stands',
     each_service(sub {
    my ($s) = @_;
    my @faults;
    my $mine = join ' ', sort @{$s->{purposes}};

    for my $item (@{$s->{storage}}) {
        my $key = "$item->{kind} $item->{name}";

        push @faults, "$key: $names{$key} elsewhere"
            if ($names{$key} // $mine) ne $mine;

        $names{$key} = $mine;
    }

    return @faults;
}));

none('no name is a plain word that sites use themselves',
     each_service(sub {
    my ($s) = @_;

    return () if $s->{purposes}[0] eq 'necessary';
    return grep { /^(?:id|uid|sid|user|lang|language|session|token|theme|
                       player|hist|ts|tk|c|test|visitor|name)$/x }
           map { $_->{name} } @{$s->{storage}};
}));

none('what is filled says which kind of content it is', each_service(sub {
    my ($s) = @_;

    return $s->{fills} && !$s->{placeholder} ? 'no placeholder' : ();
}));


done_testing();
