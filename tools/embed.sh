#!/bin/sh
#
# Writes consent_assets.c: the files that are built into the module, as C.
# Needs sh, od, awk and cksum only, so that nginx's own build can call it.
#
# usage: embed.sh ROOT OUTPUT
#
# ROOT is the root of the sources.  core/consent_builtin.h declares what
# OUTPUT defines.

set -eu
LC_ALL=C
export LC_ALL

if [ $# -ne 2 ]; then
    echo "usage: embed.sh ROOT OUTPUT" >&2
    exit 2
fi

root=$1
out=$2
ui=$root/ngx_consent_module/ui
purposes=$root/rules/purposes.json
tmp=$out.$$
squeezed=$tmp.squeezed

trap 'rm -f "$tmp" "$squeezed"' EXIT
trap 'exit 1' HUP INT TERM


die()
{
    echo "embed.sh: $*" >&2
    exit 1
}


# The MIME type of a file, by its extension.

mime()
{
    case $1 in
        *.js|*.mjs)  echo 'text/javascript; charset=utf-8' ;;
        *.css)       echo 'text/css; charset=utf-8' ;;
        *.html)      echo 'text/html; charset=utf-8' ;;
        *.json)      echo 'application/json' ;;
        *.svg)       echo 'image/svg+xml' ;;
        *.png)       echo 'image/png' ;;
        *.gif)       echo 'image/gif' ;;
        *.webp)      echo 'image/webp' ;;
        *.ico)       echo 'image/x-icon' ;;
        *.woff2)     echo 'font/woff2' ;;
        *.txt)       echo 'text/plain; charset=utf-8' ;;
        *)           die "$1: no MIME type is known for this extension" ;;
    esac
}


# bytes SYMBOL FILE: a static array with the bytes of a file.  The array
# has a NUL more than its length says: ISO C knows no empty arrays.

bytes()
{
    echo
    echo
    echo "static const uint8_t  $1[] = {"
    od -An -v -tu1 "$2" | awk '
        {
            line = "   "
            for (i = 1; i <= NF; i++) {
                line = line " " $i ","
            }
            print line
        }'
    echo "    0"
    echo "};"
}


# squeeze FILE: a style sheet or script without indentation, empty lines, and
# comments that begin a line, a style sheet also without the spaces and line
# ends that say nothing, and with a style sheet beside it in the place of each
# line that imports one; other files as they are.  Visitors load these.  No
# string in a style sheet may have what stands before such a space.

squeeze()
{
    case $1 in
        *.css)  css=1 ;;
        *.js)   css=0 ;;
        *)      cat "$1"; return ;;
    esac

    awk -v folder="${1%/*}" '
        /^@import "/ {
            part = folder "/" substr($0, 10, length($0) - 11)
            while ((getline line < part) > 0) { print line }
            next
        }
        { print }' "$1" | awk -v css="$css" '
        /^[ \t]*\/\*/ { comment = 1 }
        comment        { if (/\*\//) { comment = 0 } ; next }
                       { sub(/^[ \t]+/, "") }
        $0 == ""       { next }
        !css           { print; next }

        {
            gsub(/[ \t]*\{[ \t]*/, "{")
            gsub(/; *\}/, "}")
            gsub(/: /, ":")
            gsub(/, /, ",")
            gsub(/; /, ";")

            if (/^\}/) {
                sub(/;$/, "", all)
            }

            all = all $0 (/[{},;]$/ ? "" : " ")
        }

        END { if (css) { print all } }'
}


# texts FILE: a file of texts as a consent_ui_texts_t.  Its strings become C's
# as they stand, but for escapes, which differ: those that do are refused.

texts()
{
    echo
    echo "/* ${1#"$root"/} */"
    awk '
        function fail(what) {
            print "embed.sh: " FILENAME ": " what > "/dev/stderr"
            failed = 1
            exit 1
        }

        function value(key, s) {
            if (s ~ /\\[^"\\]/ || s ~ /\?\?/) {
                fail(key ": a string may hold no escapes, nor \"??\"")
            }

            if (section == "") {
                top[key] = s
            } else if (section == "texts") {
                text = text "        [CONSENT_TEXT_" toupper(key) "] = " \
                    "consent_string(" s "),\n"
            } else {
                words[section] = words[section] "\n            \"\\n" key \
                    "=\" " s
            }
        }

        { all = all $0 "\n" }

        END {
            if (failed) {
                exit 1
            }

            while (match(all, /"([^"\\]|\\.)*"|[{}:,]/)) {
                token = substr(all, RSTART, RLENGTH)
                all = substr(all, RSTART + RLENGTH)

                if (token == "{") {
                    section = key
                    key = ""
                } else if (token == "}") {
                    section = ""
                } else if (token == ":") {
                    key = substr(last, 2, length(last) - 2)
                } else if (token != "," && key != "") {
                    value(key, token)
                    key = ""
                }

                last = token
            }

            if (top["lang"] == "" || top["language"] == "" || text == "") {
                fail("no \"lang\", no \"language\" or no \"texts\"")
            }

            print "    { consent_string(" top["lang"] "), " \
                "consent_string(" top["language"] "),"
            print "      {\n" text "      },\n      {"

            n = split("data countries units purposes", names, " ")

            for (i = 1; i <= n; i++) {
                if (names[i] in words) {
                    print "        [CONSENT_WORDS_" toupper(names[i]) \
                        "] = consent_string(" words[names[i]] "),"
                }
            }

            print "      },\n      " (top["direction"] == "\"rtl\"") " },"
        }' "$1" || die "$1: not written"
}


# A name that may stand in a URL and in a C string without any escape.

check_name()
{
    case $1 in
        .*|*[!A-Za-z0-9._-]*)
            die "$2: a name may hold letters, digits, '.', '_' and '-'" ;;
    esac
}


[ -r "$purposes" ] || die "$purposes: not found"

{
    echo "/* Made by tools/embed.sh; do not edit. */"
    echo
    echo '#include "consent_builtin.h"'

    bytes consent_purposes_data "$purposes"

    echo
    echo
    echo "const consent_str_t  consent_builtin_purposes = {"
    echo "    sizeof(consent_purposes_data) - 1, consent_purposes_data"
    echo "};"

    n=0
    table=

    crc=$(cat "$ui"/assets/* | cksum)
    version=$(printf '%08x' "${crc%% *}")

    for file in "$ui"/assets/*; do
        [ -f "$file" ] || continue

        name=${file##*/}

        # A part of others.
        case $name in _*) continue ;; esac

        check_name "$name" "$file"
        type=$(mime "$name")
        squeeze "$file" > "$squeezed"

        bytes "consent_asset_$n" "$squeezed"

        table="$table    { \"$name\", \"$type\", \"$version\",
      { sizeof(consent_asset_$n) - 1, consent_asset_$n } },
"
        n=$((n + 1))
    done

    echo
    echo
    echo "const consent_asset_t  consent_assets[] = {"
    printf '%s' "$table"
    echo "    { NULL, NULL, NULL, { 0, NULL } }"
    echo "};"
    echo
    echo "const unsigned  consent_nassets = $n;"

    n=0

    echo
    echo
    echo "const consent_ui_texts_t  consent_texts[] = {"

    for file in "$ui"/texts/*.json; do
        [ -f "$file" ] || continue

        texts "$file"
        n=$((n + 1))
    done

    echo "};"
    echo
    echo "const unsigned  consent_ntexts = $n;"
} > "$tmp"

mv "$tmp" "$out"
