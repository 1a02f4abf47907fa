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
like($out, qr/1 service, 1 rule: all right/, '... is said to be right');

for my $gone ('gone.json', 'nowhere/*.json', '.') {
    ($code, $out, my $err) = ctl('lint', $gone, 'good.json');
    is("$code$err", '2', "$gone: what can't be read: exit 2");
    like($out, qr/^\Q$gone\E: \w/, '... is named');
}

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
like($out, qr/^bare\.json:1:31: warning: .*controller/m,
     'a service without a controller');
like($out, qr/warning: .*policy_url/, '... without a policy');
like($out, qr/^bare\.json:3:17: warning: .*retention.*b_id/m,
     '... without a retention');
is((ctl('lint', '--strict', $bare))[0], 1, '--strict: exit 1');

($code, $out) = ctl('lint', 'glob-1.json', 'glob-2.json');
is($code, 0, 'a later file may replace a service');
like($out, qr/^glob-1\.json:3:5: warning: .*replaced.*glob-2\.json:3/m,
     '... but lint says so');

write_file('rules.schema.json', '{ "type": "object" }');
is((ctl('lint', 'glob-1.json', 'rules.schema.json'))[0], 0,
   'a schema beside the files is passed over');


# warned(NAME, PATTERN, MATCH …): of rules, one a line from line 3 on.

sub warned {
    my ($name, $pattern, @match) = @_;
    my $list = join ",\n      ", @match;

    write_file('warn.json', qq({ "version": 1, "services": [{ "id": "s",
    "name": "S", "controller": "S", "policy_url": "https://s.test/",
    "purposes": ["analytics"], "match": [
      $list ] }] }));

    my ($code, $out, $err) = ctl('lint', 'warn.json');

    is("$code$err", '0', "$name: nothing that nginx refuses");

    if ($pattern) {
        like($out, $pattern, $name);
    } else {
        like($out, qr/: all right$/, $name);
    }
}

# Rules that never win.

warned('a rule twice',
       qr/^warn\.json:4:7: warning: this rule never wins: warn\.json:5:7 matc/,
       '{ "host": "a.test" }', '{ "host": "a.test" }');
warned('a path within a longer one that matches as much',
       qr/^warn\.json:4:7: warning: .*never wins: warn\.json:5:7/,
       '{ "host": "a.test", "path": "/x/" }',
       '{ "host": "a.test", "path": "/x/**" }');
warned('fewer types, less specific otherwise',
       qr/^warn\.json:4:7: .*never wins: warn\.json:5:7/,
       '{ "host": "a.test", "path": "/x", "types": ["script"] }',
       '{ "host": "a.test", "path": "/x*" }');
warned('a path alone twice', qr/^warn\.json:4:7: .*never wins/,
       '{ "path": "/c.js" }', '{ "path": "/c.js" }');
warned('a regex twice', qr/^warn\.json:4:7: .*never wins/,
       '{ "regex": "[0-9]{9}\\\\.js" }', '{ "regex": "[0-9]{9}\\\\.js" }');
warned('an inline text behind its own beginning',
       qr/^warn\.json:4:28: .*adds nothing: it begins .* at warn\.json:4:20$/m,
       '{ "inline": ["fob(", "fob(\'a\')"] }');

warned('an inline text in short pieces',
       qr/^warn\.json:4:20: warning: for this inline text every script is /m,
       '{ "inline": ["a.b(c.d)"] }');

warned('inline texts with five bytes in one piece', undef,
       '{ "inline": ["a.bcd(", "\'abc\'", "a.b.cdef("] }');

warned($_->[0], undef, @{$_->[1]})
    for [ 'a subdomain', [ '{ "host": "a.test" }',
                           '{ "host": "b.a.test" }' ] ],
        [ 'a longer path', [ '{ "host": "a.test" }',
                             '{ "host": "a.test", "path": "/x" }' ] ],
        [ 'a host and all its paths: hints tell them apart',
          [ '{ "host": "a.test" }', '{ "host": "a.test", "path": "/" }' ] ],
        [ 'other types', [ '{ "host": "a.test", "types": ["image"] }',
                           '{ "host": "a.test", "types": ["script"] }' ] ],
        [ 'another party', [ '{ "host": "a.test", "party": "first" }',
                             '{ "host": "a.test", "party": "third" }' ] ],
        [ 'a query', [ '{ "host": "a.test", "path": "/a?b" }',
                       '{ "host": "a.test", "path": "/a*b" }' ] ];

# Rules that no URL matches.

warned('a path with a dot segment', qr/:4:7: .*matches no request: .* "\/b"/,
       '{ "host": "a.test", "path": "/a/../b" }');
warned('a path with a quote', qr/:4:7: .*matches no request: .* "\/%22"/,
       '{ "host": "a.test", "path": "/\\"" }');
warned('a regex from "^/" on', qr/:4:7: .*matches no request: "\^" is/,
       '{ "regex": "^/collect" }');
warned('a regex from "^www" on', qr/:4:7: .*matches no request: "\^" is/,
       '{ "regex": "^www\\\\.a\\\\.test" }');
warned('a regex that contradicts its host',
       qr/:4:7: .*matches no request: .*"x\.test".*"y\.test"/,
       '{ "host": "y.test", "regex": "^https://x\\\\.test/[ab]" }');
warned('dots that are part of a name', undef,
       '{ "host": "a.test", "path": "/.well" }',
       '{ "host": "a.test", "path": "/b/.." }');
warned('regexes that may match', undef,
       map { qq({ "regex": "$_" }) } '^https?:.*[0-9]x', '^(?:a|h)ttps.*[0-9]',
       '^ht+ps:.*[0-9]y', '^wss?://[0-9]');

# Regexes that a host rule could replace.

for my $case ([ '^https?://a\\\\.test/', '"a.test"' ],
              [ '^https://(?:[^/]+\\\\.)?a\\\\.test(?:/|$)', '"a.test"' ],
              [ '^https?://.*\\\\.a-b\\\\.test/.*', '"a-b.test"' ],
              [ '//cdn\\\\.a\\\\.test/js/x\\\\.js',
                '"cdn.a.test", "path": "/js/x.js"' ],
              [ '^https?:\\\\/\\\\/a\\\\.test\\\\/p\\\\?id=',
                '"a.test", "path": "/p?id="' ],
              [ '^https://a\\\\.test/x/.*/y', '"a.test", "path": "/x/*/y"' ],
              [ '^https://(?:a|b)\\\\.c\\\\.test/', '"a.c.test" } and one' ])
{
    my ($regex, $host) = @$case;

    warned("$regex could be a host",
           qr/:4:7: .*host rule.*: \{ "host": \Q$host\E/,
           qq({ "regex": "$regex" }));
}

warned('regexes that could not', undef,
       map { qq({ "regex": "$_" }) }
       '^https://a\\\\.test/[0-9]+', '^https://a[0-9]\\\\.test/', '/x\\\\.js$',
       '^https://a\\\\.test/x$', '^https://(?:a|b[0-9])\\\\.test/',
       '^https://a\\\\.test/(?:x|y)', '^https?://[^/]+/x\\\\.js',
       '^https://google\\\\.(?:com?\\\\.)?[a-z]{2,3}/', 'stats\\\\.js');

# Services.

my $idle = '"match": []';

($code, $out) = ctl('lint', rules_file('idle.json',
                                       service('a', '"analytics"', $idle)));
like($out, qr/^idle\.json:3:5: warning: no page can trigger "a"/,
     'a service without rules and storage');

($code, $out) = ctl('lint', rules_file('dead.json',
    service('a', '"analytics"', '"match": [{ "path": "/x.js" }]'),
    service('b', '"marketing"', '"match": [{ "path": "/x.js" }]')));
like($out, qr/^dead\.json:3:5: warning: no page can trigger "a"/m,
     'a service whose rules never win');

($code, $out) = ctl('lint', rules_file('kept.json',
    service('a', '"analytics"', $idle, '"storage": [{ "kind": "cookie", '
            . '"name": "a", "retention": "P1D" }]')));
like($out, qr/all right/, 'a service that stores something can be met');

my $stores = '"storage": [{ "kind": "cookie", "name": "id", '
             . '"retention": "P1D" }]';

($code, $out) = ctl('lint', rules_file('names.json',
    service('a', '"analytics"', $stores),
    service('b', '"marketing"', $stores)));
like($out, qr/^names\.json:3:\d+: warning: "id" of "a" never wins: "b"/m,
     'a stored name of two services');

($code, $out) = ctl('lint', rules_file('same.json',
    service('a', '"analytics"', $stores),
    service('b', '"analytics"', $stores)));
like($out, qr/all right/, '... with the same purposes is no matter');

# Faults stand in the order of the file, whatever found them.

my @places = (ctl('lint', 'bare.json'))[1] =~ /^bare\.json:(\d+)/mg;
is("@places", '1 1 3', 'in the order of lines');

# Files of texts.

fault('a text that there is none of',
      qr/^texts\.json:2:15: unknown text "acept"; did you mean "accept"\?$/m,
      write_file('texts.json', qq({ "lang": "de",\n  "texts": {  "acept": "Ja" )
                               . qq(} }\n)));

($code, $out) = ctl('lint', write_file('own.json',
    '{ "lang": "de", "texts": { "accept": "Ja" } }'), 'good.json');
is($code, 0, 'a text of ours for one of theirs is good');
like($out, qr/^1 file of texts, .* 1 service, 1 rule: all right$/m,
     '... beside rules');

($code, $out) = ctl('lint', '--strict', write_file('new.json',
    qq({ "lang": "sr",\n  "texts": { "accept": "Da" } }\n)));
is($code, 1, 'a language that lacks texts: a warning');
like($out, qr/^new\.json:1:11: warning: "sr" lacks \d+ of \d+ texts, /m,
     '... that counts');
like($out, qr/ texts, which will be English: reject, /, '... and names them');
like($out, qr/ lacks 7 of 7 units, .*year, month/, '... of all kinds');

# What a file says reaches no terminal as a command.

($code, $out) = ctl('lint', rules_file('evil.json',
    service('a', '"\\u001b[31m"', $host)));
unlike($out, qr/\e/, 'no control characters');
like($out, qr/unknown purpose "\\x1b\[31m"/, '... but what they are');

done_testing();
