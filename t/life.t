#!/usr/bin/perl
#
# The life of a server under load: reloads with rules that changed, broke and
# went away, log rotation, workers that die, an upgrade of the binary.  No
# request fails, the choice and the counters hold, and nothing leaks.

use warnings;
use strict;

use Digest::SHA qw/ sha256_hex /;
use FindBin;
use IO::Socket::INET;
use JSON::PP;
use lib "$FindBin::Bin/lib";
use Time::HiRes qw/ sleep time /;

use ConsentTest;
use List::Util qw/ max /;
use Test::More;

my $workers = 3;

my $t = ConsentTest->new(workers => $workers, daemon => 1);

$t->write_file('html/page.html',
    '<!doctype html><html><head><title>x</title></head><body>'
    . '<img src="https://ads.test/p.gif"><img src="https://new.test/p.gif">'
    . '<p>last</p></body></html>');
$t->write_file('keys', "k1 00112233445566778899aabbccddeeff\n");

my $conf = <<'END_CONF';
    consent_rules %%RULES%%;
    consent_zone life:1m;

    server {
        listen %%LISTEN%%;
        consent enforce;
        consent_banner off;
        consent_unclassified allow;
        consent_key_file %%DIR%%/keys;
        consent_record %%DIR%%/records.jsonl;
        access_log %%DIR%%/logs/access.log;
        root %%DIR%%/html;

        location /state { return 200 $consent_granted; }
        location = /status { consent off; consent_status; }
    }
END_CONF

$t->run($conf);

my $master = $t->{pid};


sub children {
    my ($pid) = @_;

    return split ' ', $t->read_file("/proc/$pid/task/$pid/children");
}


sub counted {
    return decode_json($t->get('/status')->{body});
}


sub wait_for {
    my ($what) = @_;
    my $end = time() + 15;

    while (time() < $end) {
        return 1 if $what->();
        sleep 0.05;
    }

    return 0;
}


# Clients that ask again and again, on connections that last and on new ones,
# until stop_load(), which returns how many answers came and what was wrong.

my (@clients, $reports);

sub check_answer {
    my ($answer, $cookie) = @_;

    return "status $answer->{status}" if $answer->{status} != 200;
    return 'not whole' if $answer->{body} !~ m{<p>last</p></body></html>$};
    return 'let through' if $answer->{body} =~ m{ src="https://ads}
                            && $cookie eq '';
    return 'held back' if $answer->{body} !~ m{ src="https://ads}
                          && $cookie ne '';

    return '';
}

sub ask_on {
    my ($s, $cookie, $last) = @_;
    my $close = $last ? 'close' : 'keep-alive';
    my $raw = '';

    syswrite $s, "GET /page.html HTTP/1.1\r\nHost: $t->{host}\r\n"
                 . "Connection: $close\r\n$cookie\r\n" or return;

    while ($raw !~ /\r\n0\r\n\r\n$/ && $raw !~ m{</html>$}) {
        sysread $s, $raw, 65536, length $raw or last;
    }

    return ConsentTest::parse($raw);
}

sub client {
    my ($cookie) = @_;
    my ($n, %wrong) = (0);
    my $line = $cookie eq '' ? '' : "Cookie: $cookie\r\n";

    while (!-e "$t->{dir}/stop") {
        my $s = IO::Socket::INET->new(PeerAddr => "127.0.0.1:$t->{port}");

        if (!$s) {
            $wrong{'no connection'}++;
            next;
        }

        for my $i (1 .. 3) {
            my $answer = ask_on($s, $line, $i == 3);

            # A worker that ends may close a connection between requests
            # (RFC 9112, 9.3.1).
            last if $i > 1 && (!$answer || $answer->{raw} eq '');

            my $fault = check_answer($answer // { status => 'none' },
                                     $cookie);
            $n++;
            $wrong{$fault}++ if $fault ne '';

            last if ($answer->{raw} // '') =~ /^Connection: close/mi;
        }

        sleep 0.003;
    }

    return join ' ', $n, map { "$_: $wrong{$_}" } sort keys %wrong;
}

sub start_load {
    my @cookies = @_;

    unlink "$t->{dir}/stop";

    for my $cookie (@cookies) {
        my $pid = open my $fh, '-|';

        die "fork: $!" if !defined $pid;

        if ($pid == 0) {
            $SIG{PIPE} = 'IGNORE';
            print client($cookie), "\n";
            close STDOUT;
            POSIX::_exit(0);
        }

        push @clients, $fh;
    }
}

sub stop_load {
    my ($n, @wrong) = (0);

    $t->write_file('stop', '');

    for my $fh (splice @clients) {
        my ($count, $wrong) = <$fh> =~ /^(\d+) ?(.*)/;

        close $fh;
        $n += $count;
        push @wrong, $wrong if $wrong ne '';
    }

    return ($n, "@wrong");
}


# Several workers share the counters.

my $before = counted()->{pages};

for (1 .. 40) {
    $t->get('/page.html');
}

is counted()->{pages} - $before, 40, 'counters of all workers';
is counted()->{held}{ads}{elements}, 40, 'each element';


# Reloads under load.

my @all = $t->choose('accept');
my @some = $t->choose('save', 'analytics');

start_load('', '', $all[1]);

my $changed = $ConsentTest::rules
              =~ s/("host": "ads\.test" \})/$1, { "host": "new.test" }/r;
my $passes = qr{ src="https://new\.test};

like $t->get('/page.html')->{body}, $passes, 'unknown, allowed';

my @steps = (
    [ 'changed', sub { $t->write_file('rules.json', $changed) }, 1, 0 ],
    [ 'broken', sub { $t->write_file('rules.json', '{ "version": 1, ') },
      0, 0 ],
    [ 'of another kind', sub { $t->write_file('rules.json', '[]') }, 0, 0 ],
    [ 'empty', sub { $t->write_file('rules.json', '') }, 0, 0 ],
    [ 'vanished', sub { unlink "$t->{dir}/rules.json" }, 0, 0 ],
    [ 'a directory', sub { mkdir "$t->{dir}/rules.json" }, 0, 0 ],
    [ 'unreadable', sub { rmdir "$t->{dir}/rules.json";
                          $t->write_file('rules.json', $ConsentTest::rules);
                          chmod 0, "$t->{dir}/rules.json" }, 0, 0 ],
    [ 'as before', sub { unlink "$t->{dir}/rules.json";
                         $t->write_file('rules.json', $ConsentTest::rules) },
      1, 1 ],
);

for (@steps) {
    my ($name, $change, $good, $through) = @$_;
    my $emergencies = () = $t->log() =~ /\[emerg\]/g;

    $change->();

    if ($good) {
        ok $t->reload(), "rules $name: taken";

    } else {
        kill 'HUP', $master;
        ok wait_for(sub { () = $t->log() =~ /\[emerg\]/g;
                          my $n = () = $t->log() =~ /\[emerg\]/g;
                          $n > $emergencies }), "rules $name: refused";
    }

    ok wait_for(sub { $t->get('/page.html')->{body} =~ $passes
                      ? $through : !$through }),
        $good ? 'the new ones hold' : 'the old ones go on';
    like $t->get('/state', @some)->{body}, qr/analytics/, 'so do choices';
}

my ($n, $wrong) = stop_load();

is $wrong, '', 'not one of the requests failed';
cmp_ok $n, '>', 100, 'and there were many';
note "$n requests";
cmp_ok counted()->{pages}, '>', $n, 'the counters went on';


# Reopening the logs.

start_load('', $all[1]);

rename "$t->{dir}/$_", "$t->{dir}/$_.1" for 'logs/access.log',
                                            'records.jsonl';
kill 'USR1', $master;
ok wait_for(sub { -s "$t->{dir}/logs/access.log" }), 'USR1: another log';
$t->choose('reject');
ok -s "$t->{dir}/records.jsonl", 'and records go to a new file';

($n, $wrong) = stop_load();
is $wrong, '', 'no request failed';


# Workers that die, some of them with a record being written.

for my $round (1 .. 3) {
    my @pids = children($master);

    kill 'KILL', $pids[$round % @pids];
    wait_for(sub { my @now = children($master);
                   @now == $workers && "@now" ne "@pids" });

    is $t->get('/page.html')->{status}, 200, "a worker died: $round";
    like $t->get('/state', $t->choose('save', 'analytics'))->{body},
        qr/analytics/, 'choices are made and recorded';
}

cmp_ok counted()->{pages}, '>', 40, 'the counters outlive workers';


# Nothing wears out: memory and descriptors after many reloads.

sub size {
    return $t->read_file("/proc/$_[0]/status") =~ /^VmRSS:\s+(\d+) kB/m
           ? $1 : undef;
}

sub descriptors {
    my @all = glob "/proc/$_[0]/fd/*";

    return scalar @all;
}

SKIP: {
    skip 'no /proc here', 3 if !defined size($master);

    my (@sizes, @fds);

    for my $i (1 .. 12) {
        $t->reload();
        wait_for(sub { children($master) == $workers });
        push @sizes, size($master);
        push @fds, descriptors($master);
    }

    is $fds[-1], $fds[2], 'no more descriptors after 12 reloads than after 3';
    cmp_ok $sizes[-1] - max(@sizes[0 .. 3]), '<', 512, 'nor more memory';
    note "KiB: @sizes";

    my $pid = (children($master))[0];
    $t->get('/page.html') for 1 .. 60;
    my $few = descriptors($pid);
    $t->get('/page.html') for 1 .. 60;
    is descriptors($pid), $few, 'requests leave no descriptors';
}


# An upgrade of the binary under load.

start_load('', '', $all[1]);

kill 'USR2', $master;
ok wait_for(sub { -s "$t->{dir}/nginx.pid.oldbin" && -s "$t->{dir}/nginx.pid"
                  && $t->read_file('nginx.pid') != $master }),
    'USR2: a new binary';
chomp(my $new = $t->read_file('nginx.pid'));
ok wait_for(sub { children($new) == $workers }), 'with its workers';

# Both answer for a while.

$t->choose('save', 'analytics') for 1 .. 8;
like $t->get('/state', @some)->{body}, qr/analytics/, 'choices hold'
    for 1 .. 4;

kill 'QUIT', $master;
ok wait_for(sub { !kill 0, $master }), 'the old one ends';
$t->{pid} = $new;

$t->choose('reject');
like $t->get('/state', @some)->{body}, qr/analytics/, 'choices still hold';

($n, $wrong) = stop_load();
is $wrong, '', 'not one of the requests failed';
cmp_ok $n, '>', 30, 'and there were many';


# What was recorded, all this time, is one chain.

my $head = '0' x 64;
my @broken;
my @lines = map { split /\n/, $t->read_file($_) } 'records.jsonl.1',
                                                  'records.jsonl';

for my $line (@lines) {
    my ($body, $prev, $hash) =
        $line =~ /^(.*,"prev":"([0-9a-f]{64})"),"hash":"([0-9a-f]{64})"\}$/;

    push @broken, $line if !$hash || $prev ne $head
                           || sha256_hex($body) ne $hash;
    $head = $hash // '';
}

is "@broken", '', 'the records are one chain';
is scalar @lines, 2 + 1 + 3 + 8 + 1, 'and all of them are there';


$t->stop();

my @bad = grep { /\[(?:alert|emerg|crit)\]/ && !/rules\.json/
                 && !/exited on signal 9/ } split /\n/, $t->log();
is "@bad", '', 'no alerts in the error log';

done_testing();
