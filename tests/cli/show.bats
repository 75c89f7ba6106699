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

@test "a control number is understood in any case, with or without zeros and HF" {
    new_vault
    echo "a fig" > "$S/a.txt"
    ingest "$S"
    for id in HF0000001 hf0000001 Hf1 1 0000001; do
        assert_equal "$(holdfast show "$id" --text)" "a fig"
    done
    for id in 0 HF HF0 HF1x -1 HF99999999999; do
        assert_status 2 holdfast show "$id"
    done
    assert_status 2 holdfast show
    assert_status 2 holdfast show 1 2
    assert_status 2 holdfast show 1 --text --family
    assert_status 2 holdfast show 1 --format csv
}

@test "a message: every property, the time found, the family, both places and custodians" {
    new_vault
    mkdir -p "$S/jane" "$S/john"
    cp "$SAMPLES/users/jane/mail/family.eml" "$S/jane"
    cp "$SAMPLES/users/jane/mail/family.eml" "$S/john"
    ingest --custodian-from '{custodian}/' "$S"
    local id
    id=$(ids '"labors"')
    assert_status 0 holdfast show "$id"
    [[ $output == *"2019-03-13 09:00 (given with +01:00), when it was sent"* ]]
    [[ $output == *"Custodians:"*"jane; john"* || $output == *"Custodians:"*"john; jane"* ]]
    [[ $output == *"$S/jane/family.eml"* && $output == *"$S/john/family.eml"* ]]
    [[ $output == *"yamada@partner.example"* && $output == *"Message-ID:"* && $output == *"parent of HF"* ]]
    # Values stand in one column.
    assert_equal "$(grep -oE '^[A-Z][^:]*: +' <<< "$output" | awk '{ print length }' | sort -u | wc -l)" 1
    holdfast show "$id" --format json | jq -e '.id == "'"$id"'" and .date == "2019-03-13T09:00:05Z" and .date_offset == 3600
        and .date_from == "sent" and (.places | length) == 2 and (.custodians | sort) == ["jane", "john"]
        and (.children | length) == 2 and (.meta.to | length) == 2 and .text.state == "whole" and .parent == null
        and .exceptions == [] and .mih == "178742c15e2edf50892006fa7e361490"'
}

@test "a document without text says why, and is no failure" {
    new_vault
    : > "$S/empty.txt"
    cp "$SAMPLES/shared/trouble/noise.bin" "$S"
    ingest "$S"
    local id
    for id in $(ids 'not zyzzyva'); do
        assert_equal "$(holdfast show "$id" --text 2> /dev/null)" ""
        assert_status 0 holdfast show "$id" --text
        [[ $output == "$id has no text: "* ]]
        holdfast show "$id" --text --format json | jq -e '.text == null and .why != ""'
    done
}

@test "an open exception is shown with what to do" {
    new_vault
    cp "$SAMPLES/shared/trouble/noise.bin" "$S"
    ingest "$S"
    assert_status 0 holdfast show 1
    [[ $output == *"Open exceptions:"*unsupported*"review it by hand"* ]]
    assert_status 0 holdfast show 1 --history
    [[ $output == *exception* ]]
    holdfast show 1 --format json | jq -e '.exceptions[0] | .state == "open" and .reason == "unsupported" and .advice != ""'
}

@test "the bytes are private, written once, and not sent to a terminal" {
    new_vault
    echo "a fig" > "$S/a.txt"
    ingest "$S"
    holdfast --quiet show 1 --native "$BATS_TEST_TMPDIR/out"
    assert_equal "$(stat -c %a "$BATS_TEST_TMPDIR/out")" 600
    ln -s nowhere "$BATS_TEST_TMPDIR/link"
    assert_status 2 holdfast show 1 --native "$BATS_TEST_TMPDIR/link"
    assert_status 2 script -qec "'$HF_BUILD/holdfast' --vault '$V' show 1 --native -" /dev/null
    assert_status 2 holdfast show 1 --replacement "$BATS_TEST_TMPDIR/other"
    [ ! -e "$BATS_TEST_TMPDIR/other" ]
}

@test "bytes that are not what was stored: status 4, and no file" {
    new_vault
    head -c 3000 /dev/urandom > "$S/a.bin"
    ingest "$S"
    local pack
    pack=$(ls "$V"/objects/*.pack)
    # Every byte after the header of the pack and of the object is changed somewhere.
    printf 'X' | dd of="$pack" bs=1 seek=$(($(stat -c %s "$pack") - 1000)) conv=notrunc status=none
    assert_status 4 holdfast show 1 --native "$BATS_TEST_TMPDIR/out"
    [ ! -e "$BATS_TEST_TMPDIR/out" ]
}

@test "a document in place is read where it lies, if it is still the same" {
    new_vault
    echo "a fig" > "$S/a.txt"
    ingest --in-place "$S"
    assert_equal "$(holdfast show 1 --native -)" "a fig"
    assert_status 0 holdfast show 1
    [[ $output == *"in place"* ]]
    echo "a date" > "$S/a.txt"
    assert_status 4 holdfast show 1 --native "$BATS_TEST_TMPDIR/out"
    [ ! -e "$BATS_TEST_TMPDIR/out" ]
}

@test "text on a terminal cannot steer it" {
    new_vault
    printf 'red \033[31m herring\n' > "$S/a.txt"
    ingest "$S"
    assert_equal "$(PAGER=cat script -qec "'$HF_BUILD/holdfast' --vault '$V' show 1 --text" /dev/null | tr -d '\r')" \
        'red \x1b[31m herring'
}

@test "the history goes on: found again, gone, audit rows" {
    new_vault
    echo "a fig" > "$S/a.txt"
    ingest "$S"
    cp "$S/a.txt" "$S/b.txt"
    ingest "$S"
    rm "$S/a.txt"
    ingest "$S"
    holdfast show 1 --history --format json | jq -e '[.[].act] | sort == ["found", "found again", "gone", "logged"]'
    holdfast show 1 --history --format json | jq -e '.[] | select(.act == "gone") | .run == 3 and (.path | endswith("/a.txt"))'
    holdfast show 1 --history --format json | jq -e '.[] | select(.act == "logged") | .audit_row >= 0 and .checkpoint > .audit_row'
    assert_status 0 holdfast show 1 --history
    [[ $output == *"signed checkpoint"* ]]
}
