package Schema;

# The part of JSON Schema (2020-12) that rules/consent-rules.schema.json
# uses.  A keyword that is not known here dies, so that a schema which grows
# past this checker is noticed.

use strict;
use warnings;

use JSON::PP ();


my %quiet = map { $_ => 1 } qw($schema $id $defs $comment title description
                               examples default);

my %check = (
    '$ref'               => \&ref_,
    type                 => \&type,
    const                => \&const,
    enum                 => \&enum,
    not                  => \&not_,
    anyOf                => \&any_of,
    pattern              => \&pattern,
    minLength            => \&min_length,
    maxLength            => \&max_length,
    minItems             => \&min_items,
    maxItems             => \&max_items,
    uniqueItems          => \&unique_items,
    items                => \&items,
    required             => \&required,
    minProperties        => \&min_properties,
    propertyNames        => \&property_names,
    properties           => \&properties,
    additionalProperties => \&additional_properties,
    dependentSchemas     => \&dependent_schemas,
);


sub new {
    my ($class, $root) = @_;

    return bless { root => $root }, $class;
}


# What is wrong with a value: a list of "place: fault".

sub faults {
    my ($self, $value, $schema, $place) = @_;

    $schema //= $self->{root};
    $place //= '';

    # true: anything.
    return () if JSON::PP::is_bool($schema) && $schema;

    return map {
        my $fn = $check{$_};

        die "no check for \"$_\" of the schema\n"
            unless $fn || $quiet{$_};

        $fn ? $fn->($self, $value, $schema->{$_}, $place, $schema) : ();
    } sort keys %$schema;
}


sub is_string {
    my ($v) = @_;

    return 0 if !defined $v || ref $v;
    return JSON::PP->new->allow_nonref->encode($v) =~ /^"/;
}


sub is_type {
    my ($v, $type) = @_;

    return ref $v eq 'HASH' if $type eq 'object';
    return ref $v eq 'ARRAY' if $type eq 'array';
    return JSON::PP::is_bool($v) if $type eq 'boolean';
    return is_string($v) if $type eq 'string';
    return defined $v && !ref $v && !is_string($v) if $type eq 'number';

    die "no type \"$type\"\n";
}


sub text {
    return JSON::PP->new->allow_nonref->canonical->encode($_[0]);
}


sub ref_ {
    my ($self, $v, $ref, $place) = @_;
    my $schema = $self->{root};

    die "cannot follow \"$ref\"\n" unless $ref =~ s/^#\///;
    $schema = $schema->{$_} // die "nothing at \"$ref\"\n"
        for split '/', $ref;

    return $self->faults($v, $schema, $place);
}


sub type {
    my ($self, $v, $type, $place) = @_;

    return is_type($v, $type) ? () : "$place: not of type $type";
}


sub const {
    my ($self, $v, $const, $place) = @_;

    return text($v) eq text($const)
           ? () : "$place: " . text($v) . ' is not ' . text($const);
}


sub enum {
    my ($self, $v, $enum, $place) = @_;

    return (grep { text($v) eq text($_) } @$enum)
           ? () : "$place: " . text($v) . ' is none of those allowed';
}


sub not_ {
    my ($self, $v, $schema, $place) = @_;

    return $self->faults($v, $schema, $place)
           ? () : "$place: " . text($v) . ' is ruled out';
}


sub any_of {
    my ($self, $v, $list, $place) = @_;

    for my $schema (@$list) {
        return () unless $self->faults($v, $schema, $place);
    }

    return "$place: fits no alternative";
}


sub pattern {
    my ($self, $v, $pattern, $place) = @_;

    # As JavaScript writes a character, so Perl does not.
    $pattern =~ s/\\u([0-9a-f]{4})/\\x{$1}/g;

    return !is_string($v) || $v =~ /$pattern/
           ? () : "$place: " . text($v) . " does not match $pattern";
}


sub min_length {
    my ($self, $v, $n, $place) = @_;

    return !is_string($v) || length $v >= $n ? () : "$place: too short";
}


sub max_length {
    my ($self, $v, $n, $place) = @_;

    return !is_string($v) || length $v <= $n ? () : "$place: too long";
}


sub min_items {
    my ($self, $v, $n, $place) = @_;

    return ref $v ne 'ARRAY' || @$v >= $n ? () : "$place: too few items";
}


sub max_items {
    my ($self, $v, $n, $place) = @_;

    return ref $v ne 'ARRAY' || @$v <= $n ? () : "$place: too many items";
}


sub unique_items {
    my ($self, $v, $on, $place) = @_;
    my %seen;

    return () unless $on && ref $v eq 'ARRAY';
    return map { "$place: " . text($_) . ' stands twice' }
           grep { $seen{text($_)}++ } @$v;
}


sub items {
    my ($self, $v, $schema, $place) = @_;

    return () unless ref $v eq 'ARRAY';
    return map { $self->faults($v->[$_], $schema, "$place/$_") } 0 .. $#$v;
}


sub required {
    my ($self, $v, $keys, $place) = @_;

    return () unless ref $v eq 'HASH';
    return map { "$place: lacks \"$_\"" } grep { !exists $v->{$_} } @$keys;
}


sub min_properties {
    my ($self, $v, $n, $place) = @_;

    return ref $v ne 'HASH' || keys %$v >= $n ? () : "$place: too few keys";
}


sub property_names {
    my ($self, $v, $schema, $place) = @_;

    return () unless ref $v eq 'HASH';
    return map { $self->faults($_, $schema, "$place/$_") } sort keys %$v;
}


sub properties {
    my ($self, $v, $schemas, $place) = @_;

    return () unless ref $v eq 'HASH';
    return map { $self->faults($v->{$_}, $schemas->{$_}, "$place/$_") }
           grep { exists $v->{$_} } sort keys %$schemas;
}


sub additional_properties {
    my ($self, $v, $schema, $place, $whole) = @_;
    my @keys;

    return () unless ref $v eq 'HASH';

    @keys = grep { !exists $whole->{properties}{$_} } sort keys %$v;

    return map { "$place: unknown key \"$_\"" } @keys
        if JSON::PP::is_bool($schema) && !$schema;

    return map { $self->faults($v->{$_}, $schema, "$place/$_") } @keys;
}


sub dependent_schemas {
    my ($self, $v, $schemas, $place) = @_;

    return () unless ref $v eq 'HASH';
    return map { $self->faults($v, $schemas->{$_}, $place) }
           grep { exists $v->{$_} } sort keys %$schemas;
}


1;
