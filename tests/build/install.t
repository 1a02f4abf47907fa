#!/usr/bin/perl
#
# make install puts things where Debian's nginx looks, make uninstall takes
# them away, and what was installed works.

use warnings;
use strict;

use Cwd qw/ abs_path /;
use File::Find;
use File::Temp qw/ tempdir /;
use FindBin;
use Test::More;

my $root = abs_path("$FindBin::Bin/../..");
my $to = tempdir(CLEANUP => 1);

delete @ENV{qw/ MAKEFLAGS MAKELEVEL MFLAGS PREFIX DESTDIR /};
chdir $root or die "$root: $!\n";


sub run {
    my $said = qx{@_ 2>&1};

    return wantarray ? ($? >> 8, $said) : $? >> 8;
}


sub installed {
    my @found;

    find({ no_chdir => 1, wanted => sub {
        push @found, substr $_, length $to if -l || !-d;
    } }, $to);

    return sort @found;
}


my ($code, $said) = run('make', '-s', 'install', "DESTDIR=$to");
is($code, 0, 'make install') or diag($said);

my @found = installed();
my $module = '/usr/lib/nginx/modules/ngx_http_consent_module.so';
my $load = '/usr/share/nginx/modules-available/mod-http-consent.conf';
my $enabled = '/etc/nginx/modules-enabled/70-mod-http-consent.conf';
my $sample = '/etc/nginx/snippets/consent.conf';
my $share = '/usr/local/share/ngx_consent';
my $rules = "$share/rules";

my $manual = '/usr/local/share/man/man1/consentctl.1';
my $complete = '/usr/local/share/bash-completion/completions/consentctl';

for my $file ($module, $load, $enabled, $sample, '/usr/local/bin/consentctl',
              "$rules/purposes.json", "$share/consent.conf", $manual,
              $complete)
{
    ok((grep { $_ eq $file } @found), "$file is installed");
}

is(readlink "$to$enabled", $load, 'the module is switched on');
is(scalar(grep { m{^\Q$rules\E/} } @found), scalar(() = glob 'rules/*.json'),
   'all rule files are installed');
ok(-x "$to/usr/local/bin/consentctl", 'consentctl can be run');

($code, $said) = run("$to/usr/local/bin/consentctl", 'lint',
                     "'$to$rules/*.json'");
is($code, 0, 'the installed rules are right') or diag($said);


# An nginx like Debian's, with what was installed and the sample as it is.

my $p = tempdir(CLEANUP => 1);

mkdir "$p/$_" for qw/ logs temp /;
mkdir "$p/modules";
symlink "$to$module", "$p/modules/ngx_http_consent_module.so";

my $temps = join ' ', map { "${_}_temp_path $p/temp/$_;" }
                      qw/ client_body proxy fastcgi uwsgi scgi /;

open my $fh, '>', "$p/nginx.conf" or die "$!\n";
print $fh <<"END";
include $to$load;
pid $p/nginx.pid;
error_log $p/logs/error.log;
events { }
http {
    $temps
    access_log off;
    consent_rules $to$rules/*.json;
    server {
        listen unix:$p/socket;
        include $to$sample;
    }
}
END
close $fh;

my $nginx = -x '/usr/sbin/nginx' ? '/usr/sbin/nginx' : 'nginx';

# The load_module line is relative to the prefix, as Debian has it.
($code, $said) = run($nginx, '-t', '-p', "$p/", '-c', "$p/nginx.conf",
                     '-e', "$p/logs/error.log");
is($code, 0, 'nginx -t with the installed module and sample') or diag($said);


# A second install leaves an edited sample alone; so does make uninstall.

($code, $said) = run('make', '-s', 'uninstall', "DESTDIR=$to");
is($code, 0, 'make uninstall') or diag($said);
is_deeply([ installed() ], [], '... takes everything away');

# Elsewhere: the manual says where.

($code, $said) = run('make', '-n', 'install', 'PREFIX=/opt/consent');
like($said, qr{sed 's\|/usr/local/share/ngx_consent\|/opt/consent/share/},
     'the manual names the PREFIX');

run('make', '-s', 'install', "DESTDIR=$to");
open $fh, '>>', "$to$sample" or die "$!\n";
print $fh "# edited\n";
close $fh;

run('make', '-s', 'install', "DESTDIR=$to");
($code, $said) = run('make', '-s', 'uninstall', "DESTDIR=$to");
is_deeply([ installed() ], [ $sample ], 'an edited sample is kept');
like($said, qr/kept, because it was edited/, '... and that is said');

done_testing();
