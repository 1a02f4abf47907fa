#!/usr/bin/perl
#
# Runs a command without root's rights.  An nginx that root starts hands its
# workers to another user, who cannot read what the tests put in private
# folders; Chromium as root has no sandbox.  A caller who is not root gets
# the command as it is; root's becomes user nobody's, with a home and a
# TMPDIR of its own.
#
# usage: as-user.pl COMMAND [ARGUMENT …]
#
# Run from the root of the sources.  Where nobody cannot read them, a copy in
# /tmp is used.  Needs nothing beyond Debian's perl-base.

use warnings;
use strict;

use Cwd qw/ getcwd /;
use File::Temp qw/ tempdir /;
use POSIX qw/ setgid setuid /;

die "usage: as-user.pl COMMAND [ARGUMENT ...]\n" if !@ARGV;

if ($> != 0) {
    exec { $ARGV[0] } @ARGV or die "$ARGV[0]: $!\n";
}

my (undef, undef, $uid, $gid) = getpwnam 'nobody'
    or die "as-user.pl: there is no user nobody\n";


sub become_nobody {
    $) = "$gid $gid";
    setgid($gid);
    setuid($uid);

    die "as-user.pl: still root\n" if $> == 0 || $< == 0;
}


# Runs code or a command as nobody and returns its exit status.  Signals that
# are sent to us alone are passed on; a terminal sends its own to both.

sub as_nobody {
    my @run = @_;
    my $pid = fork() // die "fork: $!\n";

    if ($pid == 0) {
        become_nobody();
        exit $run[0]->() if ref $run[0];
        exec { $run[0] } @run or die "$run[0]: $!\n";
    }

    local $SIG{INT} = sub { };
    local @SIG{qw/ TERM HUP /} = (sub { kill $_[0], $pid }) x 2;

    1 while waitpid($pid, 0) < 0 && $!{EINTR};

    return $? & 127 ? 128 + ($? & 127) : $? >> 8;
}


my $scratch = tempdir('ngx_consent.XXXXXX', DIR => '/tmp', CLEANUP => 1);

END { chdir '/' }

chmod 0755, $scratch;

for my $folder ("$scratch/home", "$scratch/tmp") {
    mkdir $folder or die "$folder: $!\n";
    chown $uid, $gid, $folder or die "$folder: $!\n";
}

my $here = getcwd();

if (as_nobody(sub { return open(my $fh, '<', "$here/Makefile") ? 0 : 1 })) {
    print "user nobody cannot read $here: working in a copy\n";

    my $copy = "$scratch/source";

    mkdir $copy or die "$copy: $!\n";
    system('sh', '-c', 'tar -cf - --exclude=./.git . | tar -xf - -C "$1"'
           . ' && chmod -R a+rX "$1"', 'sh', $copy) == 0
        or die "the sources could not be copied\n";
    chdir $copy or die "$copy: $!\n";
}

$ENV{HOME} = "$scratch/home";
$ENV{TMPDIR} = "$scratch/tmp";

exit as_nobody(@ARGV);
