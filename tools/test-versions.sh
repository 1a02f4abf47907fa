#!/bin/sh
#
# Builds the module for the nginx of several releases of Debian, and runs
# t/*.t against each: in a minimal system of its own under build/versions,
# made by debootstrap of that release's packages.  Needs root, or sudo.
# The first run takes minutes; later ones bring the systems up to date.
#
# usage: test-versions.sh [RELEASE[+static] …]
#
# +static: not that release's nginx, but one made from its sources with the
# module in it (--add-module).  Without arguments: bookworm, trixie and sid.
# Ends with one line for each; exits 1 if any of them failed.

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
            DEBIAN_FRONTEND=noninteractive "$@"
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


# Sources as Debian patches them, configured plainly.

make_static()
{
    # shellcheck disable=SC2016
    inside "$1" sh -c '
        set -e
        sed "s/^deb /deb-src /" /etc/apt/sources.list \
            > /etc/apt/sources.list.d/sources.list
        rm -rf /nginx
        mkdir /nginx
        cd /nginx
        apt-get -q update
        apt-get -q source nginx
        cd nginx-*/
        if [ ! -e configure ]; then cp auto/configure configure; fi
        ./configure --with-compat --with-threads --with-pcre-jit \
            --with-http_ssl_module --with-http_v2_module \
            --with-http_addition_module --with-http_sub_module \
            --with-http_gunzip_module --with-http_gzip_static_module \
            --with-http_auth_request_module --with-http_realip_module \
            --with-http_slice_module --add-module=/src
        make -j2
        cp objs/nginx /nginx/nginx' > "$1.static.log" 2>&1 \
        || { tail -n 20 "$1.static.log"; return 1; }
}


test_release()
{
    release=${1%+static}
    kind=${1#"$release"}
    system=$root/build/versions/$release

    printf '\n==> %s\n' "$1"

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

    env=

    if [ "$kind" = +static ]; then
        make_static "$system" || return 1
        env='NGINX=/nginx/nginx CONSENT_STATIC=1'
    else
        inside "$system" nginx -v
        inside "$system" make -s -C /src module || return 1
    fi

    inside "$system" make -s -C /src consentctl || return 1
    inside "$system" sh -c "cd /src && $env tools/as-user.pl \
        perl tools/test.pl nginx" 2>&1 | tee "$system$kind.tests"

    grep -q '^[1-9][0-9]* passed, 0 failed$' "$system$kind.tests"
}


[ $# -gt 0 ] || set -- bookworm trixie sid

results=
failed=0

for what in "$@"; do
    if test_release "$what"; then
        results="$results$what: passed
"
    else
        results="$results$what: FAILED
"
        failed=1
    fi
done

printf '\n%s' "$results"
exit $failed
