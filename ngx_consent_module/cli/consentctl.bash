# Completion of consentctl's command line, for bash.  Purposes are those of the
# rule files that --rules names on the line, else of the installed catalogue.

# _consentctl_files PATTERN...: folders, and files whose names fit one.

_consentctl_files()
{
    local name pattern

    mapfile -t COMPREPLY < <(compgen -d -- "$cur")

    for pattern in "$@"; do
        while IFS= read -r name; do
            [[ -d $name ]] || COMPREPLY+=("$name")
        done < <(compgen -f -X "!$pattern" -- "$cur")
    done

    compopt -o filenames 2> /dev/null
}


_consentctl_words()
{
    mapfile -t COMPREPLY < <(compgen -W "$1" -- "$cur")
}


# What consentctl purposes says; nothing if the rules are at fault.

_consentctl_purposes()
{
    local i
    local -a rules=()

    for ((i = 1; i < ${#COMP_WORDS[@]} - 1; i++)); do
        if [[ ${COMP_WORDS[i]} == --rules ]]; then
            [[ ${COMP_WORDS[i + 1]} == = ]] && ((i++))
            rules+=(--rules "${COMP_WORDS[i + 1]//[\'\"]/}")
        fi
    done

    "${COMP_WORDS[0]}" purposes "${rules[@]}" 2> /dev/null \
        | while read -r key _; do printf '%s\n' "$key"; done
}


# A list joined by commas: what is in it already is not offered again.

_consentctl_list()
{
    local before='' word

    [[ $cur == *,* ]] && before=${cur%,*},

    COMPREPLY=()

    while read -r word; do
        if [[ ",$before" != *",$word,"* && $before$word == "$cur"* ]]; then
            COMPREPLY+=("$before$word")
        fi
    done < <([[ -z $before ]] && echo all; _consentctl_purposes)
}


_consentctl_value()
{
    case $1 in
        --rules)
            _consentctl_files '*.json' ;;
        --grant)
            _consentctl_list ;;
        --list)
            _consentctl_words "$(_consentctl_purposes)" ;;
        --unclassified)
            _consentctl_words "allow $(_consentctl_purposes)" ;;
        --type)
            _consentctl_words 'script image style font media frame object
                connect ping worker manifest prefetch document form hint
                other' ;;
        --page)
            _consentctl_words 'https://'
            compopt -o nospace 2> /dev/null ;;
        --first-party | --id | --since | --until | --head | --after)
            COMPREPLY=() ;;
        *)
            return 1 ;;
    esac

    return 0
}


_consentctl_operand()
{
    case $command in
        lint)
            _consentctl_files '*.json' ;;
        explain)
            _consentctl_files '*.html' '*.htm' '*.xhtml'

            if [[ $cur != */* ]]; then
                mapfile -t -O "${#COMPREPLY[@]}" COMPREPLY \
                    < <(compgen -W 'cookie: https://' -- "$cur")
                compopt -o nospace 2> /dev/null
            fi ;;
        diff)
            _consentctl_files '*.json' ;;
        records)
            if [[ -z $verb ]]; then
                _consentctl_words 'verify export stats'
            else
                _consentctl_files '*'
            fi ;;
        help)
            _consentctl_words 'lint explain filter match diff purposes preview
                               records'
            ;;
    esac
}


_consentctl_options()
{
    local paged='--rules --list --first-party --unclassified --help'

    case $command in
        lint)     _consentctl_words '--strict --list --help' ;;
        explain)  _consentctl_words "$paged --page --type --json" ;;
        filter)   _consentctl_words "$paged --page --grant" ;;
        match)    _consentctl_words "$paged" ;;
        diff)     _consentctl_words '--rules --json --help' ;;
        purposes) _consentctl_words '--rules --help' ;;
        preview)  _consentctl_words '--look --lang --page --rules --help' ;;
        records)
            case $verb in
                verify) _consentctl_words '--head --after --help' ;;
                *)      _consentctl_words '--id --since --until --json --help'
                        ;;
            esac ;;
    esac
}


_consentctl()
{
    local cur=${COMP_WORDS[COMP_CWORD]} prev=${COMP_WORDS[COMP_CWORD - 1]}
    local command='' verb='' i

    # bash cuts words at "=".

    if [[ $cur == = ]]; then
        cur=''
    elif [[ $prev == = ]]; then
        prev=${COMP_WORDS[COMP_CWORD - 2]}
    fi

    COMPREPLY=()

    if ((COMP_CWORD == 1)); then
        _consentctl_words 'lint explain filter match diff purposes preview
                           records help --help --version'
        return
    fi

    command=${COMP_WORDS[1]}

    for ((i = 2; i < COMP_CWORD; i++)); do
        case ${COMP_WORDS[i]} in
            verify | export | stats) verb=${COMP_WORDS[i]}; break ;;
        esac
    done

    _consentctl_value "$prev" && return

    if ((COMP_CWORD > 3)) && [[ ${COMP_WORDS[COMP_CWORD - 2]} == --list ]]; then
        _consentctl_files '*.txt'
        return
    fi

    if [[ $cur == -* ]]; then
        _consentctl_options
    else
        _consentctl_operand
    fi
}


complete -F _consentctl consentctl
