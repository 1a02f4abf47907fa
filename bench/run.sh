#!/bin/sh
#
# The filter job on pages: megabytes a second, and instructions per byte by
# callgrind, which repeat.  Uses the real pages beside the project where they
# are present, else the project's own.
#
# usage: bench/run.sh     (make bench builds what it needs first)

set -eu

cd "$(dirname "$0")/.."

program=build/bench_filter
archive=${CONSENT_SHARED:-../shared}/data/pages.tar.xz
pages=tests/conformance/pages
scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT

if [ -f "$archive" ]; then
    tar xf "$archive" -C "$scratch"
    pages=$scratch
else
    echo "no real pages here ($archive): the project's own are few and small"
fi

find "$pages" -name '*.html' | LC_ALL=C sort > "$scratch/list"
echo "$(wc -l < "$scratch/list") pages"

for what in memchr tokens filter; do
    # no page's name has a space in it
    # shellcheck disable=SC2046
    "$program" "$what" 5 'rules/*.json' $(cat "$scratch/list") \
        > "$scratch/out"
    cat "$scratch/out"

    command -v valgrind > /dev/null || continue

    bytes=$(awk '{ print $2 }' "$scratch/out")

    # shellcheck disable=SC2046
    counted=$(valgrind --tool=callgrind --toggle-collect=bench_run \
        --callgrind-out-file=/dev/null "$program" "$what" 1 'rules/*.json' \
        $(cat "$scratch/list") 2>&1 | awk '/Collected/ { print $4 }')

    awk -v n="$counted" -v b="$bytes" \
        'BEGIN { printf "         %.2f instructions per byte\n", n / b }'
done
