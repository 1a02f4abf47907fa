#!/usr/bin/perl

# consent_record: one line for each choice, chained, before the answer.

use warnings;
use strict;

use Digest::SHA qw/ sha256_hex /;
use FindBin;
use IO::Socket::INET;
use JSON::PP;
use lib "$FindBin::Bin/lib";
use Time::HiRes qw/ sleep /;

use ConsentTest;
use Test::More;

my $t = ConsentTest->new();
my $zeros = '0' x 64;

my $syslog = IO::Socket::INET->new(LocalAddr => '127.0.0.1', Proto => 'udp')
    or die "syslog: $!";
my $syslog_port = $syslog->sockport();

my $server = <<'END_CONF';
    server {
        listen %%LISTEN%%;
        server_name SERVER;
        consent enforce;
        consent_record RECORD;
    }
END_CONF

my $http = join '', "    consent_rules %%RULES%%;\n", map {
    my ($name, $record) = @$_;
    $server =~ s/SERVER/$name/r =~ s/RECORD/$record/r;
} ( [ 'www.site.example', '%%DIR%%/a.jsonl' ],
    [ 'shop.site.example', '%%DIR%%/a.jsonl' ],
    [ 'www.other.example', '%%DIR%%/b.jsonl' ],
    [ 'full.example', '/dev/full' ],
    [ 'log.example', "syslog:server=127.0.0.1:$syslog_port,tag=consent" ],
    [ 'off.example', 'off' ] );

$t->write_conf($http);
$t->write_file('nginx.conf', $t->read_file('nginx.conf')
               =~ s/worker_processes 1/worker_processes 4/r);
$t->run();


sub choose {
    my ($host, $action, @more) = @_;

    return $t->request('POST', '/privacy-choices/choice', "action=$action",
                       'Content-Type' => 'application/x-www-form-urlencoded',
                       Host => $host, @more);
}

sub lines { return split /\n/, $t->read_file($_[0]) }

# The hash that the chain ends with, or what is wrong with it.

sub verify {
    my ($head, @lines) = @_;

    for my $n (0 .. $#lines) {
        my ($body, $hash) = $lines[$n] =~ /^(.*),"hash":"([0-9a-f]{64})"\}$/
            or return "line $n has no hash";
        my ($prev) = $body =~ /,"prev":"([0-9a-f]{64})"$/
            or return "line $n has no prev";

        return "line $n: prev" if $prev ne $head;
        return "line $n: hash" if sha256_hex($body) ne $hash;

        $head = $hash;
    }

    return $head;
}


# A line

my $page = choose('www.site.example', 'save&granted=analytics&service.video=1',
                  'Accept-Language' => 'de', 'User-Agent' => 'Odd/1.0',
                  'Sec-GPC' => '1');
is $page->{status}, 303, 'a choice';

my ($cookie) = (ConsentTest::headers($page, 'Set-Cookie'))[0]
               =~ /^([^;]+)/;
my ($id) = $cookie =~ /\.([\w-]{22})\.0$/;

my @lines = lines('a.jsonl');
is scalar @lines, 1, 'one line, before the answer';
is $t->read_file('a.jsonl') =~ tr/\n//, 1, 'with its newline';

my $line = decode_json($lines[0]);
is $line->{id}, $id, 'the id of the cookie';
like $line->{time}, qr/^20\d\d-\d\d-\d\dT\d\d:\d\d:\d\dZ$/, 'time';
is $line->{action}, 'save', 'action';
is $line->{site}, 'www.site.example', 'site';
is $line->{regime}, 'opt-in', 'regime';
is "@{ $line->{granted} }", 'necessary analytics', 'granted';
is "@{ $line->{denied} }",
    'functional personalization marketing embeds', 'denied';
is_deeply $line->{services}, { video => JSON::PP::true }, 'services';
like $line->{policy}, qr/^[\w-]{12}$/, 'policy';
is $line->{lang}, 'de', 'language';
ok $line->{gpc}, 'Sec-GPC';
is $line->{prev}, $zeros, 'the first of its chain';
unlike $lines[0], qr/127\.0\.0\.1|Odd/, 'neither address nor agent';


# The chain: servers that share a file share it, others have their own

choose($_, 'accept') for 'shop.site.example', 'www.other.example',
                         'www.site.example';
choose('www.site.example', 'withdraw', Cookie => $cookie);

@lines = lines('a.jsonl');
is scalar @lines, 4, 'four lines';
like verify($zeros, @lines), qr/^[0-9a-f]{64}$/, 'a chain';
is decode_json($lines[1])->{site}, 'shop.site.example', 'of two servers';
is decode_json($lines[3])->{id}, $id, 'a visitor keeps their id';
is decode_json($lines[3])->{action}, 'withdraw', 'and withdraws';

my @other = lines('b.jsonl');
is scalar @other, 1, 'the other file';
is verify($zeros, @other), decode_json($other[0])->{hash}, 'its own chain';

isnt verify($zeros, @lines[0, 1, 3]), verify($zeros, @lines),
    'a missing line shows';


# Four workers at once

my @children;

for my $child (1 .. 4) {
    my $pid = fork // die "fork: $!";

    if ($pid == 0) {
        choose('www.site.example', 'reject') for 1 .. 25;
        POSIX::_exit(0);
    }

    push @children, $pid;
}

waitpid $_, 0 for @children;

@lines = lines('a.jsonl');
is scalar @lines, 104, 'a hundred more';
like verify($zeros, @lines), qr/^[0-9a-f]{64}$/, 'still one chain';


# Nothing is stored that could not be recorded

$page = choose('full.example', 'accept');
is $page->{status}, 503, 'no room for the record';
is scalar(ConsentTest::headers($page, 'Set-Cookie')), 0, 'no cookie';
is ConsentTest::header($page, 'Cache-Control'), 'no-store, private',
    'not kept';
like $t->log(), qr/consent record: write\(\) to "\/dev\/full" failed/,
    'said in the log';

$page = choose('off.example', 'accept');
is $page->{status}, 303, 'off';
is scalar(ConsentTest::headers($page, 'Set-Cookie')), 1, 'stores it';

for my $bad ('action=x', 'x') {
    choose('www.site.example', $bad);
}

choose('www.site.example', 'accept', Origin => 'https://elsewhere.example');
is scalar(lines('a.jsonl')), 104, 'a refused request leaves no line';


# syslog

$page = choose('log.example', 'accept');
is $page->{status}, 303, 'syslog';

my $datagram = '';
my $ready = IO::Select->new($syslog);

$syslog->recv($datagram, 65536) if $ready->can_read(5);
my ($sent) = $datagram =~ /^<\d+>.*? consent: (\{.*\})$/;
is verify($zeros, $sent // ''), decode_json($sent // '{"hash":0}')->{hash},
    'a record';
$page = choose('log.example', 'reject');
my $before = $sent;
$syslog->recv($datagram, 65536) if $ready->can_read(5);
($sent) = $datagram =~ /^<\d+>.*? consent: (\{.*\})$/;
like verify($zeros, $before, $sent // ''), qr/^[0-9a-f]{64}$/, 'and a chain';


# Over a reload, log rotation and a restart the chain goes on

ok $t->reload(), 'reload';
choose('www.site.example', 'accept');
@lines = lines('a.jsonl');
is scalar @lines, 105, 'a line more';
my $head = verify($zeros, @lines);
like $head, qr/^[0-9a-f]{64}$/, 'after a reload';

rename "$t->{dir}/a.jsonl", "$t->{dir}/a.jsonl.1";
kill 'USR1', $t->{pid};

for (1 .. 100) {
    last if -e "$t->{dir}/a.jsonl";
    sleep 0.05;
}

sleep 0.2;
choose('www.site.example', 'accept');
@lines = lines('a.jsonl');
is scalar @lines, 1, 'a new file';
$head = verify($head, @lines);
like $head, qr/^[0-9a-f]{64}$/, 'carries on where the old one ended';

$t->stop();
$t->run();
choose('www.site.example', 'accept');
@lines = lines('a.jsonl');
is scalar @lines, 2, 'after a restart';
$head = verify(decode_json($lines[0])->{prev}, @lines);
like $head, qr/^[0-9a-f]{64}$/, 'the chain goes on';


# While one worker knows of the rotation and the others do not, all of them
# write to the new file: the chain does not fork

my ($worker) = split ' ',
    $t->read_file("/proc/$t->{pid}/task/$t->{pid}/children");

rename "$t->{dir}/a.jsonl", "$t->{dir}/a.jsonl.2";
kill 'USR1', $worker;

for (1 .. 100) {
    last if -e "$t->{dir}/a.jsonl";
    sleep 0.05;
}

choose('www.site.example', 'accept') for 1 .. 60;

my @old = split /\n/, $t->read_file('a.jsonl.2');
@lines = lines('a.jsonl');
is @old + @lines, 62, 'a file and another one';
isnt scalar @lines, 0, 'the new one is in use';
$head = verify(decode_json($old[0])->{prev}, @old, @lines);
like $head, qr/^[0-9a-f]{64}$/, 'one chain';

kill 'USR1', $t->{pid};
sleep 0.2;


# A line that was torn by a crash stays alone

$t->stop();
open my $fh, '>>', "$t->{dir}/a.jsonl";
print $fh '{"v":1,"id":"torn';
close $fh;
$t->run();

choose('www.site.example', 'accept');
@lines = lines('a.jsonl');
is decode_json($lines[-1])->{prev}, $head, 'chained to the last sound one';
like $lines[-2], qr/"torn$/, 'the torn line stays';


# Somebody else wrote to the file: their end is ours

$head = verify($head, $lines[-1]);
my $body = '{"v":1,"prev":"' . $head . '"';
my $foreign = $body . ',"hash":"' . sha256_hex($body) . '"}';
open $fh, '>>', "$t->{dir}/a.jsonl";
print $fh "$foreign\n";
close $fh;

choose('www.site.example', 'accept');
@lines = lines('a.jsonl');
like verify($head, @lines[-2, -1]), qr/^[0-9a-f]{64}$/,
    'chained to what another nginx wrote';


# Not t->done(): a full disk is a fault, and the log says so

$t->stop();

my @bad = grep { /\[(?:alert|emerg|crit)\]|exited on signal/
                 && !m{to "/dev/full" failed} } split /\n/, $t->log();
is "@bad", '', 'no other alerts in the error log';

done_testing();
