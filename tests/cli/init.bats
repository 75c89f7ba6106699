#!/usr/bin/env bats
load helpers

@test "init makes a private vault and tells to back up the keys" {
    assert_status 0 program init --timezone Europe/Berlin "$V"
    [[ ${output,,} == *"back"*"up"* ]]
    assert_equal "$(stat -c %a "$V")" 700
    [ -f "$V/vault.yaml" ] && [ -f "$V/catalog.db" ]
    grep -q Europe/Berlin "$V/vault.yaml"
    assert_equal "$(find "$V/keys" -type f -perm /077 -name '*.key')" ""
    assert_status 0 holdfast status
    assert_status 0 holdfast verify
}

@test "init takes an empty folder and refuses one that is not" {
    mkdir "$V"
    assert_status 0 program init "$V"
    assert_status 2 program init "$V"
    echo keep > "$S/keep"
    assert_status 2 program init "$S"
    assert_equal "$(ls "$S")" keep
}

@test "an unknown time zone is refused and leaves nothing" {
    assert_status 2 program init --timezone Atlantis/Capital "$V"
    [ ! -e "$V/vault.yaml" ]
}

@test "a key file outside the vault is needed by every later command" {
    new_vault --key-file "$S/the.key"
    assert_equal "$(stat -c %a "$S/the.key")" 600
    echo "a word in here" > "$S/note.txt"
    assert_status 0 holdfast --key-file "$S/the.key" --quiet ingest "$S/note.txt"
    assert_status 0 holdfast --key-file "$S/the.key" verify
    assert_status 4 holdfast verify
    assert_status 0 program init --key-file "$S/other.key" "$BATS_TEST_TMPDIR/other"
    assert_status 4 holdfast --key-file "$S/other.key" verify
    assert_status 4 holdfast --key-file "$S/nonesuch.key" --quiet ingest "$S/note.txt"
    assert_status 0 holdfast --key-file "$S/the.key" verify
}

@test "a vault without its keys is an integrity failure" {
    new_vault
    echo text > "$S/a.txt"
    ingest "$S"
    mv "$V/keys" "$BATS_TEST_TMPDIR/keys"
    assert_status 4 holdfast verify
    mv "$BATS_TEST_TMPDIR/keys" "$V/keys"
    assert_status 0 holdfast verify
}

@test "a vault of a newer format is left alone" {
    new_vault
    sed -i -E 's/^(format: *)[0-9]+/\1999/' "$V/vault.yaml"
    grep -q 999 "$V/vault.yaml"
    assert_status 4 holdfast status
    [[ $output == *999* ]]
}

@test "where there is no vault, the error names the place" {
    assert_status 2 holdfast status
    [[ $output == *"$V"* ]]
}

@test "the vault is found from HOLDFAST_VAULT and from the nearest .holdfast" {
    new_vault
    HOLDFAST_VAULT=$V assert_status 0 program status
    mkdir -p "$S/deep/er"
    program init "$S/.holdfast" > /dev/null 2>&1
    cd "$S/deep/er"
    assert_status 0 program status
}

@test "wrong usage is exit status 2 and says what" {
    new_vault
    for words in "nonesuch" "status --nonesuch" "search" "show" "search --format xml word" "ingest"; do
        # shellcheck disable=SC2086 # several words
        assert_status 2 holdfast $words
        [ -n "$output" ]
    done
    assert_status 2 program
    assert_status 0 program help
    for command in init ingest exception search show matter custodian report status verify help; do
        [[ $output == *"$command"* ]]
        assert_status 0 program help "$command"
        assert_status 0 program help
    done
}
