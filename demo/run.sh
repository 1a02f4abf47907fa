#!/bin/bash
#
# Starts the demo site: nginx with the module, and behind it a second server
# with pages that carry real trackers.  Ends with Ctrl-C.
#
# usage: [DEMO_PORT=8080] demo/run.sh
#
# Needs build/ngx_http_consent_module.so (make module).  Keeps its files in
# build/demo/PORT, or in a temporary folder where that can't be written.

set -eu

root=$(cd "$(dirname "$0")/.." && pwd)
port=${DEMO_PORT:-8080}
module=$root/build/ngx_http_consent_module.so
nginx=${NGINX:-$(command -v nginx || echo /usr/sbin/nginx)}


die()
{
    echo "demo: $*" >&2
    exit 1
}


case $port in
    ''|*[!0-9]*) die "DEMO_PORT=$port: expected a number" ;;
esac

[ "$port" -ge 1 ] && [ "$port" -le 65535 ] \
    || die "DEMO_PORT=$port: expected a number from 1 to 65535"

[ -x "$nginx" ] || die "nginx is not installed: 'make deps' installs it"
[ -f "$module" ] || die "$module is missing: 'make module' builds it"

if (exec 3<> "/dev/tcp/127.0.0.1/$port") 2> /dev/null; then
    die "port $port is taken: choose another one, as in" \
        "'make demo DEMO_PORT=8090'"
fi


# The folder: short enough for a socket's path (108 bytes), and writable.

run=$root/build/demo/$port
temporary=

if [ ${#run} -gt 90 ] || ! mkdir -p "$run" 2> /dev/null || [ ! -w "$run" ]
then
    run=$(mktemp -d /tmp/ngx_consent_demo.XXXXXX)
    chmod 755 "$run"
    temporary=$run
fi

rm -rf "$run/site.sock" "$run/temp" "$run/error.log" "$run/collect.log"
mkdir -p "$run/temp"

sed -e "s|@MODULE@|$module|g" -e "s|@ROOT@|$root|g" -e "s|@RUN@|$run|g" \
    -e "s|@PORT@|$port|g" "$root/demo/nginx.conf.in" > "$run/nginx.conf"


# nginx goes with us, however we end.

pid=

stop()
{
    trap '' INT TERM HUP
    if [ -n "$pid" ]; then
        kill -TERM "$pid" 2> /dev/null || true
        wait "$pid" 2> /dev/null || true
    fi
    if [ -n "$temporary" ]; then
        rm -rf "$temporary"
    fi
}

trap 'stop; echo; echo "demo: stopped"; exit 0' INT TERM HUP
trap stop EXIT

"$nginx" -p "$run" -e "$run/error.log" -c "$run/nginx.conf" &
pid=$!

for _ in $(seq 100); do
    if (exec 3<> "/dev/tcp/127.0.0.1/$port") 2> /dev/null; then
        break
    fi
    if ! kill -0 "$pid" 2> /dev/null; then
        pid=
        cat "$run/error.log" >&2
        die "nginx did not start"
    fi
    sleep 0.1
done

kill -0 "$pid" 2> /dev/null || die "nginx did not start: see $run/error.log"

cat << END

  The demo runs at  http://127.0.0.1:$port/

  Three things to try

  1. Open the address with your browser's network panel: no tracker is
     asked for.  Say yes, and they come; withdraw, and they are gone.

  2. http://127.0.0.1:$port/watch/  Allow YouTube alone, at the video.

  3. Without any script:  w3m http://127.0.0.1:$port/account/
     The page shows the cookies that its server gets to see.

  Counters: http://127.0.0.1:$port/status
  Records:  $run/records.jsonl
  Ctrl-C ends it.

END

wait "$pid" || true
pid=
die "nginx ended: see $run/error.log"
