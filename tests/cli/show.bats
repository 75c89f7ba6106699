#!/usr/bin/env bats
load helpers

@test "show gives the text and the very bytes" {
    new_vault
    cp "$SAMPLES/users/jane/memo.txt" "$SAMPLES/users/jane/contract.pdf" "$S"
    ingest "$S"
    local memo contract
    memo=$(ids '"flooded to the second step"')
    contract=$(ids '"sixteen bar of pressure"')
    assert_equal "$(holdfast show "$memo" --text)" "$(cat "$S/memo.txt")"
    holdfast show "$contract" --native - | cmp - "$S/contract.pdf"
    holdfast show "$contract" --native "$BATS_TEST_TMPDIR/out.pdf"
    cmp "$BATS_TEST_TMPDIR/out.pdf" "$S/contract.pdf"
    assert_status 2 holdfast show "$contract" --native "$BATS_TEST_TMPDIR/out.pdf"
    cmp "$BATS_TEST_TMPDIR/out.pdf" "$S/contract.pdf"
}

@test "show tells what is known" {
    new_vault
    cp "$SAMPLES/users/jane/contract.pdf" "$S"
    ingest --custodian 'Jane Roe' "$S"
    local id
    id=$(ids '"sixteen bar of pressure"')
    assert_status 0 holdfast show "$id"
    [[ $output == *"$id"* && $output == *"Supply Agreement"* && $output == *"Kestrel Law"* && $output == *"Jane Roe"* ]]
    [[ $output == *"$(sha256sum < "$S/contract.pdf" | cut -c1-64)"* ]]
    [[ $output == *"$S/contract.pdf"* ]]
    holdfast show --format json "$id" | jq . > /dev/null
}

@test "a family is shown parent first" {
    new_vault
    cp "$SAMPLES/users/jane/mail/family.eml" "$S"
    ingest "$S"
    assert_status 0 holdfast show "$(ids '"regret the blowholes"')" --family
    [[ $output == *Prüfbericht*Lot\ seventeen* || $output == *Prüfbericht*lot17* ]]
    assert_equal "$(grep -coE 'HF[0-9]{7}' <<< "$output")" "$(holdfast status --format json | jq .documents)"
}

@test "the history names the run that brought a document in" {
    new_vault
    echo "a fig" > "$S/a.txt"
    ingest "$S"
    assert_status 0 holdfast show "$(ids fig)" --history
    [[ ${output,,} == *ingest* ]]
}

@test "a document that is not there" {
    new_vault
    assert_status 2 holdfast show HF0000099
    [[ $output == *HF0000099* ]]
    assert_status 2 holdfast show nonsense
}
