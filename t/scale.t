#!/usr/bin/perl
#
# Thousands of servers share one compiled rule set; checking a configuration
# is quick and says no more than nginx does.

use warnings;
use strict;

use FindBin;
use lib "$FindBin::Bin/lib";

use ConsentTest;
use Test::More;

my $servers = 2000;
my $each = 4;               # KiB for a server with two locations, at most


sub conf {
    my ($mode, $n) = @_;

    return <<"END_CONF" . join '', map { <<"END_SERVER" } 1 .. $n;
    consent_rules $ConsentTest::root/rules/*.json;
    consent $mode;
    server_names_hash_max_size 16384;
    server_names_hash_bucket_size 128;
    root %%DIR%%/html;
END_CONF
    server {
        listen %%LISTEN%%;
        server_name h$_.site.example;
        location / { }
        location /shop/ { consent_banner off; }
    }
END_SERVER
}


# What a server takes in memory, in KiB, and its answer.

sub started {
    my ($mode, $n) = @_;
    my $t = ConsentTest->new(host => "h$n.site.example", patience => 60);

    $t->write_file('html/page.html', '<!doctype html><title>x</title>'
                   . '<img src="https://www.google-analytics.com/p.gif">');
    $t->run(conf($mode, $n));

    my ($size) = $t->read_file("/proc/$t->{pid}/status")
                 =~ /^VmRSS:\s+(\d+) kB/m;
    my $page = $t->get('/page.html');

    $t->stop();

    return ($size, $page);
}


my ($off, $plain) = started('off', $servers);
my ($one) = started('enforce', 1);
my ($base) = started('off', 1);
my ($all, $page) = started('enforce', $servers);

like $plain->{body}, qr{ src="https://www\.google-ana}, 'off: as it is';
like $page->{body}, qr{data-pc-src="https://www\.google-ana},
    'the last server enforces';

SKIP: {
    skip 'no /proc here', 1 if !defined $off;

    cmp_ok $all - $off - ($one - $base), '<', $servers * $each,
        "$servers servers share the rules";
    note 'KiB: rules ', $one - $base, ', servers ',
         $all - $off - ($one - $base);
}


# nginx -t, by the CPU time of children that have ended

sub cpu {
    my (undef, undef, $user, $system) = times;

    return $user + $system;
}

my $t = ConsentTest->new();
my $start = cpu();
my ($good, $said) = $t->check_conf(conf('enforce', $servers));
my $time = cpu() - $start;

ok $good, 'nginx -t';
is scalar(split /\n/, $said), 2, 'says two lines';
like $said, qr/syntax is ok\n.*test is successful\n$/, 'as it always does';
cmp_ok $time, '<', 5, 'in time';
note sprintf '%.2f s of CPU', $time;

my $dump = do { open my $fh, '-|', $t->command('-T', '-q') or die "-T: $!";
                local $/; <$fh> };
like $dump, qr/consent enforce;.*server_name h$servers\./s, 'nginx -T';

done_testing();
