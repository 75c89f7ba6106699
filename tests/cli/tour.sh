#!/bin/bash
# tests/cli/tour.sh BUILD [--update|--check] -- the five-minute tour of README.md, run for real on samples/acme.
#   without a flag   shows each command and what it says (this is `make demo`)
#   --update         puts the transcript between the marks of README.md
#   --check          fails unless README.md has what comes out now; what differs from run to run is masked
# shellcheck disable=SC2016 # what is quoted is for the reader's shell, or is Markdown
set -u
cd "$(dirname "$0")/../.." || exit 1
build=$1 mode=${2:-}
readme=README.md
home=/home/you # where the reader's checkout is said to be
export HOLDFAST_VAULT=$build/demo TZ=UTC LC_ALL=C.UTF-8 COLUMNS=110 PATH=$PWD/$build:$PATH
unset HOLDFAST_KEY_FILE
rm -rf "$HOLDFAST_VAULT"
failures=0

# Shows a command as one types it, runs it, and compares its exit status with the allowed ones.
try() { # statuses command
    local statuses=$1 status=0
    shift
    printf '\n$ %s\n' "$1"
    eval "${1//build\/demo/$build/demo}" 2>&1 || status=$?
    [[ " $statuses " == *" $status "* ]] || {
        echo "tour: exit status $status, expected one of: $statuses" >&2
        failures=$((failures + 1))
    }
}

tour() {
    echo '$ export HOLDFAST_VAULT=build/demo'
    try 0 'holdfast init --timezone Europe/London build/demo'
    try 0 "holdfast matter add ACME-01 --title 'Acme v. Example' --client 'Acme Pumps Ltd'"
    try 1 "holdfast ingest --matter ACME-01 --custodian-from 'users/{custodian}/' samples/acme"
    try 1 'holdfast report exceptions'
    try '0 1' 'holdfast exception retry --password-file samples/passwords.txt'
    try 0 "holdfast search --explain '(porous or blowhole*) w/8 (casting~ or lot)'"
    try 0 'holdfast terms --no-custodians samples/terms.txt'
    try 0 "holdfast tag add responsive --family '(porous or blowhole*) w/8 (casting~ or lot)'"
    try 0 'holdfast search --format paths "flooded and cellar"'
    try 0 'holdfast show $(holdfast --quiet search --format ids "subject:prüfbericht")'
    try 0 'holdfast show --family $(holdfast --quiet search --format ids "subject:prüfbericht")'
    try 1 "holdfast ingest --matter ACME-01 --custodian-from 'users/{custodian}/' samples/acme"
    try 0 'holdfast status'
    try 0 'holdfast verify'
    [ "$failures" -eq 0 ]
}

# What may differ: numbers of documents, exceptions and audit rows, times of day and days of today, durations, rates, sizes, and the order of lines.
mask() {
    sed -E -e "s|$build/demo|build/demo|g" -e "s|$PWD|$home|g" -e 's/HF[0-9]{7}/HFnnnnnnn/g' -e 's/[0-9]{4}-[0-9]{2}-[0-9]{2}([ T][0-9]{2}:[0-9]{2}(:[0-9]{2}(\.[0-9]+Z)?)?)?/DATE/g' \
        -e 's/[0-9]+([.,][0-9]+)* (s|ms|[kMG]?B)(\/s)?/SIZE/g' -e 's/[0-9a-f]{32,64}/DIGEST/g' -e 's/[0-9,]+(\.[0-9]+)?( documents)?\/s/RATE/g' \
        -e 's/ +/ /g' -e 's/^ ?[0-9]+ (HF|[a-z-]+ [a-z]+ open )/N \1/' -e 's/audit rows [0-9]+/audit rows N/' \
        -e 's/audit log: [0-9]+ rows/audit log: N rows/' -e 's/audit log of [0-9]+/audit log of N/' | LC_ALL=C sort
}

# Puts the reader's folder in the place of ours, with spaces so that columns stay columns.
elsewhere() {
    local pad=''
    [ ${#PWD} -le ${#home} ] || printf -v pad '%*s' $((${#PWD} - ${#home})) ''
    sed -E -e "s|$PWD(([^ ]\| [^ ])*)  |$home\1$pad  |" -e "s|$PWD|$home|g"
}

transcript() { sed -n '/^<!-- tour -->$/,/^<!-- end of tour -->$/p' "$readme" | sed '/^<!--/d; /^```/d'; }

case $mode in
'') tour ;;
--update)
    out=$(tour) || { printf '%s\n' "$out"; exit 1; }
    {
        sed '/^<!-- tour -->$/q' "$readme"
        out=${out//"$build/demo"/build/demo}
        printf '```console\n%s\n```\n' "$out" | elsewhere
        sed -n '/^<!-- end of tour -->$/,$p' "$readme"
    } > "$readme.new" && mv "$readme.new" "$readme"
    ;;
--check)
    out=$(tour) || { printf '%s\n' "$out"; exit 1; }
    diff <(transcript | mask) <(mask <<< "$out") > "$build/tour.diff" || {
        echo "README.md's tour is not what comes out (left README.md, right now); make tour puts it right:"
        cat "$build/tour.diff"
        exit 1
    }
    ;;
esac
