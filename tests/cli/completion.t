#!/usr/bin/perl
#
# Completion for bash: what is offered where, and that it knows every command
# and option that --help does.

use warnings;
use strict;

use FindBin;
use lib "$FindBin::Bin/lib";

use Cwd qw/ abs_path /;
use Ctl;
use Test::More;

my $root = abs_path("$FindBin::Bin/../..");
my $script = "$root/ngx_consent_module/cli/consentctl.bash";
my $program = abs_path($ENV{CONSENTCTL} || "$root/build/consentctl");

plan skip_all => 'bash is not there' if system('bash -c : 2>/dev/null') != 0;


# offered(WORD …): what bash offers for the last of them, as it cuts words.

sub offered {
    my @words = map { split /(=)/ } @_;

    push @words, '' if $_[-1] eq '';

    my $line = join ' ', map { "'$_'" } $program, @words;

    write_file('.complete', <<"END");
. '$script'
COMP_WORDS=($line)
COMP_CWORD=@{[ scalar @words ]}
_consentctl
printf '%s\\n' "\${COMPREPLY[@]}"
END

    my $said = qx{bash --norc .complete 2>&1};

    return join ' ', sort grep { length } split /\n/, $said;
}


my @commands = qw/ diff explain filter lint match preview purposes records /;

is(offered(''), join(' ', sort qw/ --help --version help /, @commands),
   'commands');
is(offered('l'), 'lint', 'a command that was begun');
is(offered('help', 'r'), 'records', 'help of a command');
is(offered('records', ''), 'export stats verify', 'verbs of records');

# Options are those of --help.

for my $command (@commands) {
    my $help = (ctl($command, '--help'))[1];
    my %help = map { $_ => 1 } '--help',
               $help =~ /(?:^  |, |\[)(--[a-z-]+)/mg;
    my @help = sort keys %help;

    if ($command ne 'records') {
        is(offered($command, '--'), join(' ', @help), "options of $command");
        next;
    }

    my %both = map { $_ => 1 }
               split(/ /, offered('records', 'verify', '--')),
               split(/ /, offered('records', 'stats', '--'));

    is(join(' ', sort keys %both), join(' ', @help), 'options of records');
}

# Files.

mkdir 'folder';
mkdir 'folder.json';
write_file($_, '') for 'a.json', 'b c.json', 'page.html', 'x.txt', 'r.jsonl';

is(offered('lint', ''), 'a.json b c.json folder folder.json', 'rule files');
is(offered('lint', 'a'), 'a.json', '... that begin so');
is(offered('diff', 'a.json', ''), 'a.json b c.json folder folder.json',
   'rule files and folders');
is(offered('explain', 'p'), 'page.html', 'pages');
is(offered('explain', 'c'), 'cookie:', 'a cookie');
is(offered('explain', 'h'), 'https://', 'an address');
is(offered('records', 'verify', 'r'), 'r.jsonl', 'records');

# Values.

rules_file('own.json', service('a', '"own"', '"match": []'));
write_file('own.json', '{ "version": 1, "purposes": [ { "key": "own",'
           . ' "title": { "en": "Own" } }, { "key": "other",'
           . ' "title": { "en": "Other" } } ] }');

my @own = ('--rules', 'own.json');

is(offered('filter', @own, '--grant', ''), 'all other own', 'purposes');
is(offered('filter', @own, '--grant='), 'all other own', 'behind "="');
is(offered('filter', '--rules=own.json', '--grant', 'ow'), 'own',
   'of --rules=');
is(offered('filter', @own, '--grant', 'own,'), 'own,other', 'a list goes on');
is(offered('match', @own, '--unclassified', ''), 'allow other own',
   'purposes of the unknown');
is(offered('match', '--rules', 'none.json', '--unclassified', ''), 'allow',
   'rules that are not there');
is(offered('explain', '--type', 's'), 'script style', 'types');
is(offered('explain', '--rules', 'o'), 'own.json', 'files of --rules');
is(offered('records', 'stats', '--since', ''), '', 'a day is yours to say');

is(scalar qx{bash --norc -c ". '$script' && complete -p consentctl"},
   "complete -F _consentctl consentctl\n", 'bash knows of it');

done_testing();
