#!/usr/bin/env bats
load helpers

@test "the report has path, stage, reason and what to do" {
    new_vault
    cp -r "$SAMPLES/shared/trouble" "$S"
    ingest "$S"
    assert_balanced
    exceptions > "$BATS_TEST_TMPDIR/report.json"
    jq . "$BATS_TEST_TMPDIR/report.json" > /dev/null
    rows() { jq -r '.. | objects | select(has("reason")) | [.path, .stage, .reason] | @tsv' "$BATS_TEST_TMPDIR/report.json"; }
    rows | grep -qP 'offer\.pdf\t[a-z]+\tencrypted'
    rows | grep -qP 'locked\.zip.*\t[a-z]+\tencrypted'
    rows | grep -qP 'scan\.pdf\t[a-z]+\tno-text'
    rows | grep -qP 'truncated\.zip.*\t[a-z]+\t(truncated|damaged)'
    rows | grep -qP 'truncated\.docx\t[a-z]+\t(truncated|damaged)'
    rows | grep -qP 'noise\.bin\t[a-z]+\tunsupported'
    rows | grep -qP 'slip\.zip.*\tunsafe-name'
    assert_status 1 holdfast report exceptions
    [[ $output == *offer.pdf* && $output == *password* ]]
}

@test "what could be read of a cut archive was read" {
    new_vault
    ingest "$SAMPLES/shared/trouble/truncated.zip"
    assert_balanced
    [[ $(paths '"first member of a cut archive"') == *'truncated.zip!/first.txt' ]]
}

@test "retry with a password resolves, and control numbers stay" {
    new_vault
    cp "$SAMPLES/shared/trouble/offer.pdf" "$SAMPLES/shared/trouble/locked.zip" "$S"
    holdfast matter add M
    ingest --matter M "$S"
    local offer
    offer=$(ids 'path:offer')
    [ -n "$offer" ]
    assert_status 1 holdfast exception retry
    assert_status 0 holdfast exception retry --password-file "$REPO/samples/passwords.txt"
    assert_equal "$(ids '"settlement offer"')" "$offer"
    [[ $(paths '"draft settlement"') == *'locked.zip!/locked.txt' ]]
    assert_status 0 holdfast report exceptions
    assert_status 0 holdfast verify
    ingest --matter M "$S"
    assert_equal "$(count new),$(count exception)" "0,0"
}

@test "a repaired file takes the place, the original is kept" {
    new_vault
    cp "$SAMPLES/shared/trouble/truncated.docx" "$S/report.docx"
    ingest "$S"
    local id
    id=$(ids 'path:report')
    assert_status 0 holdfast exception replace "$id" "$SAMPLES/users/jane/report.docx"
    assert_equal "$(ids '"boxed warning"')" "$id"
    [ -n "$(ids '"second set of books"')" ]
    assert_status 0 holdfast report exceptions
    holdfast show "$id" --native - | cmp - "$S/report.docx"
    assert_status 0 holdfast verify
}

@test "a waived exception is closed with its reason" {
    new_vault
    cp "$SAMPLES/shared/trouble/noise.bin" "$S"
    ingest "$S"
    local id
    id=$(ids 'path:noise')
    assert_status 2 holdfast exception waive "$id"
    assert_status 0 holdfast exception waive --reason "random bytes, agreed with counsel" "$id"
    assert_status 0 holdfast report exceptions
    [[ $output == *waived* ]]
    assert_status 0 holdfast show "$id" --history
    [[ $output == *"agreed with counsel"* || ${output,,} == *waive* ]]
    assert_status 0 holdfast verify
}
