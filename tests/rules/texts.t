#!/usr/bin/perl

# The languages: each file of ui/texts/ and each text of rules/purposes.json
# is whole, in its language, and keeps what is filled in.

use strict;
use warnings;
use utf8;

use Encode;
use FindBin;
use JSON::PP;
use Test::More;

my $root = "$FindBin::Bin/../..";
my $dir = "$root/ngx_consent_module/ui/texts";

# What the EU calls its official languages, and those beside them.
my @wanted = qw(
    bg cs da de el en es et fi fr ga hr hu it lt lv mt nl pl pt ro sk sl sv
    nb is uk tr ar he fa hi zh-Hans zh-Hant ja ko vi id th sw pt-BR
);

# How many forms a unit has, where it is not "one|other".
my %forms = (
    ar => 6, cs => 3, ga => 5, he => 3, hr => 3, id => 1, ja => 1, ko => 1,
    lt => 3, lv => 3, mt => 5, pl => 3, ro => 3, sk => 3, sl => 4, th => 1,
    uk => 3, vi => 1, 'zh-Hans' => 1, 'zh-Hant' => 1,
);

# In which script a language is; Latin where it is not said.
my %script = (
    ar => qr/\p{Arabic}/, bg => qr/\p{Cyrillic}/, el => qr/\p{Greek}/,
    fa => qr/\p{Arabic}/, he => qr/\p{Hebrew}/, hi => qr/\p{Devanagari}/,
    ja => qr/[\p{Han}\p{Hiragana}\p{Katakana}]/, ko => qr/\p{Hangul}/,
    th => qr/\p{Thai}/, uk => qr/\p{Cyrillic}/, 'zh-Hans' => qr/\p{Han}/,
    'zh-Hant' => qr/\p{Han}/,
);

# Words that are the same in many languages.
my $shared = qr/^(?:cookie|Chat|Audio|Video|Dokument|Kalender|Post)$/i;

# Words that no other language has: one that stands in a text was left over.
my $english = qr/\b(?:the|you|your|and|with|which|what|from|this|that)\b/i;


sub read_json {
    my ($name) = @_;

    open my $in, '<:raw', $name or die "$name: $!\n";
    local $/;
    return JSON::PP->new->utf8->decode(<$in>);
}


# One test for all faults of a kind; each is named.

sub none {
    my ($name, @faults) = @_;

    ok(!@faults, $name) or diag(join "\n", map { Encode::encode_utf8($_) }
                                @faults);
}


sub holes {
    return join ' ', sort $_[0] =~ /\{[^}]*\}/g;
}


# All texts of a file, by "section.key".

sub texts {
    my ($file) = @_;

    return map {
        my $section = $_;
        map { ("$section.$_" => $file->{$section}{$_}) }
            keys %{$file->{$section} // {}};
    } qw(texts data units countries);
}


my %files = map { m{([^/]+)\.json$} ? ($1 => read_json($_)) : () }
            glob "$dir/*.json";
my %en = texts($files{en});

is(join(' ', sort keys %files), join(' ', sort @wanted), 'the languages');

for my $lang (sort keys %files) {
    my $file = $files{$lang};
    my %is = texts($file);
    my @keys = sort keys %is;

    is($file->{lang}, $lang, "$lang says its own name");
    is($file->{direction}, $lang =~ /^(?:ar|fa|he)$/ ? 'rtl' : 'ltr',
       "$lang runs its way");

    none("$lang has all texts, and no other",
         (map { "$_ is missing" } grep { !exists $is{$_} } sort keys %en),
         (map { "$_ is unknown" } grep { !exists $en{$_} } @keys));

    none("$lang fills in what English does",
         map { "$_: " . holes($is{$_}) . ' for ' . holes($en{$_}) }
         grep { /^texts\./ && holes($is{$_}) ne holes($en{$_}) } @keys);

    none("$lang is tidy", map { "$_: \"$is{$_}\"" }
         grep { $is{$_} =~ /^$|^ |  |\t|\n|'/
                || ($is{$_} =~ / $/ && $_ ne 'texts.comma') } @keys);

    none("$lang ends its texts as English does", map { "$_: \"$is{$_}\"" }
         grep { exists $en{$_} && $lang ne 'th'
                && ($en{$_} =~ /[.:]$/) != ($is{$_} =~ /[.:。।：]$/) } @keys);

    my $forms = $forms{$lang} // 2;

    none("$lang has $forms forms of each unit",
         map { "$_: \"$is{$_}\"" }
         grep { /^units\./ && split(/\|/, $is{$_}) != $forms } @keys);

    none("$lang counts",
         map { "$_: \"$is{$_}\"" }
         grep { /^units\./ && (split /\|/, $is{$_})[-1] !~ /\{n\}/ } @keys);

    # Equal in weight, and short enough for a third of a banner.
    none("$lang has short buttons",
         map { "$_: \"$is{$_}\"" } grep { length $is{$_} > 22 }
         map { "texts.$_" } qw(accept reject settings));

    none("$lang says yes and no at like length",
         grep { $_ > 2 } length($is{'texts.accept'})
                         / length($is{'texts.reject'}),
         length($is{'texts.reject'}) / length($is{'texts.accept'}));

    next if $lang eq 'en';

    none("$lang is not English",
         map { "$_: \"$is{$_}\"" }
         grep { ($is{$_} eq $en{$_} && !/^countries\.|comma$/
                 && $is{$_} !~ $shared && $is{$_} !~ /\{n\}/
                 && $is{$_} !~ /^\S+ \S+ \{name\}$/)
                || ($is{$_} =~ $english && !/^countries\./) } @keys);

    my $script = $script{$lang} // qr/\p{Latin}/;

    none("$lang is in its script",
         map { "$_: \"$is{$_}\"" }
         grep { $is{$_} !~ $script && $is{$_} !~ $shared
                && $_ ne 'texts.comma' } @keys);
}


# Purposes.

for my $purpose (@{read_json("$root/rules/purposes.json")->{purposes}}) {
    for my $what (qw(title description benefit)) {
        my $name = "$purpose->{key}.$what";
        my $texts = $purpose->{$what};

        is(join(' ', sort keys %$texts), join(' ', sort map { lc } @wanted),
           "$name is in all languages");

        for my $lang (sort @wanted) {
            my $text = $texts->{lc $lang} // '';
            my $script = $script{$lang} // qr/\p{Latin}/;

            ok($text =~ $script && $text !~ /  |^ | $|'|\{/
               && ($what eq 'title' || $lang eq 'th' || $text =~ /[.。।]$/)
               && ($lang eq 'en' || $text !~ $english),
               "$name in $lang") or diag(Encode::encode_utf8($text));
        }
    }
}

done_testing();
