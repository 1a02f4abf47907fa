#!/bin/sh
#
# Installs what the build or the tests need and is not there yet: Debian's
# packages, with sudo if not root, and for the tests the npm packages that
# tests/package-lock.json names, in build/node; for the benchmark those of
# bench/package-lock.json, in build/bench/node.  Nothing else is touched.
#
# usage: install-deps.sh build|test|browsers|audit|bench|soak|proof|versions
#                        |list
#
# browsers, audit: for those tests of what visitors see that `make test` leaves
# out; proof: also what its sites are built with, as far as it can be had;
# versions: for the tests against other releases; list: prints what a
# release needs for building the module and testing it in its nginx.

set -eu

cd "$(dirname "$0")/.."

build='gcc libc6-dev make nginx nginx-dev libcjson-dev libpcre2-dev
       libpsl-dev libidn2-dev libssl-dev zlib1g-dev libbrotli-dev
       libzstd-dev'
served='perl curl openssl brotli zstd libnginx-mod-http-xslt-filter
        libnginx-mod-http-brotli-filter libnginx-mod-http-lua
        libnginx-mod-http-perl libnginx-mod-http-js libnginx-mod-http-echo
        libnginx-mod-http-image-filter libnginx-mod-http-headers-more-filter
        libnginx-mod-http-subs-filter libnginx-mod-http-fancyindex
        libnginx-mod-http-dav-ext libnginx-mod-http-srcache-filter'
test="$served libcmocka-dev w3m lynx chromium chromium-headless-shell
      firefox-esr nodejs groff-base"
browsers='webkit2gtk-driver xvfb'
audit='default-jre-headless'
versions='debootstrap util-linux'
soak='perl wrk nodejs'
bench='pkg-config libxml2-dev libgumbo-dev valgrind nodejs wrk
       libnginx-mod-http-subs-filter libnginx-mod-http-lua'


say()
{
    printf '\n==> %s\n' "$*"
}


installed()
{
    dpkg-query -W -f '${Status}\n' "$1" 2>/dev/null \
        | grep -q '^install ok installed$'
}


as_root()
{
    if [ "$(id -u)" = 0 ]; then
        "$@"
    elif command -v sudo > /dev/null; then
        sudo "$@"
    else
        echo "Packages are missing, and neither root nor sudo is there to" \
             "install them. As root: apt-get install$missing" >&2
        exit 1
    fi
}


debian_packages()
{
    missing=

    for package in "$@"; do
        # A flavour such as nginx-extras brings the same program.
        [ "$package" = nginx ] && command -v nginx > /dev/null && continue
        [ -x /usr/sbin/nginx ] && [ "$package" = nginx ] && continue

        installed "$package" || missing="$missing $package"
    done

    # Debian's nodejs comes without npm; other packagings bring it along.
    case " $* " in
        *' nodejs '*)
            command -v npm > /dev/null || missing="$missing npm" ;;
    esac

    if [ -z "$missing" ]; then
        echo "Debian packages: all $# are there."
        return
    fi

    if ! command -v apt-get > /dev/null; then
        echo "This is no Debian: install the like of$missing" >&2
        exit 1
    fi

    say "Installing Debian packages:$missing"

    case "$missing " in
        *' nginx '*)
            echo "    (Debian's nginx package also starts its own server on" \
                 "port 80; we use only the program.)" ;;
    esac

    as_root apt-get -o DPkg::Lock::Timeout=300 update
    # shellcheck disable=SC2086
    as_root env DEBIAN_FRONTEND=noninteractive \
        apt-get -o DPkg::Lock::Timeout=300 install -y \
        --no-install-recommends $missing
}


# A stamp with the lock file's bytes says that the packages are up to date.

npm_packages()
{
    from=$1
    to=$2

    [ -f "$from/package-lock.json" ] || return 0

    if cmp -s "$from/package-lock.json" "$to/.installed"; then
        echo "npm packages of $from: all are there ($to)."
        return
    fi

    say "Installing the npm packages of $from in $to"

    mkdir -p "$to"
    cp "$from/package.json" "$from/package-lock.json" "$to/"
    (cd "$to" && npm ci --ignore-scripts --no-audit --no-fund)
    cp "$from/package-lock.json" "$to/.installed"
}


case ${1-} in

    build)
        # shellcheck disable=SC2086
        debian_packages $build
        ;;

    test)
        # shellcheck disable=SC2086
        debian_packages $build $test
        npm_packages tests build/node
        ;;

    browsers)
        # shellcheck disable=SC2086
        debian_packages $build $test $browsers
        npm_packages tests build/node
        ;;

    audit)
        # shellcheck disable=SC2086
        debian_packages $build $test $audit
        npm_packages tests build/node
        npm_packages tests/audit build/audit-ui/node
        ;;

    bench)
        # shellcheck disable=SC2086
        debian_packages $build $bench
        npm_packages bench build/bench/node
        ;;

    soak)
        # shellcheck disable=SC2086
        debian_packages $build $soak
        ;;

    proof)
        # shellcheck disable=SC2086
        debian_packages $build $test
        npm_packages tests build/node

        for package in $(node tests/proof/lib/prepare.mjs); do
            (debian_packages "$package") > build/proof.log 2>&1 \
                || echo "Not to be had here: $package (see build/proof.log)"
        done
        ;;

    versions)
        # shellcheck disable=SC2086
        debian_packages $versions
        ;;

    list)
        # shellcheck disable=SC2086
        echo $build $served
        ;;

    *)
        echo "usage: install-deps.sh" \
             "build|test|browsers|audit|bench|soak|proof|versions|list" >&2
        exit 2
        ;;

esac
