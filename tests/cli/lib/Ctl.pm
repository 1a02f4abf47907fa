package Ctl;

# Runs consentctl on files of its own, in a folder that goes away.

use warnings;
use strict;

use Exporter qw/ import /;
use File::Temp qw/ tempdir /;
use FindBin;

our @EXPORT = qw/ write_file ctl ctl_full terminal rules_file service /;

my $program = $ENV{CONSENTCTL} || "$FindBin::Bin/../../build/consentctl";
my $folder = tempdir(CLEANUP => 1);

chdir $folder or die "$folder: $!\n";
END { chdir '/' }


sub write_file {
    my ($name, $text) = @_;

    open my $fh, '>:raw', $name or die "$name: $!\n";
    print $fh $text;
    close $fh or die "$name: $!\n";

    return $name;
}


sub read_file {
    my ($name) = @_;

    open my $fh, '<:raw', $name or die "$name: $!\n";
    local $/;

    return scalar <$fh>;
}


# ctl(ARGUMENT …) or ctl(\INPUT, ARGUMENT …): exit code, output, errors.

sub ctl {
    my $input = ref $_[0] ? ${+shift} : '';

    write_file('.in', $input);

    my $pid = fork() // die "fork: $!\n";

    if ($pid == 0) {
        open STDIN, '<', '.in' or die;
        open STDOUT, '>', '.out' or die;
        open STDERR, '>', '.err' or die;
        exec $program, @_ or exit 127;
    }

    waitpid $pid, 0;

    my $code = $? & 127 ? "signal " . ($? & 127) : $? >> 8;

    return ($code, read_file('.out'), read_file('.err'));
}


# With standard output on a full disk: exit code, errors.

sub ctl_full {
    my ($in, @args) = @_;
    my $pid = fork() // die "fork: $!\n";

    if ($pid == 0) {
        open STDIN, '<', $in or die;
        open STDOUT, '>', '/dev/full' or die;
        open STDERR, '>', '.err' or die;
        exec $program, @args or exit 127;
    }

    waitpid $pid, 0;

    return ($? & 127 ? "signal " . ($? & 127) : $? >> 8, read_file('.err'));
}


# terminal(ENVIRONMENT, ARGUMENT …): what a terminal shows that standard output
# and standard error lead to.  A reference stands in the shell's command as it
# is, the first argument before the program: \'other command |', \'> file'.

sub terminal {
    my ($env, @args) = @_;

    local %ENV = (%ENV, %$env);
    delete $ENV{NO_COLOR} if !exists $env->{NO_COLOR};

    my @before = ref $args[0] ? ${+shift @args} : ();
    my $command = join ' ', @before,
        map { ref ? $$_ : "'$_'" } $program, @args;

    write_file('.sh', $command);
    system("script -qec 'sh .sh' .tty < /dev/null > /dev/null");

    return read_file('.tty');
}


# A service in one line of JSON; what is given replaces or adds.

sub service {
    my ($id, $purposes, @members) = @_;

    return join ', ', qq({ "id": "$id"), qq("name": "The $id"),
        qq("controller": "$id Ltd"),
        qq("policy_url": "https://$id.example/privacy"),
        qq("purposes": [$purposes]), @members, '';
}


# A rule file out of services, one a line, the first on line 3.

sub rules_file {
    my ($name, @services) = @_;

    s/, $/ }/ for @services;

    return write_file($name, qq({ "version": 1,\n  "services": [\n    )
                      . join(",\n    ", @services) . qq(\n  ] }\n));
}


1;
