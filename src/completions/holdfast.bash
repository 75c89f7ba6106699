# bash completion for holdfast                                             -*- shell-script -*-
# shellcheck shell=bash

_holdfast()
{
    local current=${COMP_WORDS[COMP_CWORD]} previous=${COMP_WORDS[COMP_CWORD - 1]} command='' sub='' word i
    local commands='init ingest exception search show matter custodian report status verify help'
    for ((i = 1; i < COMP_CWORD; i++)); do
        word=${COMP_WORDS[i]}
        case $word in
        --vault | --key-file) i=$((i + 1)) ;;
        -*) ;;
        *)
            if [[ -z $command ]]; then command=$word; elif [[ -z $sub ]]; then sub=$word; fi
            ;;
        esac
    done

    COMPREPLY=()
    case $previous in
    --vault)
        mapfile -t COMPREPLY < <(compgen -d -- "$current")
        return
        ;;
    --key-file | --passphrase-file | --password-file | --known-hashes | --native)
        mapfile -t COMPREPLY < <(compgen -f -- "$current")
        return
        ;;
    --format)
        mapfile -t COMPREPLY < <(compgen -W 'table json jsonl csv ids paths' -- "$current")
        return
        ;;
    --embedded)
        mapfile -t COMPREPLY < <(compgen -W 'documents all' -- "$current")
        return
        ;;
    --timezone)
        mapfile -t COMPREPLY < <(cd /usr/share/zoneinfo 2> /dev/null && compgen -f -- "$current")
        return
        ;;
    --limit | --matter | --custodian | --custodian-from | --include | --exclude | --date-from | --date-to | --max-size | \
<<<<<<< HEAD
        --sample | --title | --client | --reason)
=======
        --sample | --seed | --run | --workers | --title | --client | --reason)
>>>>>>> project
        return
        ;;
    esac

    local words='--vault --key-file --quiet --help'
    case $command in
    '') words+=" $commands --version" ;;
    init) words+=' --timezone --passphrase-file' ;;
    ingest)
        words+=' --matter --custodian --custodian-from --include --exclude --date-from --date-to --max-size'
<<<<<<< HEAD
        words+=' --known-hashes --embedded --password-file --in-place --format --reason --dry-run'
=======
        words+=' --known-hashes --embedded --password-file --in-place --format --reason --workers --dry-run'
>>>>>>> project
        ;;
    exception)
        case $sub in
        '') words+=' retry replace waive' ;;
        retry) words+=' --password-file --force --reason --dry-run --format' ;;
        *) words+=' --password-file --reason --dry-run' ;;
        esac
        ;;
    search) words+=' --format --limit' ;;
    show) words+=' --text --native --family --history --format' ;;
    matter)
        case $sub in
        '') words+=' add list' ;;
        add) words+=' --title --client --timezone --reason' ;;
        list) words+=' --format --limit' ;;
        esac
        ;;
    custodian)
        case $sub in
        '') words+=' add alias merge list' ;;
        list) words+=' --format --limit' ;;
        *) words+=' --reason' ;;
        esac
        ;;
    report)
        [[ -n $sub ]] || words+=' exceptions balance excluded runs'
        words+=' --format --limit --run --all'
        ;;
    status) words+=' --format' ;;
    verify) words+=' --sample --seed --format' ;;
<<<<<<< HEAD
=======
    reindex) words+=' --all' ;;
>>>>>>> project
    help) words=$commands ;;
    esac
    mapfile -t COMPREPLY < <(compgen -W "$words" -- "$current")
    if [[ $current != -* && ($command == ingest || $command == init || $sub == replace) ]]; then
        local files
        mapfile -t files < <(compgen -f -- "$current")
        COMPREPLY+=("${files[@]}")
    fi
}
complete -o filenames -F _holdfast holdfast
