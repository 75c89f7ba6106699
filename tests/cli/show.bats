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

@test "the hits of a query are marked as it means them, and told above the text" {
    new_vault
    mkdir "$S/a"
    cat > "$S/a/second.eml" << 'MAIL'
From: Alice <alice@acme.example>
To: bob@acme.example
Subject: Apples and pears
Date: Mon, 15 Jan 2001 23:30:00 +0000
Message-ID: <a@test>

An apple is here.
No fruit in this line.
Nor here.
A pear stands next to an apple,
far from the other
pear.
MAIL
    ingest "$S"
    assert_equal "$(holdfast show 1 --hits 'apple*')" \
        'HF0000001  Apples and pears
3 hits of 1 term, 2 of them in the text
subject: «Apples» and pears

An «apple» is here.
No fruit in this line.
Nor here.
A pear stands next to an «apple»,
far from the other
pear.'
    assert_equal "$(holdfast show 1 --hits 'body:(apple w/6 pear)' | sed 1,3d)" \
        'An apple is here.
No fruit in this line.
Nor here.
A «pear» stands next to an «apple»,
far from the other
«pear».'
    assert_equal "$(holdfast show 1 --hits 'body:fruit or "other pear"' --context 1)" \
        'HF0000001  Apples and pears
2 hits of 2 terms

An apple is here.
No «fruit» in this line.
Nor here.
A pear stands next to an apple,
far from the «other»
«pear».'
    assert_equal "$(holdfast show 1 --hits 'from:alice or body:nor' --context 0)" \
        'HF0000001  Apples and pears
3 hits of 2 terms, 1 of them in the text
from: «Alice» <«alice»@acme.example>

-- line 3 --
«Nor» here.'
}

@test "a document that the query does not find, or finds without a word" {
    new_vault
    echo "a fig" > "$S/a.txt"
    ingest "$S"
    assert_equal "$(holdfast show 1 --hits 'fig and plum' | head -n 3)" \
        $'HF0000001  a.txt\nThe query does not find this document.\n1 hit of 1 term'
    assert_equal "$(holdfast show 1 --hits 'type:text')" $'HF0000001  a.txt\nNo hits.\n\na fig'
    assert_equal "$(holdfast show 1 --hits 'filename:a')" $'HF0000001  a.txt\n1 hit of 1 term, 0 of them in the text\nname: «a».txt\n\na fig'
    : > "$S/empty.txt"
    ingest "$S"
    assert_status 0 holdfast show 2 --hits fig
    assert_equal "$output" $'HF0000002  empty.txt\nThe query does not find this document.\nNo hits.\n\nHF0000002 has no text: it is empty.'
}

@test "hits for programs" {
    new_vault
    echo "a fig and a Fig" > "$S/a.txt"
    ingest "$S"
    assert_equal "$(holdfast show 1 --hits 'fig or filename:a' --format json)" \
        '{"id":"HF0000001","found":true,"fields":[{"field":"name","marked":"«a».txt"}],"text":"a fig and a Fig\n","hits":[{"start":2,"end":5,"term":0},{"start":12,"end":15,"term":0}]}'
}

@test "a query that is refused, or an option that goes with none" {
    new_vault
    echo "a fig" > "$S/a.txt"
    ingest "$S"
    assert_status 2 holdfast show 1 --hits 'fig and'
    [[ $output == "holdfast: the query was refused: nothing is shown"* && $output == *^* ]]
    assert_status 2 holdfast show 1 --context 2
    assert_status 2 holdfast show 1 --hits fig --context -1
    assert_status 2 holdfast show 1 --hits fig --text
    assert_status 2 holdfast show 1 --noise-words /dev/null
}

@test "noise words stand for any word between others" {
    new_vault
    echo "chain of custody, chain and custody" > "$S/a.txt"
    ingest "$S"
    echo "of the and" > "$BATS_TEST_TMPDIR/noise"
    holdfast show 1 --hits '"chain of custody"' | grep -qxF '«chain of custody», chain and custody'
    holdfast show 1 --hits '"chain of custody"' --noise-words "$BATS_TEST_TMPDIR/noise" |
        grep -qxF '«chain of custody», «chain and custody»'
    echo "of w*" > "$BATS_TEST_TMPDIR/noise"
    assert_status 2 holdfast show 1 --hits chain --noise-words "$BATS_TEST_TMPDIR/noise"
}

@test "on a terminal hits are in colours through the pager, and no character steers it" {
    new_vault
    printf 'a fig \033[31mred\n' > "$S/a.txt"
    ingest "$S"
    on_terminal() { script -qec "$1 '$HF_BUILD/holdfast' --vault '$V' show 1 --hits fig" /dev/null | tr -d '\r'; }
    on_terminal 'PAGER=cat' | grep -qxF $'a \033[1;7mfig\033[0m \\x1b[31mred'
    on_terminal 'NO_COLOR=1 PAGER=cat' | grep -qxF 'a «fig» \x1b[31mred'
    on_terminal 'PAGER=nonesuch' 2>&1 | grep -qF $'\033[1;7mfig'
}

@test "a phrase over the end of a piece of a long text is marked, once" {
    new_vault
    # Pieces end at lines about every 33 MB: each line has half of a phrase at its beginning and at its end.
    yes 'pear an ordinary line of words that goes on for a while until apple' | head -c 60000000 > "$S/a.txt"
    ingest "$S"
    local n
    n=$(grep -c '^pear' "$S/a.txt")
    holdfast show 1 --hits '"apple pear"' > "$BATS_TEST_TMPDIR/out"
    head -n 2 "$BATS_TEST_TMPDIR/out" | tail -n 1 | grep -qE "^[0-9,]+ hits of 1 term$"
    assert_equal "$(sed -n '2s/ .*//p' "$BATS_TEST_TMPDIR/out" | tr -d ,)" "$((n - 1))"
    sed '1,3d;s/[«»]//g' "$BATS_TEST_TMPDIR/out" | cmp - <(cat "$S/a.txt"; [ -z "$(tail -c1 "$S/a.txt")" ] || echo)
}

@test "tags are shown with a document" {
    new_vault
    echo "a fig" > "$S/a.txt"
    ingest "$S"
    holdfast --quiet tag add privileged fig > /dev/null
    holdfast show 1 | grep -qE '^Tag: +privileged$'
    assert_equal "$(holdfast show 1 --format json | jq -c .tags)" '["privileged"]'
    assert_equal "$(holdfast --quiet search --format json fig | jq -c '.[0].tags')" '["privileged"]'
    holdfast --quiet search fig | grep -qE '^HF0000001 .* privileged '
}
