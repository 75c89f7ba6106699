#!/usr/bin/env bats
load helpers

make_vault() {
    new_vault "$@"
    echo 'the valve is thin' > "$S/a.txt"
    echo 'the pump is loud' > "$S/b.txt"
    ingest "$S"
}

# A query that changes nothing, so that its record waits.
look() { holdfast tag add --dry-run looked "$@"; }
change() { holdfast --quiet matter add "M-$RANDOM$RANDOM"; }
logged() { holdfast report searches --format json | jq -r ".[] | $1"; }
waiting() { holdfast status --format json | jq .searches_waiting; }

@test "a search waits for the log, and the next change takes it in" {
    make_vault
    HOLDFAST_ACTOR=jane look 'valve and thin' > /dev/null
    assert_equal "$(waiting)" 1
    assert_equal "$(logged '[.actor, .action, .query, .documents, .logged, .query_state] | join("|")')" \
        "jane|search|valve and thin|1|waits|readable"
    assert_status 0 holdfast status
    [[ $output == *"searches"*"not yet in the log"* ]]
    assert_status 0 holdfast verify
    [[ $output == *"searches that are not in the audit log yet: 1"* ]]
    change
    assert_equal "$(waiting)" 0
    assert_equal "$(logged '[.actor, .query, .logged] | join("|")')" "jane|valve and thin|signed"
    HOLDFAST_ACTOR=john look pump > /dev/null
    assert_equal "$(logged .actor)" $'john\njane'
    assert_status 0 holdfast report searches --limit 1
    [[ $output == *john*"2 searches and exports, 1 not in the audit log yet"*"The newest 1 are shown"* ]]
    [[ $output != *jane* ]]
    # An ingest takes them in too.
    ingest "$S"
    assert_equal "$(waiting)" 0
    assert_equal "$(logged .actor)" $'john\njane'
    assert_status 0 holdfast verify
    [[ $output == *"Nothing is wrong."* && $output != *"not in the audit log yet"* ]]
}

@test "what was searched for stands nowhere in the vault in words" {
    make_vault
    look 'zanzibarqueryword or valve' > /dev/null
    assert_status 1 grep -rqi zanzibarqueryword "$V"
    change
    assert_status 1 grep -rqi zanzibarqueryword "$V"
    assert_equal "$(logged .query)" "zanzibarqueryword or valve"
}

@test "a search that cannot be logged is refused and shows nothing" {
    make_vault
    mkdir "$V/searches"
    assert_status 4 look valve
    [[ $output == *"nothing is shown: searches and exports of this vault are logged"*"move it away"* ]]
    [[ $output != *"Would tag"* ]]
    rmdir "$V/searches"
    assert_status 0 look valve
}

@test "a record that was changed while it waited is told, and goes to the log as damaged" {
    make_vault
    look valve > /dev/null
    look pump > /dev/null
    sed -i '2s/"documents":1/"documents":9/' "$V/searches"
    assert_status 4 holdfast verify
    [[ $output == *"record 1 of the searches that wait for the audit log is damaged"* ]]
    change
    assert_equal "$(logged '[.logged, .query] | map(. // "-") | join(" ")')" $'damaged -\ndamaged -'
    assert_status 0 holdfast report searches
    [[ $output == *"(damaged)"*"2 records were damaged"* ]]
    assert_status 0 holdfast verify
    # What is left of it is in the log.
    look valve > /dev/null
    change
    assert_equal "$(logged .logged | head -n 1)" signed
}

@test "a record that was cut short harms no other" {
    make_vault
    look valve > /dev/null
    printf '{"time":"2026-' >> "$V/searches"
    assert_status 0 holdfast verify
    [[ $output == *"of the last one there is only a part"* ]]
    look pump > /dev/null
    change
    assert_equal "$(logged '[.logged, .query] | map(. // "-") | join(" ")')" $'signed pump\ndamaged -\nsigned valve'
}

@test "many who search at once while others write: each search is logged once" {
    make_vault
    local i
    for i in {1..16}; do
        look "valve or number$i" > /dev/null &
        [ $((i % 4)) -ne 0 ] || change &
    done
    wait
    change
    assert_equal "$(logged .query | sort -V)" "$(for i in {1..16}; do echo "valve or number$i"; done)"
    assert_status 0 holdfast verify
}

@test "vaults with a passphrase or a key file log searches too" {
    echo 'correct horse' > "$BATS_TEST_TMPDIR/pass"
    export HOLDFAST_PASSPHRASE_FILE=$BATS_TEST_TMPDIR/pass
    make_vault --passphrase-file "$HOLDFAST_PASSPHRASE_FILE"
    look valve > /dev/null
    assert_equal "$(logged .query)" valve
    unset HOLDFAST_PASSPHRASE_FILE
    assert_status 4 look valve
    [[ $output == *passphrase* ]]
    assert_status 4 holdfast report searches
    V=$BATS_TEST_TMPDIR/second
    export HOLDFAST_KEY_FILE=$BATS_TEST_TMPDIR/key
    make_vault --key-file "$HOLDFAST_KEY_FILE"
    look valve > /dev/null
    change
    assert_equal "$(logged '[.query, .logged] | join(" ")')" "valve signed"
}

@test "a vault without searches says so" {
    new_vault
    assert_status 0 holdfast report searches
    [[ $output == *"No searches yet"* ]]
    assert_equal "$(holdfast report searches --format json)" "[]"
    assert_status 2 holdfast report searches --run 3
    assert_status 2 holdfast report searches --format ids
}

@test "every command that shows or hands out leaves its record" {
    make_vault
    holdfast --quiet search 'valve or pump' > /dev/null
    holdfast --quiet search --format ids valve > /dev/null
    holdfast --quiet show HF0000001 --native "$BATS_TEST_TMPDIR/out.txt"
    holdfast --quiet show HF0000002 --text > /dev/null
    holdfast --quiet show HF0000001 --hits 'val*' > /dev/null
    echo 'thin w/3 valve' > "$BATS_TEST_TMPDIR/terms.txt"
    holdfast --quiet terms "$BATS_TEST_TMPDIR/terms.txt" > /dev/null
    assert_equal "$(logged '[.action, .query, .document, .documents, .to] | map(. // "-" | tostring | rtrimstr("\n")) | join("|")' |
        sed "s|$BATS_TEST_TMPDIR|T|")" "terms|thin w/3 valve|-|1|table
show hits|val*|HF0000001|1|-
show text|-|HF0000002|1|-
export native|-|HF0000001|1|T/out.txt
search|valve|-|1|ids
search|valve or pump|-|2|table"
    change
    rm -f "$V/searches"
    mkdir "$V/searches"
    local command
    for command in 'search valve' 'search --format ids valve' 'search --count valve' 'show HF0000001 --text' \
        "show HF0000001 --native $BATS_TEST_TMPDIR/no.txt" "show HF0000001 --hits valve" "terms $BATS_TEST_TMPDIR/terms.txt"; do
        # shellcheck disable=SC2086 # words
        assert_equal "$(holdfast --quiet $command 2> /dev/null || true)" "" "$command"
        # shellcheck disable=SC2086
        assert_status 4 holdfast --quiet $command
    done
    [ ! -e "$BATS_TEST_TMPDIR/no.txt" ]
}
