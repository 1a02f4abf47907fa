#!/usr/bin/perl
#
# consentctl diff: what changed, and whether visitors must be asked again.

use warnings;
use strict;

use FindBin;
use lib "$FindBin::Bin/lib";

use Ctl;
use JSON::PP;
use Test::More;

my $json = JSON::PP->new->canonical;


# A rule file as data, with two services and a purpose of its own.

sub base {
    return {
        version  => 1,
        purposes => [
            { key => 'necessary', title => { en => 'Needed' },
              necessary => JSON::PP::true },
            { key => 'analytics', title => { en => 'Counting' } },
            { key => 'marketing', title => { en => 'Ads', de => 'Werbung' } },
        ],
        services => [
            { id => 'stats', name => 'Stats', controller => 'Stats Ltd',
              policy_url => 'https://stats.test/privacy',
              country => 'IE', purposes => ['analytics'], data => ['ip'],
              match => [{ host => 'stats.test' },
                        { host => 'img.test', path => '/p',
                          types => ['image'] },
                        { inline => ['stats.load('] }],
              storage => [{ kind => 'cookie', name => '_st',
                            retention => 'P1M' }] },
            { id => 'own', name => 'Own', purposes => ['necessary'],
              controller => 'Us', match => [{ path => '/own' }] },
        ],
    };
}


# differs(NAME, CHANGE, ASKED, PATTERN …): the change shows, visitors are asked
# or not; for ASKED the line is marked.

sub differs {
    my ($name, $change, $asked, @patterns) = @_;
    my $new = base();

    $change->($new);
    write_file('old.json', $json->encode(base()));
    write_file('new.json', $json->encode($new));

    my ($code, $out, $err) = ctl('diff', 'old.json', 'new.json');

    is("$code$err", '1', "$name: exit 1");
    like($out, $_, "$name: says what") for @patterns;
    is($out =~ /are asked again: / ? 1 : 0, $asked,
       "$name: whether visitors are asked again");
    is(scalar(() = $out =~ /^!/mg) ? 1 : 0, $asked, "$name: and why");

    ($code, $out) = ctl('diff', '--json', 'old.json', 'new.json');
    my $said = eval { $json->decode($out) } // {};

    is($said->{ask_again} ? 1 : 0, $asked, "$name: in JSON, too");
    is((grep { $_->{asks} } @{$said->{changes}}) ? 1 : 0, $asked,
       "$name: ... with the reasons");
}


my $first = sub { $_[0]{services}[0] };

differs('a name', sub { $first->(@_)->{name} = 'Statistics' }, 0,
        qr/^ ~ service stats: name "Stats" -> "Statistics"$/m,
        qr/^1 change, none of them in what .*: nobody is asked again\.$/m);
differs('a controller', sub { $first->(@_)->{controller} = 'Big Ltd' }, 1,
        qr/^!~ service stats: controller "Stats Ltd" -> "Big Ltd"$/m);
differs('no controller', sub { delete $first->(@_)->{controller} }, 1,
        qr/^!- service stats: controller "Stats Ltd"$/m);
differs('a country', sub { $first->(@_)->{country} = 'US' }, 0,
        qr/^ ~ service stats: country "IE" -> "US"$/m);
differs('a policy', sub { $first->(@_)->{policy_url} = 'https://b.test/' }, 0,
        qr/^ ~ service stats: policy_url ".*" -> "https:\/\/b\.test\/"$/m);
differs('a placeholder', sub { $first->(@_)->{placeholder} = 'map' }, 0,
        qr/^ \+ service stats: placeholder "map"$/m);
differs('one more purpose',
        sub { push @{$first->(@_)->{purposes}}, 'marketing' }, 1,
        qr/^!\+ service stats: purpose marketing$/m);
differs('another purpose',
        sub { $first->(@_)->{purposes} = ['marketing'] }, 1,
        qr/^!- service stats: purpose analytics$/m,
        qr/^!\+ service stats: purpose marketing$/m);
differs('a service becomes necessary',
        sub { $first->(@_)->{purposes} = ['necessary'] }, 1,
        qr/^!- service stats: purpose analytics$/m);
differs('a necessary one no longer is',
        sub { $_[0]{services}[1]{purposes} = ['marketing'] }, 1,
        qr/^!\+ service own: purpose marketing$/m);
differs('data', sub { push @{$first->(@_)->{data}}, 'email' }, 0,
        qr/^ \+ service stats: data email$/m);
differs('a host', sub { $first->(@_)->{match}[0]{host} = 'count.test' }, 0,
        qr/^ - service stats: match host stats\.test$/m,
        qr/^ \+ service stats: match host count\.test$/m);
differs('a path', sub { $first->(@_)->{match}[1]{path} = '/q' }, 0,
        qr/^ - service stats: match host img\.test, path \/p, types image$/m,
        qr/^ \+ service stats: match host img\.test, path \/q, types image$/m);
differs('a party', sub { $first->(@_)->{match}[0]{party} = 'any' }, 0,
        qr/^ \+ service stats: match host stats\.test, party any$/m);
differs('a literal', sub { push @{$first->(@_)->{match}[2]{inline}}, 'st=1' },
        0, qr/^ \+ service stats: match inline st=1$/m);
differs('a retention',
        sub { $first->(@_)->{storage}[0]{retention} = 'P2Y' }, 0,
        qr/^ ~ service stats: storage cookie _st "P1M" -> "P2Y"$/m);
differs('no retention', sub { delete $first->(@_)->{storage}[0]{retention} },
        0, qr/^ ~ service stats: storage cookie _st "P1M" -> nothing$/m);
differs('a stored name',
        sub { push @{$first->(@_)->{storage}},
              { kind => 'localStorage', name => 'st-*',
                retention => 'persistent' } }, 0,
        qr/^ \+ service stats: storage localStorage st-\* "persistent"$/m);
differs('a new service',
        sub { push @{$_[0]{services}},
              { id => 'new', name => 'New', purposes => ['marketing'],
                match => [{ host => 'new.test' }] } }, 1,
        qr/^!\+ service new: New, for marketing: 1 matcher, 0 stored names$/m);
differs('a new service that is necessary',
        sub { push @{$_[0]{services}},
              { id => 'new', name => 'New', purposes => ['necessary'],
                match => [{ host => 'new.test' }] } }, 0,
        qr/^ \+ service new: New, for necessary: /m);
differs('a service taken away', sub { shift @{$_[0]{services}} }, 1,
        qr/^!- service stats: Stats \(Stats Ltd\), for analytics: 3 mat/m);
differs('a new purpose',
        sub { push @{$_[0]{purposes}},
              { key => 'own', title => { en => 'Own' } } }, 1,
        qr/^!\+ purpose own: Own$/m);
differs('a purpose taken away', sub { pop @{$_[0]{purposes}} }, 1,
        qr/^!- purpose marketing: Ads$/m);
differs('a purpose becomes necessary',
        sub { $_[0]{purposes}[2]{necessary} = JSON::PP::true }, 1,
        qr/^!\+ purpose marketing: mark necessary$/m);
differs('a purpose that Sec-GPC denies',
        sub { $_[0]{purposes}[2]{gpc} = JSON::PP::true }, 0,
        qr/^ \+ purpose marketing: mark gpc$/m);
differs('a title', sub { $_[0]{purposes}[2]{title}{de} = 'Reklame' }, 0,
        qr/^ ~ purpose marketing: title de "Werbung" -> "Reklame"$/m);
differs('one more language', sub { $_[0]{purposes}[1]{title}{fr} = 'C' }, 0,
        qr/^ \+ purpose analytics: title fr "C"$/m);

# What is no change.

for my $case ([ 'nothing', sub { } ],
              [ 'the order of services',
                sub { @{$_[0]{services}} = reverse @{$_[0]{services}} } ],
              [ 'the order of matchers',
                sub { @{$first->(@_)->{match}}
                      = reverse @{$first->(@_)->{match}} } ],
              [ 'a note', sub { $first->(@_)->{note} = 'new' } ])
{
    my ($name, $change) = @$case;
    my $new = base();

    $change->($new);
    write_file('new.json', $json->encode($new));

    my ($code, $out) = ctl('diff', 'old.json', 'new.json');
    is($code, 0, "$name: exit 0");
    like($out, qr/^No differences: nobody is asked again\.\npolicy \S{12}$/,
         "$name: is said");
}

# Folders and globs.

mkdir $_ for 'a', 'b';
write_file('a/one.json', $json->encode(base()));
write_file('b/one.json', $json->encode({ %{base()}, services => [] }));
write_file('b/two.json', $json->encode({ version => 1,
                                         services => base()->{services} }));
write_file('b/x.schema.json', '{}');

is((ctl('diff', 'a', 'b'))[0], 0, 'folders: how files are cut says nothing');
is((ctl('diff', 'a/*.json', 'b/'))[0], 0, 'a glob and a folder');

my $mine = rules_file('mine.json', service('stats', '"marketing"',
                                           '"match": []'));
my ($code, $out) = ctl('diff', '--rules', 'a/*.json', 'b/two.json', $mine);
like($out, qr/^!- service stats: purpose analytics$/m,
     '--rules: what both build on');
unlike($out, qr/service own/, '... is no difference');

for my $bad ([ 'none.json', 'old.json' ], [ 'old.json', 'none.json' ],
             [ 'old.json', 'none/*.json' ])
{
    ($code, $out, my $err) = ctl('diff', @$bad);
    is($code, 2, "@$bad: exit 2");
    is($out, '', '... writes nothing');
    like($err, qr/^none.*(No such file|no file)/, '... says which');
}

# What a shell makes of <(command).

my $ctl = $ENV{CONSENTCTL} || "$FindBin::Bin/../../build/consentctl";

SKIP: {
    skip 'bash is not there', 2 if system('bash -c : 2>/dev/null') != 0;

    like(scalar qx~bash -c '$ctl diff <(cat a/one.json) b'~,
         qr/^No differences/, 'a pipe');
    like(scalar qx~bash -c '$ctl lint <(echo "{") 2>&1'~,
         qr{^/dev/fd/\d+:\d+:\d+: }, '... of lint, too');
}

# Nothing that a file says reaches the terminal as a command.

my $evil = base();
$evil->{services}[0]{name} = "a\e[31mb";
write_file('new.json', $json->encode($evil));
unlike((ctl('diff', 'old.json', 'new.json'))[1], qr/\e/, 'no controls');

done_testing();
