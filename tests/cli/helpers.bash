# tests/cli/helpers.bash -- what every bats suite of the command line loads. HF_BUILD is the build directory (make sets it).
# shellcheck shell=bash

REPO=$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd)
HF_BUILD=${HF_BUILD:-$REPO/build}
export SAMPLES=$REPO/samples/acme
export LC_ALL=C.UTF-8 TZ=UTC
unset HOLDFAST_VAULT

# Each test has its own vault at $V and a folder for its sources at $S.
setup() {
    V=$BATS_TEST_TMPDIR/vault
    S=$BATS_TEST_TMPDIR/source
    mkdir -p "$S"
}

# Every start of the program; WITH is put before it (`setpriv ...`).
WITH=()
program() { "${WITH[@]}" "$HF_BUILD/holdfast" "$@"; }
holdfast() { program --vault "$V" "$@"; }

new_vault() { program init --timezone UTC "$@" "$V" > /dev/null 2>&1; }

# Ingests, with status 0 or 1 (open exceptions); leaves the balance, one JSON object, in $balance.
ingest() {
    local status=0 out
    out=$(holdfast --quiet ingest --format json "$@") || status=$?
    balance=$(tail -n 1 <<< "$out")
    [ "$status" -le 1 ] || {
        echo "ingest $* ended with $status: $out"
        return 1
    }
}

# One number of the balance.
count() { jq -r ".$1" <<< "$balance"; }

# found = new + duplicate + unchanged + excluded + exception
assert_balanced() {
    jq -e '.found == .new + .duplicate + .unchanged + .excluded + .exception' <<< "$balance" > /dev/null || {
        echo "the balance does not add up: $balance"
        return 1
    }
}

# Fails with both values shown unless they are equal.
assert_equal() { # got expected [what]
    [ "$1" = "$2" ] || {
        if [[ $1$2 == *$'\n'* ]]; then
            echo "${3:-not equal} (< wanted, > got):"
            diff <(echo "$2") <(echo "$1")
        else
            printf '%s\n got: %s\nwant: %s\n' "${3:-not equal}" "$1" "$2"
        fi
        return 1
    }
}

# Runs a command and compares its exit status; its output (both streams) stays in $output.
assert_status() { # status command...
    local want=$1 status=0
    shift
    output=$("$@" 2>&1) || status=$?
    [ "$status" -eq "$want" ] || {
        printf 'exit status %d, not %d: %s\n%s\n' "$status" "$want" "$*" "$output"
        return 1
    }
}

paths() { holdfast --quiet search --limit 0 --format paths "$1"; }
ids() { holdfast --quiet search --limit 0 --format ids "$1"; }
exceptions() { holdfast report exceptions --format json || [ $? -eq 1 ]; }

# All that two runs must have in common: the paths with their exceptions, and each document's bytes and text, by hash.
# `matter:M` names all documents, so runs to be compared are made with --matter M.
fingerprint() { # matter
    local id
    echo "paths"
    paths "matter:$1" | LC_ALL=C sort
    echo "documents"
    for id in $(ids "matter:$1"); do
        printf '%s %s\n' "$(holdfast --quiet show "$id" --native - | sha256sum | cut -c1-64)" \
            "$(holdfast --quiet show "$id" --text 2> /dev/null | sha256sum | cut -c1-64)"
    done | LC_ALL=C sort
    echo "exceptions"
    exceptions | jq -r '.. | objects | select(has("reason")) | [.path, .stage, .reason] | @tsv' | LC_ALL=C sort
}
