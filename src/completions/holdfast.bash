# bash completion for holdfast                                             -*- shell-script -*-
# shellcheck shell=bash

_holdfast()
{
    local current=${COMP_WORDS[COMP_CWORD]} previous=${COMP_WORDS[COMP_CWORD - 1]} command='' sub='' word i
    local commands='init ingest exception search terms show matter custodian tag saved report status verify reindex help'
    for ((i = 1; i < COMP_CWORD; i++)); do
        word=${COMP_WORDS[i]}
        case $word in
        --vault | --key-file | --passphrase-file) i=$((i + 1)) ;;
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
    --key-file | --passphrase-file | --password-file | --known-hashes | --ids | --native | --replacement | --noise-words | \
        --output | --terms)
        mapfile -t COMPREPLY < <(compgen -f -- "$current")
        return
        ;;
    --format)
        local forms='table json jsonl csv ids paths'
        [[ $command != terms && $sub != funnel ]] || forms='table csv json html'
        mapfile -t COMPREPLY < <(compgen -W "$forms" -- "$current")
        return
        ;;
    --sort)
        mapfile -t COMPREPLY < <(compgen -W 'number date family-date relevance custodian path size' -- "$current")
        return
        ;;
    --facet)
        mapfile -t COMPREPLY < <(compgen -W 'custodian type year month from-domain language matter' -- "$current")
        return
        ;;
    --histogram)
        mapfile -t COMPREPLY < <(compgen -W 'year month week day auto' -- "$current")
        return
        ;;
    --stratify)
        mapfile -t COMPREPLY < <(compgen -W 'custodian' -- "$current")
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
        --in | --query | --tag | --sample | --seed | --offset | --save | --hits | --context | --workers | --title | --client | --reason)
        return
        ;;
    esac

    local words='--help --vault --key-file --passphrase-file --quiet'
    case $command in
    '') words+=" $commands --version" ;;
    init) words+=' --timezone --key-file --passphrase-file' ;;
    ingest)
        words+=' --matter --custodian --custodian-from --include --exclude --date-from --date-to --max-size'
        words+=' --known-hashes --embedded --password-file --in-place --format --reason --workers'
        ;;
    exception)
        case $sub in
        '') words+=' retry replace waive' ;;
        retry) words+=' --password-file --force --dry-run --reason --format' ;;
        replace) words+=' --reason --password-file --dry-run' ;;
        *) words+=' --reason --dry-run' ;;
        esac
        ;;
    search)
        words+=' --matter --family --format --limit --offset --sort --reverse --all-instances --count --facet'
        words+=' --histogram --sample --seed --stratify --noise-words --explain --save'
        ;;
    terms) words+=' --in --matter --noise-words --no-custodians --format --output' ;;
    show) words+=' --text --hits --context --noise-words --native --replacement --family --history --format' ;;
    matter)
        case $sub in
        '') words+=' add list' ;;
        add) words+=' --title --client --timezone' ;;
        list) words+=' --format' ;;
        esac
        ;;
    custodian)
        case $sub in
        '') words+=' add alias merge unmerge list' ;;
        list) words+=' --format' ;;
        alias) words+=' --remove' ;;
        esac
        ;;
    tag)
        case $sub in
        '') words+=' add remove list rename group history' ;;
        add) words+=' --ids --family --matter --replace --reason --dry-run' ;;
        remove) words+=' --ids --family --matter --reason --dry-run' ;;
        group) words+=' --none' ;;
        list | history) words+=' --format' ;;
        esac
        ;;
    saved)
        case $sub in
        '') words+=' list show remove' ;;
        list) words+=' --format' ;;
        esac
        ;;
    report)
        case $sub in
        '') words+=' exceptions balance excluded runs searches conflicts funnel --format --limit --run --all' ;;
        funnel) words+=' --matter --date-from --date-to --terms --query --tag --format --output' ;;
        *) words+=' --format --limit --run --all' ;;
        esac
        ;;
    status) words+=' --format' ;;
    verify) words+=' --sample --seed --format' ;;
    reindex) words+=' --all' ;;
    help) words="$commands query" ;;
    esac
    mapfile -t COMPREPLY < <(compgen -W "$words" -- "$current")
    if [[ $current != -* && ($command == ingest || $command == init || $command == terms || $sub == replace) ]]; then
        local files
        mapfile -t files < <(compgen -f -- "$current")
        COMPREPLY+=("${files[@]}")
    fi
}
complete -o filenames -F _holdfast holdfast
