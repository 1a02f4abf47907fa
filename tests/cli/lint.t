#!/usr/bin/perl
#
# consentctl lint: each class of fault, with the place where it stands.

use warnings;
use strict;

use FindBin;
use lib "$FindBin::Bin/lib";

use Ctl;
use Test::More;

my $host = '"match": [{ "host": "a.test" }]';


# fault(NAME, PATTERN, FILE): lint finds it, and exits with 1.

sub fault {
    my ($name, $pattern, @files) = @_;

    my ($code, $out, $err) = ctl('lint', @files);

    is($code, 1, "$name: exit 1");
    like($out, $pattern, "$name: says where and what");
    unlike($out . $err, qr/all right/, "$name: is not called right");
    is($err, '', "$name: standard error is for usage");
}


my ($code, $out) = ctl('lint', rules_file('good.json',
                                          service('a', '"analytics"', $host)));
is($code, 0, 'a good file: exit 0');
like($out, qr/1 services, 1 rules: all right/, '... is said to be right');

fault('a missing file', qr/^gone\.json: /, 'gone.json');
fault('an empty glob', qr/^nowhere\/\*\.json: /, 'nowhere/*.json');

fault('broken JSON',
      qr/^broken\.json:3:\d+: /,
      write_file('broken.json',
                 qq({ "version": 1,\n"services": [\n  { ] }\n)));

fault('an empty file', qr/^empty\.json(:1:1)?: /,
      write_file('empty.json', ''));

fault('an unknown purpose',
      qr/^purpose\.json:3:\d+: .*"analytic".*"analytics"/,
      rules_file('purpose.json', service('a', '"analytic"', $host)));

fault('an id that stands twice', qr/^twice\.json:4:\d+: .*"a"/,
      rules_file('twice.json', service('a', '"analytics"', $host),
                 service('a', '"marketing"', $host)));

rules_file('glob-1.json', service('a', '"analytics"', $host));
rules_file('glob-2.json', service('a', '"analytics"', $host));
fault('an id that stands in two files of a glob',
      qr/^glob-2\.json:3:\d+: .*"a"/, 'glob-*.json');

fault('a bad regular expression', qr/^regex\.json:3:\d+: /,
      rules_file('regex.json',
                 service('a', '"analytics"', '"match": [{ "regex": "^(" }]')));

fault('a wrong type of value', qr/^type\.json:3:\d+: /,
      rules_file('type.json', service('a', '"analytics"', '"match": 7')));

fault('an unknown request type', qr/^types\.json:3:\d+: .*"image"/,
      rules_file('types.json',
                 service('a', '"analytics"', '"match": [{ "host": "a.test", '
                         . '"types": ["imagee"] }]')));

fault('a misspelt member', qr/^member\.json:3:\d+: (warning: )?.*"match"/,
      rules_file('member.json',
                 service('a', '"analytics"', '"mach": [{ "host": "a" }]',
                         '"match": 1')));

my @purposes = map { qq({ "key": "p$_", "title": { "en": "P" },
    "description": { "en": "P" }, "benefit": { "en": "P" } }) } 1 .. 33;

fault('33 purposes', qr/^many\.json:\d+:\d+: .*32/,
      write_file('many.json', '{ "version": 1, "purposes": ['
                 . join(",\n", @purposes) . '] }'));

# All faults of a file come in one run.

(undef, $out) = ctl('lint', rules_file('both.json',
    service('a', '"analytic"', $host), service('b', '"marketting"', $host)));
like($out, qr/both\.json:3:.*both\.json:4:/s, 'lint goes on behind a fault');
like($out, qr/2 faults, 0 warnings/, '... and counts them');

# Warnings.

my $bare = write_file('bare.json', '{ "version": 1, "services": [ { "id": "b",
    "name": "B", "purposes": ["analytics"], "match": [{ "host": "b.test" }],
    "storage": [{ "kind": "cookie", "name": "b_id" }] } ] }');

($code, $out) = ctl('lint', $bare);
is($code, 0, 'warnings alone: exit 0');
like($out, qr/^bare\.json:\d+: warning: .*controller/m,
     'a service without a controller');
like($out, qr/warning: .*policy_url/, '... without a policy');
like($out, qr/warning: .*retention.*b_id/, '... without a retention');
is((ctl('lint', '--strict', $bare))[0], 1, '--strict: exit 1');

($code, $out) = ctl('lint', 'glob-1.json', 'glob-2.json');
is($code, 0, 'a later file may replace a service');
like($out, qr/^glob-1\.json:3: warning: .*replaced.*glob-2\.json:3/m,
     '... but lint says so');

write_file('rules.schema.json', '{ "type": "object" }');
is((ctl('lint', 'glob-1.json', 'rules.schema.json'))[0], 0,
   'a schema beside the files is passed over');

done_testing();
