#!/usr/bin/env bats
load helpers

@test "status has the fields that scripts rely on" {
    new_vault
    holdfast status --format json | jq -e '.documents == 0 and .families == 0 and .instances == 0 and .exceptions == 0
        and .objects == 0 and .bytes == 0 and .segments == 0'
    mkdir -p "$S/users/jane" "$S/users/john"
    cp "$SAMPLES/users/jane/report.docx" "$S/users/jane"
    cp "$SAMPLES/users/jane/report.docx" "$S/users/john"
    cp "$SAMPLES/shared/trouble/noise.bin" "$S"
    ingest --custodian-from 'users/{custodian}/' "$S"
    holdfast status --format json > "$BATS_TEST_TMPDIR/status.json"
    jq -e '.documents == 3 and .families == 2 and .instances == 3 and .exceptions == 1 and .objects >= 3 and .bytes > 0
        and .segments >= 1' "$BATS_TEST_TMPDIR/status.json" || { cat "$BATS_TEST_TMPDIR/status.json"; return 1; }
    assert_status 0 holdfast status
    [ "$(wc -l <<< "$output")" -le 40 ]
}

@test "status says on one screen where the vault stands" {
    new_vault
    assert_status 0 holdfast status
    [[ $output == *"last run: never"* && $output == *"keys in the vault's folder keys/"* ]]
    echo fig > "$S/a.txt"
    ingest "$S"
    assert_status 0 holdfast status
    [[ $output != *never* ]]
    [ "$(awk '{ if (length($0) > n) n = length($0) } END { print n }' <<< "$output")" -le 110 ]
    assert_status 2 holdfast status --format csv
    assert_status 2 program --vault "$BATS_TEST_TMPDIR/none" status
    [[ $output == *"holdfast init"* ]]
}
