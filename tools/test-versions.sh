#!/bin/sh
#
# Builds the module for the nginx of several releases of Debian, and runs
# t/*.t against each: in a minimal system of its own under build/versions,
# made by debootstrap of that release's packages.  Needs root, or sudo.
# The first run takes minutes; later ones bring the systems up to date.
#
# usage: test-versions.sh [RELEASE …]
#
# Without arguments: bookworm, trixie and sid.  Ends with one line for each;
# exits 1 if any of them failed.

set -eu

cd "$(dirname "$0")/.."

root=$(pwd)
packages="$(tools/install-deps.sh list)"


as_root()
{
    if [ "$(id -u)" = 0 ]; then
        "$@"
    else
        sudo "$@"
    fi
}


# In a mount namespace, so that /proc is gone again whatever happens.

inside()
{
    system=$1
    shift

    # shellcheck disable=SC2016
    as_root unshare --mount sh -c '
        mount -t proc proc "$1/proc"
        system=$1
        shift
        exec chroot "$system" /usr/bin/env -i \
            PATH=/usr/sbin:/usr/bin:/sbin:/bin LC_ALL=C.UTF-8 HOME=/root \
            DEBIAN_FRONTEND=noninteractive CONSENT_TEST="$CONSENT_TEST" "$@"
        ' sh "$system" "$@"
}


# No service is to start there; a mirror that lags behind will do.

make_system()
{
    release=$1
    system=$2

    as_root rm -rf "$system.new"
    as_root debootstrap --variant=minbase "$release" "$system.new" \
        > "$system.log" 2>&1 \
        || { tail -n 20 "$system.log"; return 1; }
    printf '#!/bin/sh\nexit 101\n' \
        | as_root tee "$system.new/usr/sbin/policy-rc.d" > /dev/null
    as_root chmod 755 "$system.new/usr/sbin/policy-rc.d"
    echo 'Acquire::Check-Valid-Until "false";' \
        | as_root tee "$system.new/etc/apt/apt.conf.d/mirror" > /dev/null
    as_root mv "$system.new" "$system"
}


test_release()
{
    release=$1
    system=$root/build/versions/$release

    printf '\n==> %s\n' "$release"

    mkdir -p "$root/build/versions"
    [ -d "$system" ] || make_system "$release" "$system" || return 1

    # shellcheck disable=SC2086
    { inside "$system" apt-get -q update \
      && inside "$system" apt-get -q install -y --no-install-recommends \
             $packages; } > "$system.log" 2>&1 \
        || { tail -n 20 "$system.log"; return 1; }

    as_root rm -rf "$system/src"
    as_root mkdir "$system/src"
    tar -cf - --exclude=./build --exclude=./.git . \
        | as_root tar -xof - -C "$system/src"

    inside "$system" nginx -v
    inside "$system" make -s -C /src module consentctl || return 1
    inside "$system" sh -c 'cd /src && tools/as-user.pl perl tools/test.pl \
        nginx' 2>&1 | tee "$system.tests"

    grep -q '^[1-9][0-9]* passed, 0 failed$' "$system.tests"
}


[ $# -gt 0 ] || set -- bookworm trixie sid

: "${CONSENT_TEST:=}"
export CONSENT_TEST

results=
failed=0

for release in "$@"; do
    if test_release "$release"; then
        results="$results$release: passed
"
    else
        results="$results$release: FAILED
"
        failed=1
    fi
done

printf '\n%s' "$results"
exit $failed
